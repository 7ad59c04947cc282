import { createHash } from 'node:crypto';

/**
 * Which of several web servers a request meets: the one its cookie names, else the next in turn. The cookie is the one of
 * Microsoft's load balancer; the platform's documentation speaks only of "the affinity cookie".
 */
export class WebServers {
  readonly #names: string[] = [];
  readonly #salt: string;
  #turn = 0;

  constructor({ salt }: { readonly salt: string }) {
    this.#salt = salt;
  }

  /** The server's number from 0, and the cookie a caller without a good one is given. */
  meet({ cookie, count }: { readonly cookie: string | undefined; readonly count: number }): {
    readonly server: number;
    readonly headers: Readonly<Record<string, string>>;
  } {
    if (count === 1) return { server: 0, headers: {} };
    const given = /(?:^|;\s*)ARRAffinity=([0-9a-f]+)/.exec(cookie ?? '')?.[1];
    for (let server = 0; server < count; server += 1) {
      if (given === this.#name(server)) return { server, headers: {} };
    }
    const server = this.#turn % count;
    this.#turn = server + 1;
    return { server, headers: { 'Set-Cookie': `ARRAffinity=${this.#name(server)};Path=/;HttpOnly` } };
  }

  #name(server: number): string {
    const known = this.#names[server];
    if (known !== undefined) return known;
    const name = createHash('sha256').update(`${this.#salt} ${server}`).digest('hex');
    this.#names[server] = name;
    return name;
  }
}
