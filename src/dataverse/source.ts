import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import type {
  ChangeAnswer,
  ChangeQuestion,
  EnvironmentIdentity,
  OfferedTable,
  PageRequest,
  Source,
} from '../core/source.ts';
import { ChangeQuestions } from './batch-request.ts';
import { Definitions } from './definitions.ts';
import { parseAuthority, parseEnvironmentUrl, pathOfLink } from './environment-url.ts';
import { readEstimates } from './estimates.ts';
import { Pacer, type PacingFigures, type PacingLimits, usualPacing } from './pacing.ts';
import { Patience, type PatienceLimits, usualPatience } from './patience.ts';
import { OBJECT_DOES_NOT_EXIST } from './refusal.ts';
import { SignIn } from './sign-in.ts';
import { type NetworkOptions, readBytes, type Timeouts, Transport, usualTimeouts } from './transport.ts';
import { type ApiRequest, WebApi } from './web-api.ts';

export interface SourceOptions {
  /** The environment's URL; see `parseEnvironmentUrl` for what is accepted. */
  readonly url: string;
  /** Tenant ID or one of the tenant's domains. */
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `https://login.microsoftonline.com` unless the environment lives in a national cloud. */
  readonly authority?: string;
  readonly clock: Clock;
  /** Rows asked per page; 5,000 (the platform's maximum) unless told. */
  readonly rowsPerPage?: number;
  readonly timeouts?: Partial<Timeouts>;
  readonly patience?: Partial<PatienceLimits>;
  readonly pacing?: Partial<PacingLimits>;
  /** Proxies and trusted certificates; directly and the system's unless told. */
  readonly network?: NetworkOptions;
}

/** A `Source` that holds connections until it is closed. */
export interface OpenSource extends Source, AsyncDisposable {
  /** How requests were paced so far. */
  readonly pacing: PacingFigures;
  /** Ends running requests too. Closing twice is allowed. */
  close(): Promise<void>;
}

const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com';

/** The annotation that names the table a lookup points to; formatted values would double the traffic for nothing. */
const ANNOTATIONS = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"';

const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
const checkedRow = z.object({ '@odata.etag': z.string().regex(/^W\/"\d+"$/) });
const whoAmI = z.object({ UserId: guid, OrganizationId: guid });
const organization = z.object({
  Detail: z.object({ FriendlyName: z.string(), UniqueName: z.string(), OrganizationVersion: z.string() }),
});

/**
 * Opens a Dataverse environment over its Web API v9.2, signing in as an application. Nothing is asked yet: a wrong URL,
 * tenant or secret shows at the first call (`identity`). Throws `input/invalid` for what cannot be right.
 */
export function openSource(options: SourceOptions): OpenSource {
  return new DataverseSource(options);
}

class DataverseSource implements OpenSource {
  readonly #origin: string;
  readonly #rowsPerPage: number;
  readonly #authority: Transport;
  readonly #environment: Transport;
  readonly #signIn: SignIn;
  readonly #pacer: Pacer;
  readonly #api: WebApi;
  readonly #questions: ChangeQuestions;
  readonly #definitions: Definitions;

  constructor(options: SourceOptions) {
    const { tenantId, clientId, clientSecret, clock } = options;
    const environment = parseEnvironmentUrl(options.url);
    const authority = parseAuthority(options.authority ?? PUBLIC_AUTHORITY);
    refuseOddIdentity({ tenantId, clientId, clientSecret });
    const timeouts = { ...usualTimeouts, ...options.timeouts };
    const patience = { clock, limits: { ...usualPatience, ...options.patience } };
    this.#origin = environment.origin;
    this.#rowsPerPage = options.rowsPerPage ?? limits.rowsPerPage;
    const { network = {} } = options;
    this.#authority = new Transport({ origin: authority.origin, timeouts, network });
    this.#environment = new Transport({ origin: environment.origin, timeouts, network });
    this.#pacer = new Pacer({ clock, limits: { ...usualPacing, ...options.pacing } });
    this.#signIn = new SignIn({
      transport: this.#authority,
      authorityPath: authority.path,
      patience: new Patience(patience),
      clock,
      tenantId,
      clientId,
      clientSecret,
      scope: `${environment.origin}/.default`,
    });
    this.#api = new WebApi({
      environment,
      transport: this.#environment,
      tokens: this.#signIn,
      patience: new Patience(patience),
      pacer: this.#pacer,
      clock,
    });
    this.#questions = new ChangeQuestions({ api: this.#api, origin: environment.origin, clock });
    this.#definitions = new Definitions({ api: this.#api, clock });
  }

  get pacing(): PacingFigures {
    return this.#pacer.figures;
  }

  async identity(signal: AbortSignal): Promise<EnvironmentIdentity> {
    const read = (resource: string) => this.#api.json({ target: { resource }, kind: 'metadata', signal });
    const me = checked(whoAmI, await read('WhoAmI'), { what: 'WhoAmI', url: this.#origin });
    const access = "AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default'";
    const found = await read(`RetrieveCurrentOrganization(${access})`);
    const where = { what: 'RetrieveCurrentOrganization', url: this.#origin };
    const { Detail: detail } = checked(organization, found, where);
    return {
      url: this.#origin,
      organizationId: me.OrganizationId,
      friendlyName: detail.FriendlyName,
      uniqueName: detail.UniqueName,
      version: detail.OrganizationVersion,
      userId: me.UserId,
    };
  }

  async tables(signal: AbortSignal): Promise<OfferedTable[]> {
    return await this.#definitions.tables(signal);
  }

  async shape(
    table: TableName,
    signal: AbortSignal,
    { maxAgeMs }: { readonly maxAgeMs?: number } = {},
  ): Promise<TableShape> {
    return await this.#definitions.shape(table, signal, maxAgeMs);
  }

  async page(request: PageRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { shape, link } = request;
    // A link already says everything, but the page size only holds for the request that asks for it.
    const answer = await this.#api.open({
      target: link === null ? { resource: firstPage(request) } : { link },
      prefer: this.#prefer(request),
      table: shape.table,
      kind: request.read === 'delta' ? 'poll' : 'bulk',
      signal,
    });
    return answer.body;
  }

  async row(shape: TableShape, id: string, signal: AbortSignal): Promise<Uint8Array | null> {
    if (!guid.safeParse(id).success) throw new Fault('input/invalid', { table: shape.table, reason: 'not a row id' });
    const request: ApiRequest = {
      target: { resource: `${shape.entitySetName}(${id})` },
      prefer: ANNOTATIONS,
      table: shape.table,
      signal,
    };
    try {
      const answer = await this.#api.open(request);
      return await readBytes(answer.body, { maxBytes: limits.rowBytesMax });
    } catch (error) {
      // Only this code says that the row is gone; any other 404 says nothing about the row.
      if (error instanceof Fault && error.details.code === OBJECT_DOES_NOT_EXIST) return null;
      throw error;
    }
  }

  requireOwn(link: string): void {
    pathOfLink({ link, origin: this.#origin });
  }

  async changes(questions: readonly ChangeQuestion[], signal: AbortSignal): Promise<readonly ChangeAnswer[]> {
    return await this.#questions.ask(questions, signal);
  }

  async rowVersion(shape: TableShape, id: string, signal: AbortSignal): Promise<string | null> {
    if (!guid.safeParse(id).success) throw new Fault('input/invalid', { table: shape.table, reason: 'not a row id' });
    try {
      const resource = `${shape.entitySetName}(${id})?$select=${shape.primaryId}`;
      const row = checkedRow.parse(await this.#api.json({ target: { resource }, table: shape.table, signal }));
      return row['@odata.etag'].replace(/\D/g, '');
    } catch (error) {
      if (error instanceof Fault && error.details.code === OBJECT_DOES_NOT_EXIST) return null;
      throw error;
    }
  }

  async estimates(tables: readonly TableName[], signal: AbortSignal): Promise<ReadonlyMap<TableName, number>> {
    return await readEstimates({ api: this.#api, tables, signal });
  }

  async close(): Promise<void> {
    this.#signIn.close();
    this.#pacer.close(new Fault('source/unreachable', { url: this.#origin, reason: 'the source was closed' }));
    await Promise.all([this.#authority.close(), this.#environment.close()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #prefer(request: PageRequest): string {
    const size = `odata.maxpagesize=${this.#rowsPerPage}`;
    if (request.read === 'narrow') return size;
    const tracked = `odata.track-changes,${size}`;
    return request.plain === true ? tracked : `${tracked},${ANNOTATIONS}`;
  }
}

/**
 * A full read carries no `$select`: a column added later then arrives by itself, and the widest table stays below the
 * limit of a URL. A narrow read asks for the id and, where the table has one, the version.
 */
function firstPage({ read, shape }: PageRequest): string {
  if (read !== 'narrow') return shape.entitySetName;
  const hasVersion = shape.columns.some(column => column.name === 'versionnumber' && column.removed !== true);
  return `${shape.entitySetName}?$select=${shape.primaryId}${hasVersion ? ',versionnumber' : ''}`;
}

function refuseOddIdentity(given: Readonly<Record<'tenantId' | 'clientId' | 'clientSecret', string>>): void {
  const shapes = { tenantId: /^[A-Za-z0-9][A-Za-z0-9.-]*$/, clientId: /^[A-Za-z0-9-]+$/, clientSecret: /\S/ } as const;
  for (const option of ['tenantId', 'clientId', 'clientSecret'] as const) {
    if (!shapes[option].test(given[option]))
      throw new Fault('input/invalid', { option, reason: 'missing or malformed' });
  }
}

/** An answer that is JSON but not this: whatever answers there is not a Dataverse environment. */
function checked<T>(
  schema: z.ZodType<T>,
  json: unknown,
  { what, url }: { readonly what: string; readonly url: string },
): T {
  const result = schema.safeParse(json);
  if (!result.success) throw new Fault('source/not-dataverse', { url, reason: `${what} has an unexpected answer` });
  return result.data;
}
