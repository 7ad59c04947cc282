import { z } from 'zod';
import { Fault, type FaultCode } from '../core/fault.ts';
import type { WebApi } from './web-api.ts';

/**
 * Rows of the environment's own tables of Azure Synapse Link, parsed at the border. Names are the wire's; sets, columns
 * and option values are those of the platform's table reference ("Synapse Link Profile (synapselinkprofile) table/entity
 * reference" and its neighbours). Every column may be missing: older versions of the solution have fewer.
 */

const text = z.string().nullish();
const number = z.number().nullish();
const flag = z.boolean().nullish();
/** 64-bit integers come as strings where the answer keeps every digit. */
const count = z.union([z.string(), z.number()]).nullish();

const profile = z.object({
  synapselinkprofileid: z.string(),
  name: text,
  profilestate: number,
  profiletype: number,
  snapshotstopersist: number,
  copyattachments: flag,
  copyfiles: flag,
  extendedproperties: text,
  _datalakefolder_value: text,
});

const profileEntity = z.object({
  synapselinkprofileentityid: z.string(),
  _profile_value: text,
  entityname: text,
  appendonlymode: flag,
  partitionstrategy: number,
  enabled: flag,
  entitysource: number,
  generateparquet: flag,
  recordcountperblock: number,
  extendedproperties: text,
  statecode: number,
  createdon: text,
});

const entityState = z.object({
  _profile_value: text,
  _profileentity_value: text,
  entityname: text,
  initialsyncstate: number,
  syncstate: number,
  lakerecordcount: count,
  additiontime: text,
  createdon: text,
});

const schedule = z.object({
  _profile_value: text,
  entityname: text,
  type: number,
  recurrenceunit: number,
  recurrenceinterval: number,
  statecode: number,
});

/** A table of the lake database of a Delta Lake profile ("synapselinkexternaltablestate"). */
const externalTable = z.object({ _datalakefolder_value: text, synapseworkspacename: text });

export type ProfileRow = z.infer<typeof profile>;
export type ProfileEntityRow = z.infer<typeof profileEntity>;
export type EntityStateRow = z.infer<typeof entityState>;
export type ScheduleRow = z.infer<typeof schedule>;
export type ExternalTableRow = z.infer<typeof externalTable>;

/** All rows of the five tables. An environment has at most ten profiles, and some thousand rows of their tables. */
export interface ProfileRows {
  readonly profiles: readonly ProfileRow[];
  readonly entities: readonly ProfileEntityRow[];
  readonly schedules: readonly ScheduleRow[];
  readonly states: readonly EntityStateRow[];
  readonly externalTables: readonly ExternalTableRow[];
}

/** Whether the absence of a set means something else than that there is nothing in it. */
const ABSENT: readonly FaultCode[] = ['source/table-unknown', 'source/forbidden'];

/**
 * Reads them by plain queries. No columns are named, so that an older version of the solution does not refuse the query
 * for one it does not have. Throws `source/no-profiles` where the environment does not have the tables.
 */
export async function readProfileRows(api: WebApi, signal: AbortSignal): Promise<ProfileRows> {
  const read = <T>(set: string, table: string, row: z.ZodType<T>) => readRows({ api, set, table, row, signal });
  // What is known beside the choices themselves may be missing, or closed to this application.
  const readIfThere = async <T>(set: string, table: string, row: z.ZodType<T>) => {
    try {
      return await read(set, table, row);
    } catch (failure) {
      if (failure instanceof Fault && ABSENT.includes(failure.code)) return [];
      throw failure;
    }
  };
  try {
    return {
      profiles: await read('synapselinkprofiles', 'synapselinkprofile', profile),
      entities: await read('synapselinkprofileentities', 'synapselinkprofileentity', profileEntity),
      schedules: await read('synapselinkschedules', 'synapselinkschedule', schedule),
      states: await readIfThere('synapselinkprofileentitystates', 'synapselinkprofileentitystate', entityState),
      externalTables: await readIfThere(
        'synapselinkexternaltablestates',
        'synapselinkexternaltablestate',
        externalTable,
      ),
    };
  } catch (failure) {
    if (!(failure instanceof Fault) || failure.code !== 'source/table-unknown') throw failure;
    throw new Fault(
      'source/no-profiles',
      { url: failure.details.url, table: failure.details.table },
      { cause: failure },
    );
  }
}

async function readRows<T>({
  api,
  set,
  table,
  row,
  signal,
}: {
  readonly api: WebApi;
  readonly set: string;
  readonly table: string;
  readonly row: z.ZodType<T>;
  readonly signal: AbortSignal;
}): Promise<T[]> {
  const page = z.object({ value: z.array(row), '@odata.nextLink': z.string().optional() });
  const rows: T[] = [];
  let target: { readonly resource: string } | { readonly link: string } | null = { resource: set };
  while (target !== null) {
    const parsed = page.safeParse(await api.json({ target, table, kind: 'metadata', signal }));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new Fault('source/answer-broken', { table, reason: `${issue?.path.join('.')} is not as documented` });
    }
    rows.push(...parsed.data.value);
    const next: string | undefined = parsed.data['@odata.nextLink'];
    target = next === undefined ? null : { link: next };
  }
  return rows;
}
