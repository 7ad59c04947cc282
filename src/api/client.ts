import { Fault } from '../core/fault.ts';
import {
  type AddTablesBody,
  type ApplyAnswer,
  type ApplyChoicesBody,
  type AttachLinkBody,
  type ChangeLinkBody,
  type ChangeTablesBody,
  type ContentsAnswer,
  type CreateLinkBody,
  type LinkAnswer,
  type LinksAnswer,
  type MoveLinkBody,
  type PauseBody,
  problem,
  type RemoveTablesBody,
  type ResumeBody,
  type ServiceAnswer,
  type SnapshotsAnswer,
  type StatusAnswer,
  type TablesAnswer,
  type TakeSnapshotsBody,
} from './contract.ts';
import type {
  ChangeUserBody,
  CreateUserBody,
  DatabaseContentsAnswer,
  DatabasesAnswer,
  DroppedAnswer,
  GrantBody,
  UserAnswer,
  UsersAnswer,
} from './contract-users.ts';
import { faultOf } from './problem.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Calls a running service. Failures are the service's own faults; where nobody answers, `service/not-running`.
 * Answers are trusted: they come from a process that holds our token on this machine.
 */
export class ApiClient {
  readonly #origin: string;
  readonly #token: string;
  readonly #fetch: typeof fetch;

  constructor(options: { readonly port: number; readonly token: string; readonly fetch: typeof fetch }) {
    this.#origin = `http://127.0.0.1:${options.port}`;
    this.#token = options.token;
    this.#fetch = options.fetch;
  }

  links(): Promise<LinksAnswer> {
    return this.#json('GET', '/v1/links');
  }

  link(name: string): Promise<LinkAnswer> {
    return this.#json('GET', linkPath(name));
  }

  createLink(body: CreateLinkBody): Promise<LinkAnswer> {
    return this.#json('POST', '/v1/links', body);
  }

  async replaceSecret(name: string, clientSecret: string): Promise<void> {
    await this.#call('PUT', `${linkPath(name)}/secret`, { clientSecret });
  }

  async acceptEnvironment(name: string): Promise<void> {
    await this.#call('POST', `${linkPath(name)}/accept-environment`);
  }

  async deleteLink(
    name: string,
    { deleteData, deleteForeign = false }: { readonly deleteData: boolean; readonly deleteForeign?: boolean },
  ): Promise<void> {
    await this.#call('DELETE', `${linkPath(name)}?deleteData=${deleteData}&deleteForeign=${deleteForeign}`);
  }

  contents(name: string): Promise<ContentsAnswer> {
    return this.#json('GET', `${linkPath(name)}/contents`);
  }

  attachLink(body: AttachLinkBody): Promise<LinkAnswer> {
    return this.#json('POST', '/v1/attached-links', body);
  }

  async moveLink(name: string, body: MoveLinkBody): Promise<void> {
    await this.#call('POST', `${linkPath(name)}/move`, body);
  }

  changeLink(name: string, body: ChangeLinkBody): Promise<LinkAnswer> {
    return this.#json('PATCH', linkPath(name), body);
  }

  async changeTables(name: string, body: ChangeTablesBody): Promise<void> {
    await this.#call('PATCH', `${linkPath(name)}/tables`, body);
  }

  async pause(name: string, body: PauseBody): Promise<void> {
    await this.#call('POST', `${linkPath(name)}/pause`, body);
  }

  async resume(name: string, body: ResumeBody): Promise<void> {
    await this.#call('POST', `${linkPath(name)}/resume`, body);
  }

  applyChoices(name: string, body: ApplyChoicesBody): Promise<ApplyAnswer> {
    return this.#json('POST', `${linkPath(name)}/choices`, body);
  }

  tables(name: string): Promise<TablesAnswer> {
    return this.#json('GET', `${linkPath(name)}/tables`);
  }

  async addTables(name: string, body: AddTablesBody): Promise<void> {
    await this.#call('POST', `${linkPath(name)}/tables`, body);
  }

  async removeTables(name: string, body: RemoveTablesBody): Promise<void> {
    await this.#call('DELETE', `${linkPath(name)}/tables`, body);
  }

  takeSnapshots(name: string, body: TakeSnapshotsBody): Promise<SnapshotsAnswer> {
    return this.#json('POST', `${linkPath(name)}/snapshots`, body);
  }

  async retryTable(name: string, table: string): Promise<void> {
    await this.#call('POST', `${linkPath(name)}/tables/${encodeURIComponent(table)}/retry`);
  }

  async backfillTable(name: string, table: string): Promise<void> {
    await this.#call('POST', `${linkPath(name)}/tables/${encodeURIComponent(table)}/backfill`);
  }

  async confirmDeletes(name: string, table: string): Promise<void> {
    await this.#call('POST', `${linkPath(name)}/tables/${encodeURIComponent(table)}/confirm-deletes`);
  }

  status(link?: string): Promise<StatusAnswer> {
    return this.#json('GET', link === undefined ? '/v1/status' : `/v1/status?link=${encodeURIComponent(link)}`);
  }

  service(): Promise<ServiceAnswer> {
    return this.#json('GET', '/v1/service');
  }

  async stopService(): Promise<void> {
    await this.#call('POST', '/v1/service/stop');
  }

  users(): Promise<UsersAnswer> {
    return this.#json('GET', '/v1/users');
  }

  createUser(body: CreateUserBody): Promise<UserAnswer> {
    return this.#json('POST', '/v1/users', body);
  }

  changeUser(name: string, body: ChangeUserBody): Promise<UserAnswer> {
    return this.#json('PATCH', userPath(name), body);
  }

  async setPassword(name: string, password: string): Promise<void> {
    await this.#call('PUT', `${userPath(name)}/password`, { password });
  }

  grant(name: string, body: GrantBody): Promise<UserAnswer> {
    return this.#json('POST', `${userPath(name)}/grant`, body);
  }

  revoke(name: string, body: GrantBody): Promise<UserAnswer> {
    return this.#json('POST', `${userPath(name)}/revoke`, body);
  }

  async deleteUser(name: string): Promise<void> {
    await this.#call('DELETE', userPath(name));
  }

  databases(): Promise<DatabasesAnswer> {
    return this.#json('GET', '/v1/databases');
  }

  databaseContents(name: string): Promise<DatabaseContentsAnswer> {
    return this.#json('GET', `${databasePath(name)}/contents`);
  }

  dropDatabase(name: string, { keepFiles }: { readonly keepFiles: boolean }): Promise<DroppedAnswer> {
    return this.#json('DELETE', `${databasePath(name)}?keepFiles=${keepFiles}`);
  }

  async #json<T>(method: Method, path: string, body?: object): Promise<T> {
    const answer = await this.#call(method, path, body);
    return (await answer.json()) as T;
  }

  async #call(method: Method, path: string, body?: object): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.#fetch(`${this.#origin}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new Fault('service/not-running', { address: this.#origin }, { cause });
    }
    if (answer.ok) return answer;
    const parsed = problem.safeParse(await answer.json().catch(() => null));
    if (parsed.success) throw faultOf(parsed.data);
    throw new Fault('service/not-running', { address: this.#origin, status: answer.status });
  }
}

function linkPath(name: string): string {
  return `/v1/links/${encodeURIComponent(name)}`;
}

function userPath(name: string): string {
  return `/v1/users/${encodeURIComponent(name)}`;
}

function databasePath(name: string): string {
  return `/v1/databases/${encodeURIComponent(name)}`;
}
