import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TableShape } from '../../src/core/shape.ts';

/** The platform's type names by kind, for the definition of a table. */
const TYPE_NAMES = {
  guid: 'UniqueidentifierType',
  string: 'StringType',
  memo: 'MemoType',
  integer: 'IntegerType',
  bigint: 'BigIntType',
  decimal: 'DecimalType',
  money: 'MoneyType',
  double: 'DoubleType',
  boolean: 'BooleanType',
  choice: 'PicklistType',
  multichoice: 'MultiSelectPicklistType',
  state: 'StateType',
  status: 'StatusType',
  lookup: 'LookupType',
  owner: 'OwnerType',
  customer: 'CustomerType',
  dateonly: 'DateTimeType',
  timezoneindependent: 'DateTimeType',
  datetime: 'DateTimeType',
  entityname: 'EntityNameType',
  file: 'FileType',
  managedproperty: 'ManagedPropertyType',
} as const;

/** An environment of one table whose rows are JSON texts by id: two to a page, sign-in, definition, rows by id. */
export class TinyEnvironment implements AsyncDisposable {
  readonly rows = new Map<string, string>();
  /** Attributes of the definition beside those of the shape. */
  readonly moreAttributes: { readonly name: string; readonly type: string }[] = [];
  /** Called before each answer about rows, with the path: a test moves the world here. */
  beforeAnswer: (path: string) => void | Promise<void> = () => {};
  /** Answers to give first: status, headers; one request each. */
  readonly refusals: { readonly status: number; readonly headers?: Record<string, string> }[] = [];
  readonly requests: string[] = [];
  readonly #shape: TableShape;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(shape: TableShape) {
    this.#shape = shape;
  }

  static async start(shape: TableShape): Promise<TinyEnvironment> {
    const environment = new TinyEnvironment(shape);
    await new Promise<void>(resolve => environment.#server.listen(0, '127.0.0.1', resolve));
    return environment;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get access() {
    return { url: this.url, tenantId: 'contoso', clientId: 'app', clientSecret: 'right', authority: this.url };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url);
    this.requests.push(`${url.pathname}${url.search}`);
    const send = (status: number, body: string, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    if (url.pathname === '/contoso/oauth2/v2.0/token') return void this.#signIn(request, send);
    if (request.headers.authorization !== 'Bearer good') return void send(401, '');
    const refusal = this.refusals.shift();
    if (refusal !== undefined)
      return void send(refusal.status, '{"error":{"code":"0x1","message":"no"}}', refusal.headers);
    const path = url.pathname.replace('/api/data/v9.2/', '');
    if (path.endsWith('/Attributes')) return void send(200, this.#attributes());
    if (path.startsWith('EntityDefinitions')) return void send(200, this.#definition());
    await this.beforeAnswer(path);
    const id = /^crates\((.+)\)$/.exec(path)?.[1];
    if (id === undefined) return void send(200, this.#page(Number(url.searchParams.get('from') ?? 0)));
    const row = this.rows.get(id);
    return void (row === undefined ? send(404, '{"error":{"code":"0x80040217","message":"none"}}') : send(200, row));
  }

  async #signIn(request: IncomingMessage, send: (status: number, body: string) => void): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const form = new URLSearchParams(Buffer.concat(parts).toString());
    if (form.get('client_secret') === 'right') return send(200, '{"access_token":"good","expires_in":3600}');
    return send(401, '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}');
  }

  #page(from: number): string {
    const ids = [...this.rows.keys()].sort().slice(from, from + 2);
    const more = from + 2 < this.rows.size;
    const next = more ? `,"@odata.nextLink":"${this.url}/api/data/v9.2/crates?from=${from + 2}"` : '';
    return `{"value":[${ids.map(id => this.rows.get(id)).join(',')}]${next}}`;
  }

  #definition(): string {
    const { table, entitySetName, primaryId } = this.#shape;
    return JSON.stringify({ LogicalName: table, EntitySetName: entitySetName, PrimaryIdAttribute: primaryId });
  }

  #attributes(): string {
    const own = this.#shape.columns.map(({ name, kind }) => ({ name, type: TYPE_NAMES[kind] as string }));
    const value = [...own, ...this.moreAttributes].map(({ name, type }) => ({
      LogicalName: name,
      AttributeTypeName: { Value: type },
    }));
    return JSON.stringify({ value });
  }
}
