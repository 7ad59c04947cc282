import type { FastifyInstance } from 'fastify';
import { parseUserName } from '../core/user-name.ts';
import type { Administration, DatabaseControl, UserControl, UserView } from './administration.ts';
import {
  changeUserBody,
  createUserBody,
  type DatabaseContentsAnswer,
  type DatabasesAnswer,
  type DroppedAnswer,
  dropDatabaseQuery,
  grantBody,
  setPasswordBody,
  type UserAnswer,
  type UsersAnswer,
} from './contract-users.ts';

interface NameParams {
  readonly name: string;
}

/** Routes of users and lake databases. A password goes in and never comes out. */
export function registerAdministration(server: FastifyInstance, { users, databases }: Administration): void {
  registerUsers(server, users);
  registerDatabases(server, databases);
}

function registerUsers(server: FastifyInstance, control: UserControl): void {
  server.get('/v1/users', async (): Promise<UsersAnswer> => ({ users: (await control.list()).map(answerOf) }));

  server.post('/v1/users', async (request, reply): Promise<UserAnswer> => {
    const body = createUserBody.parse(request.body);
    const user = await control.create({ ...body, name: parseUserName(body.name) });
    reply.code(201);
    return answerOf(user);
  });

  server.patch<{ Params: NameParams }>('/v1/users/:name', async (request): Promise<UserAnswer> => {
    const { role, disabled } = changeUserBody.parse(request.body);
    const change = { ...(role === undefined ? {} : { role }), ...(disabled === undefined ? {} : { disabled }) };
    return answerOf(await control.change(request.params.name, change));
  });

  server.put<{ Params: NameParams }>('/v1/users/:name/password', async (request, reply) => {
    await control.setPassword(request.params.name, setPasswordBody.parse(request.body).password);
    return reply.code(204).send();
  });

  server.post<{ Params: NameParams }>('/v1/users/:name/grant', async (request): Promise<UserAnswer> => {
    return answerOf(await control.grant(request.params.name, grantBody.parse(request.body).databases));
  });

  server.post<{ Params: NameParams }>('/v1/users/:name/revoke', async (request): Promise<UserAnswer> => {
    return answerOf(await control.revoke(request.params.name, grantBody.parse(request.body).databases));
  });

  server.delete<{ Params: NameParams }>('/v1/users/:name', async (request, reply) => {
    await control.remove(request.params.name);
    return reply.code(204).send();
  });
}

function registerDatabases(server: FastifyInstance, control: DatabaseControl): void {
  server.get('/v1/databases', async (): Promise<DatabasesAnswer> => ({ databases: await control.list() }));

  server.get<{ Params: NameParams }>(
    '/v1/databases/:name/contents',
    async (request): Promise<DatabaseContentsAnswer> => control.contents(request.params.name),
  );

  server.delete<{ Params: NameParams }>('/v1/databases/:name', async (request): Promise<DroppedAnswer> => {
    const { keepFiles } = dropDatabaseQuery.parse(request.query);
    const { foreign } = await control.drop(request.params.name, { keepFiles: keepFiles === 'true' });
    return { foreign };
  });
}

/** Named field by field: what checks a password is not sent by accident. */
function answerOf({ name, role, databases, createdAt, disabled }: UserView): UserAnswer {
  return { name, role, databases, createdAt, disabled };
}
