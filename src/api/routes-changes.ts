import type { FastifyInstance } from 'fastify';
import { parseLinkChoices } from '../core/link-choices.ts';
import { type LinkName, parseLinkName, parseTableName, type TableName } from '../core/names.ts';
import type { LinkControl } from '../engine/control.ts';
import {
  type ApplyAnswer,
  applyChoicesBody,
  attachLinkBody,
  type ContentsAnswer,
  changeLinkBody,
  changeTablesBody,
  type LinkAnswer,
  moveLinkBody,
  pauseBody,
  resumeBody,
} from './contract.ts';
import { answerOf } from './link-answer.ts';

interface LinkParams {
  readonly name: string;
}

/** Routes that change a live link, attach a kept lake, or say what a deletion would remove. */
export function registerChanges(server: FastifyInstance, control: LinkControl): void {
  const nameOf = (request: { readonly params: LinkParams }): LinkName => parseLinkName(request.params.name);

  server.post('/v1/attached-links', async (request, reply): Promise<LinkAnswer> => {
    const body = attachLinkBody.parse(request.body);
    const link = await control.attachLink({ ...body, name: parseLinkName(body.name) });
    reply.code(201);
    return answerOf(link);
  });

  server.patch<{ Params: LinkParams }>('/v1/links/:name', async (request): Promise<LinkAnswer> => {
    const change = present(changeLinkBody.parse(request.body));
    return answerOf(await control.changeLink(nameOf(request), change));
  });

  server.patch<{ Params: LinkParams }>('/v1/links/:name/tables', async (request, reply) => {
    const { tables, ...change } = changeTablesBody.parse(request.body);
    await control.changeTables(nameOf(request), tables.map(parseTableName), present(change));
    return reply.code(204).send();
  });

  server.post<{ Params: LinkParams }>('/v1/links/:name/pause', async (request, reply) => {
    const { tables, reason } = pauseBody.parse(request.body);
    await control.pause(nameOf(request), { tables: namesOf(tables), reason });
    return reply.code(204).send();
  });

  server.post<{ Params: LinkParams }>('/v1/links/:name/resume', async (request, reply) => {
    const { tables } = resumeBody.parse(request.body);
    await control.resume(nameOf(request), { tables: namesOf(tables) });
    return reply.code(204).send();
  });

  server.post<{ Params: LinkParams }>('/v1/links/:name/choices', async (request): Promise<ApplyAnswer> => {
    const { choices, ...options } = applyChoicesBody.parse(request.body);
    return control.applyChoices(nameOf(request), parseLinkChoices(choices), options);
  });

  server.post<{ Params: LinkParams }>('/v1/links/:name/move', async (request, reply) => {
    await control.moveLink(nameOf(request), moveLinkBody.parse(request.body));
    return reply.code(204).send();
  });

  server.get<{ Params: LinkParams }>(
    '/v1/links/:name/contents',
    async (request): Promise<ContentsAnswer> => control.lakeContents(nameOf(request)),
  );
}

function namesOf(tables: readonly string[] | null): TableName[] | null {
  return tables === null ? null : tables.map(parseTableName);
}

/** Without the fields that were not given. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
