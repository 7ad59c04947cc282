import { createHash, timingSafeEqual } from 'node:crypto';
import { Fault } from '../core/fault.ts';

/** Names under which a request may call us. A page of another site reaches 127.0.0.1 only under its own name. */
const HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** `service/host` unless the request was addressed to this machine by name, at our port. */
export function checkHost(host: string | undefined, port: number): void {
  const match = /^(.*?)(?::([0-9]{1,5}))?$/.exec(host?.toLowerCase() ?? '');
  const name = match?.[1] ?? '';
  const given = match?.[2];
  if (HOSTS.has(name) && (given === undefined || Number(given) === port)) return;
  throw new Fault('service/host', {});
}

/** `service/unauthorized` unless the header carries the token. Takes the same time whatever is wrong. */
export function checkToken(header: string | undefined, token: string): void {
  const given = /^Bearer ([A-Za-z0-9_-]{1,200})$/.exec(header ?? '')?.[1] ?? '';
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(given), digest(token))) throw new Fault('service/unauthorized', {});
}
