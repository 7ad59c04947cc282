import type { FastifyInstance } from 'fastify';
import type { PartitionStrategy } from '../core/commit.ts';
import type { Fault } from '../core/fault.ts';
import type { TableChoice } from '../core/link-choices.ts';
import { type LinkName, parseLinkName, parseTableName, type TableName } from '../core/names.ts';
import type { LinkControl } from '../engine/control.ts';
import type { Administration } from './administration.ts';
import {
  addTablesBody,
  type ChosenTable,
  createLinkBody,
  deleteLinkQuery,
  type LinkAnswer,
  type LinksAnswer,
  removeTablesBody,
  replaceSecretBody,
  type ServiceAnswer,
  type SnapshotsAnswer,
  type StatusAnswer,
  statusQuery,
  type TablesAnswer,
  takeSnapshotsBody,
} from './contract.ts';
import { answerOf } from './link-answer.ts';
import { registerChanges } from './routes-changes.ts';
import { registerAdministration } from './routes-users.ts';
import type { ServiceControl } from './server.ts';

interface Parts {
  readonly control: LinkControl;
  readonly administration: Administration;
  readonly service: ServiceControl;
  readonly nowMs: () => number;
}

interface LinkParams {
  readonly name: string;
}

interface TableParams extends LinkParams {
  readonly table: string;
}

/** Every route of version 1. Each parses what came, calls the control interface, and answers a shape of the contract. */
export function registerRoutes(server: FastifyInstance, parts: Parts): void {
  registerLinks(server, parts.control);
  registerChanges(server, parts.control);
  registerTables(server, parts.control);
  registerAdministration(server, parts.administration);
  registerService(server, parts);
}

function registerLinks(server: FastifyInstance, control: LinkControl): void {
  server.get('/v1/links', async (): Promise<LinksAnswer> => ({ links: control.links().map(answerOf) }));

  server.post('/v1/links', async (request, reply): Promise<LinkAnswer> => {
    const body = createLinkBody.parse(request.body);
    const link = await control.createLink({
      ...body,
      name: parseLinkName(body.name),
      tables: body.tables.map(given => choiceOf(given, body.partitionStrategy)),
    });
    reply.code(201);
    return answerOf(link);
  });

  server.get<{ Params: LinkParams }>(
    '/v1/links/:name',
    async (request): Promise<LinkAnswer> => answerOf(control.link(parseLinkName(request.params.name))),
  );

  server.put<{ Params: LinkParams }>('/v1/links/:name/secret', async (request, reply) => {
    const body = replaceSecretBody.parse(request.body);
    await control.replaceSecret(parseLinkName(request.params.name), body.clientSecret);
    return reply.code(204).send();
  });

  server.post<{ Params: LinkParams }>('/v1/links/:name/accept-environment', async (request, reply) => {
    await control.acceptEnvironment(parseLinkName(request.params.name));
    return reply.code(204).send();
  });

  server.post<{ Params: LinkParams }>('/v1/links/:name/snapshots', async (request): Promise<SnapshotsAnswer> => {
    const body = takeSnapshotsBody.parse(request.body);
    const tables = body.tables?.map(parseTableName) ?? null;
    const results = await control.takeSnapshots(parseLinkName(request.params.name), tables);
    return { snapshots: results.map(({ table, outcome, fault }) => ({ table, outcome, error: errorOf(fault) })) };
  });

  server.delete<{ Params: LinkParams }>('/v1/links/:name', async (request, reply) => {
    const query = deleteLinkQuery.parse(request.query);
    await control.deleteLink(parseLinkName(request.params.name), {
      deleteData: query.deleteData === 'true',
      deleteForeign: query.deleteForeign === 'true',
    });
    return reply.code(204).send();
  });
}

function registerTables(server: FastifyInstance, control: LinkControl): void {
  server.get<{ Params: LinkParams }>('/v1/links/:name/tables', async (request): Promise<TablesAnswer> => {
    const name = parseLinkName(request.params.name);
    const chosen = new Set(control.link(name).tables.map(one => one.table));
    const offered = await control.offeredTables(name);
    return { tables: offered.map(table => ({ ...table, chosen: chosen.has(table.table) })) };
  });

  server.post<{ Params: LinkParams }>('/v1/links/:name/tables', async (request, reply) => {
    const body = addTablesBody.parse(request.body);
    await control.addTables(parseLinkName(request.params.name), body.tables.map(parseTableName), {
      partitionStrategy: body.partitionStrategy,
      appendOnly: body.appendOnly,
    });
    return reply.code(204).send();
  });

  server.delete<{ Params: LinkParams }>('/v1/links/:name/tables', async (request, reply) => {
    const body = removeTablesBody.parse(request.body);
    await control.removeTables(parseLinkName(request.params.name), body.tables.map(parseTableName), {
      deleteData: body.deleteData,
    });
    return reply.code(204).send();
  });

  const tableVerbs = {
    retry: (name: LinkName, table: TableName) => control.retryTable(name, table),
    backfill: (name: LinkName, table: TableName) => control.backfillTable(name, table),
    'confirm-deletes': (name: LinkName, table: TableName) => control.confirmDeletes(name, table),
  };
  for (const [verb, call] of Object.entries(tableVerbs)) {
    server.post<{ Params: TableParams }>(`/v1/links/:name/tables/:table/${verb}`, async (request, reply) => {
      await call(parseLinkName(request.params.name), parseTableName(request.params.table));
      return reply.code(204).send();
    });
  }
}

function registerService(server: FastifyInstance, { control, service, nowMs }: Parts): void {
  server.get('/v1/status', async (request): Promise<StatusAnswer> => {
    const { link } = statusQuery.parse(request.query);
    const tables = link === undefined ? control.status() : control.status(parseLinkName(link));
    return { at: new Date(nowMs()).toISOString(), tables, sql: service.info().sql };
  });

  server.get(
    '/v1/service',
    async (): Promise<ServiceAnswer> => ({
      ...service.info(),
      links: control.links().length,
    }),
  );

  server.post('/v1/service/stop', async (_request, reply) => {
    reply.raw.once('finish', () => service.stop());
    return reply.code(202).send({ stopping: true });
  });
}

function choiceOf(given: ChosenTable, partitionStrategy: PartitionStrategy): TableChoice {
  if (typeof given === 'string') return { table: parseTableName(given), appendOnly: false, partitionStrategy };
  return {
    table: parseTableName(given.table),
    appendOnly: given.appendOnly,
    partitionStrategy: given.partitionStrategy ?? partitionStrategy,
  };
}

function errorOf(fault: Fault | null): SnapshotsAnswer['snapshots'][number]['error'] {
  return fault === null ? null : { code: fault.code, message: fault.message, remedy: fault.entry.remedy };
}
