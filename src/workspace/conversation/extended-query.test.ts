import { describe, expect, test } from 'vitest';
import { type SpokenWorld, speak } from '../../../test/kit/spoken-world.ts';
import type { FrontendMessage } from '../wire/conversation.ts';

type Message<Is extends FrontendMessage['is']> = Extract<FrontendMessage, { is: Is }>;

function parse(sql: string, more: Partial<Message<'parse'>> = {}): FrontendMessage {
  return { is: 'parse', name: '', sql, parameterTypes: [], ...more };
}

function bind(parameters: readonly (string | null)[] = [], more: Partial<Message<'bind'>> = {}): FrontendMessage {
  return {
    is: 'bind',
    portal: '',
    statement: '',
    parameterFormats: [],
    parameters: parameters.map(text => (text === null ? null : Buffer.from(text))),
    resultFormats: [],
    ...more,
  };
}

function execute(maxRows = 0, portal = ''): FrontendMessage {
  return { is: 'execute', portal, maxRows };
}

const SYNC: FrontendMessage = { is: 'sync' };

async function send({ conversation, backend }: SpokenWorld, ...messages: FrontendMessage[]): Promise<string[]> {
  for (const message of messages) await conversation.handle(message);
  return backend.take();
}

describe('the extended protocol', () => {
  test('Parse, Bind, Describe, Execute and Sync are each answered in turn', async () => {
    const world = await speak();
    const answers = await send(
      world,
      parse('SELECT $1, $2', { name: 's', parameterTypes: [23] }),
      { is: 'describe', of: 'statement', name: 's' },
      bind(['1', null], { statement: 's', portal: 'p', resultFormats: ['binary'] }),
      { is: 'describe', of: 'portal', name: 'p' },
      execute(0, 'p'),
      { is: 'close', of: 'portal', name: 'p' },
      { is: 'close', of: 'statement', name: 's' },
      { is: 'flush' },
      SYNC,
    );
    expect(answers).toEqual([
      'ParseComplete',
      'ParameterDescription 23,25',
      'RowDescription p1:text p2:text',
      'BindComplete',
      'RowDescription p1:binary p2:binary',
      'DataRow 1|NULL',
      'CommandComplete SELECT 1',
      'CloseComplete',
      'CloseComplete',
      'Flush',
      'ReadyForQuery I',
    ]);
    expect(world.engine.openRows).toBe(0);
  });

  test('a portal with a limit of rows stops there and goes on', async () => {
    const world = await speak();
    await send(world, parse('BEGIN'), bind(), execute(), SYNC);
    await send(world, parse('SELECT * FROM series(5)'), bind([], { portal: 'p' }), SYNC);
    expect(await send(world, execute(2, 'p'), SYNC)).toEqual([
      'DataRow 1',
      'DataRow 2',
      'PortalSuspended',
      'ReadyForQuery T',
    ]);
    expect(await send(world, execute(3, 'p'))).toEqual(['DataRow 3', 'DataRow 4', 'DataRow 5', 'PortalSuspended']);
    // As PostgreSQL: that there is no more is known when more is asked for.
    expect(await send(world, execute(3, 'p'))).toEqual(['CommandComplete SELECT 0']);
    expect(await send(world, execute(0, 'p'))).toEqual(['CommandComplete SELECT 0']);
    expect(world.engine.openRows).toBe(0);
  });

  test('any number of rows may be asked for', async () => {
    const world = await speak();
    const answers = await send(world, parse('SELECT 1'), bind(), execute(2_147_483_647), bind(), execute(-1));
    expect(answers.filter(line => line.startsWith('CommandComplete'))).toEqual(
      Array.from({ length: 2 }, () => 'CommandComplete SELECT 1'),
    );
  });

  test('I-5: a portal sees what its Bind saw, however late its rows are asked for', async () => {
    const world = await speak();
    await send(world, parse('BEGIN'), bind(), execute(), parse('SELECT seen'), bind([], { portal: 'p' }));
    const views = world.database.views;
    await send(world, parse('SELECT seen'), bind(), execute());
    expect(await send(world, execute(0, 'p'))).toContain(`DataRow view ${views}`);
  });

  test('portals end at Sync, or in a transaction with it; statements stay', async () => {
    const world = await speak();
    await send(world, parse('SELECT 1', { name: 's' }), bind([], { statement: 's', portal: 'p' }), SYNC);
    expect(await send(world, execute(0, 'p'), SYNC)).toEqual([
      'ERROR 34000 portal "p" does not exist',
      'Flush',
      'ReadyForQuery I',
    ]);
    await send(world, parse('BEGIN'), bind(), execute(), bind([], { statement: 's', portal: 'p' }), SYNC);
    expect(await send(world, execute(0, 'p'), SYNC)).toContain('CommandComplete SELECT 1');
    await send(world, parse('COMMIT'), bind(), execute(), SYNC);
    expect(await send(world, execute(0, 'p'), SYNC)).toContain('ERROR 34000 portal "p" does not exist');
  });

  test('commands say nothing of columns, or those of what they show', async () => {
    const world = await speak();
    const describe = async (sql: string) =>
      (await send(world, parse(sql), { is: 'describe', of: 'statement', name: '' })).slice(1);
    expect(await describe('SET a.b = 1')).toEqual(['ParameterDescription', 'NoData']);
    expect(await describe('SHOW datestyle')).toEqual(['ParameterDescription', 'RowDescription DateStyle:text']);
    expect(await describe('')).toEqual(['ParameterDescription', 'NoData']);
    await world.say('PREPARE p AS SELECT 1; DECLARE h CURSOR WITH HOLD FOR SELECT * FROM series(3)');
    expect(await describe('EXECUTE p')).toEqual(['ParameterDescription', 'RowDescription ?column?:text']);
    expect(await describe('FETCH 2 h')).toEqual(['ParameterDescription', 'RowDescription ?column?:text']);
    expect(await send(world, bind([], { resultFormats: ['binary'] }), execute(1), execute(1), execute(1))).toEqual([
      'BindComplete',
      'DataRow 1',
      'PortalSuspended',
      'DataRow 2',
      'PortalSuspended',
      'CommandComplete FETCH 0',
    ]);
  });

  test('a cursor takes parameters', async () => {
    const world = await speak();
    await world.say('BEGIN');
    expect(await send(world, parse('DECLARE c CURSOR FOR SELECT $1'), bind(['x']), execute())).toContain(
      'CommandComplete DECLARE CURSOR',
    );
    expect(await send(world, parse('FETCH c'), bind(), execute())).toContain('DataRow x');
    expect(await send(world, execute(0, 'c'))).toEqual(['CommandComplete SELECT 0']);
  });

  test('an empty text is an empty query, a command runs once', async () => {
    const world = await speak();
    expect(await send(world, parse(' ; -- '), bind(), execute(), SYNC)).toEqual([
      'ParseComplete',
      'BindComplete',
      'EmptyQueryResponse',
      'ReadyForQuery I',
    ]);
    expect(await send(world, parse('SET a.b = 1'), bind(), execute(), execute())).toContain(
      'ERROR 55000 portal "" cannot be run',
    );
  });

  test('COPY goes out on Execute', async () => {
    const world = await speak();
    expect(await send(world, parse('COPY (SELECT * FROM series(2)) TO STDOUT'), bind(), execute(), SYNC)).toEqual([
      'ParseComplete',
      'BindComplete',
      'CopyOut text 1',
      'CopyData',
      'CopyData',
      'CopyDone',
      'CommandComplete COPY 2',
      'ReadyForQuery I',
    ]);
  });
});

describe('errors in the extended protocol', () => {
  test('all is passed over until Sync, and what ran without BEGIN is taken back', async () => {
    const world = await speak();
    const answers = await send(
      world,
      parse(`SET a.b = 'x'`),
      bind(),
      execute(),
      parse('SELECT stray'),
      bind(),
      execute(),
      { is: 'query', sql: 'SELECT 1' },
      { is: 'flush' },
      SYNC,
      parse('SHOW a.b'),
      bind(),
      execute(),
      SYNC,
    );
    expect(answers.slice(2)).toEqual([
      'CommandComplete SET',
      'ERROR 42601 syntax error at or near "stray" @8',
      'Flush',
      'ReadyForQuery I',
      'ParseComplete',
      'BindComplete',
      'ERROR 42704 unrecognized configuration parameter "a.b"',
      'Flush',
      'ReadyForQuery I',
    ]);
  });

  test('an error goes out at once: drivers of cursors wait for it before they send Sync', async () => {
    const world = await speak();
    expect(await send(world, parse('SELECT stray'), { is: 'flush' })).toEqual([
      'ERROR 42601 syntax error at or near "stray" @8',
      'Flush',
    ]);
  });

  test.each<[string, FrontendMessage[], string]>([
    ['Bind of an unknown statement', [bind([], { statement: 'x' })], '26000 prepared statement "x" does not exist'],
    ['Bind without a Parse', [bind()], '26000 unnamed prepared statement does not exist'],
    ['Describe of an unknown portal', [{ is: 'describe', of: 'portal', name: 'x' }], '34000 portal "x" does not exist'],
    ['Execute of an unknown portal', [execute(0, 'x')], '34000 portal "x" does not exist'],
    [
      'Parse under a name in use',
      [parse('SELECT 1', { name: 's' }), parse('SELECT 2', { name: 's' })],
      '42P05 prepared statement "s" already exists',
    ],
    [
      'Bind under a name in use',
      [parse('SELECT 1'), bind([], { portal: 'p' }), bind([], { portal: 'p' })],
      '42P03 cursor "p" already exists',
    ],
    [
      'several statements in a Parse',
      [parse('SELECT 1; SELECT 2')],
      '42601 cannot insert multiple commands into a prepared statement',
    ],
    [
      'too few parameters',
      [parse('SELECT $1, $2'), bind(['1'])],
      '08P01 bind message supplies 1 parameters, but prepared statement "" requires 2',
    ],
    [
      'formats for other parameters',
      [parse('SELECT $1'), bind(['1'], { parameterFormats: ['text', 'binary'] })],
      '08P01 bind message has 2 parameter formats but 1 parameters',
    ],
    [
      'formats for other columns',
      [parse('SELECT 1'), bind([], { resultFormats: ['text', 'text'] })],
      '08P01 bind message has 2 result formats but query has 1 columns',
    ],
    [
      'a call of a function by number',
      [{ is: 'function-call' }],
      '0A000 function calls by number are not supported by Lakelink',
    ],
  ])('%s', async (_, messages, error) => {
    const world = await speak();
    expect((await send(world, ...messages)).filter(line => line.startsWith('ERROR'))).toEqual([`ERROR ${error}`]);
    expect((await send(world, SYNC)).at(-1)).toBe('ReadyForQuery I');
    expect((await send(world, parse('SELECT 1'), bind(), execute(), SYNC)).at(-2)).toBe('CommandComplete SELECT 1');
  });

  test('one format is for all columns, and none is text', async () => {
    const world = await speak();
    await send(
      world,
      parse('SELECT $1, $2'),
      bind(['a', 'b'], { parameterFormats: ['binary'], resultFormats: ['binary'] }),
    );
    await send(
      world,
      execute(),
      bind(['a', 'b']),
      execute(),
      bind(['a', 'b'], { resultFormats: ['text', 'binary'] }),
      execute(),
    );
    expect(world.engine.runs.filter((_, index) => index % 2 === 0).map(({ formats }) => formats.join())).toEqual([
      'binary,binary',
      'text,text',
      'text,binary',
    ]);
  });

  test('in a transaction that failed only its end is heard', async () => {
    const world = await speak();
    await send(world, parse('SELECT 1', { name: 'q' }), parse('ROLLBACK', { name: 'r' }), SYNC);
    await world.say('BEGIN');
    await world.say('SELECT 1/0');
    const aborted = 'ERROR 25P02 current transaction is aborted, commands ignored until end of transaction block';
    expect(await send(world, parse('SELECT 2'), SYNC)).toEqual([aborted, 'Flush', 'ReadyForQuery E']);
    expect(await send(world, bind([], { statement: 'q' }), SYNC)).toEqual([aborted, 'Flush', 'ReadyForQuery E']);
    expect(await send(world, { is: 'describe', of: 'statement', name: 'q' }, SYNC)).toEqual([
      aborted,
      'Flush',
      'ReadyForQuery E',
    ]);
    expect(await send(world, bind([], { statement: 'r' }), execute(), SYNC)).toEqual([
      'BindComplete',
      'CommandComplete ROLLBACK',
      'ReadyForQuery I',
    ]);
  });

  test('an error as a statement runs has its place in the text of its Parse', async () => {
    const world = await speak();
    const answers = await send(world, parse('  COPY (SELECT stray) TO STDOUT'), bind(), execute(), SYNC);
    expect(answers).toContain('ERROR 42601 syntax error at or near "stray" @16');
  });

  test('messages of a COPY that nobody began are passed over', async () => {
    const world = await speak();
    expect(await send(world, { is: 'copy-data' }, { is: 'copy-fail' }, { is: 'copy-done' }, SYNC)).toEqual([
      'ReadyForQuery I',
    ]);
  });
});

describe('limits', () => {
  test('a client that prepares without end is stopped, and can go on when it closed some', async () => {
    const world = await speak();
    for (let index = 0; index < 5_000; index += 1) {
      await world.conversation.handle(parse('SELECT 1', { name: `s${index}` }));
    }
    world.backend.take();
    expect(await send(world, parse('SELECT 1', { name: 'one more' }), SYNC)).toEqual([
      'ERROR 53400 too many prepared statements (A session keeps 5000 of them, and 67108864 bytes of their texts.)',
      'Flush',
      'ReadyForQuery I',
    ]);
    await world.say('DEALLOCATE s7');
    expect(await send(world, parse('SELECT 1', { name: 'one more' }))).toEqual(['ParseComplete']);
  });

  test('the texts of prepared statements are limited in size', async () => {
    const world = await speak();
    const large = `SELECT '${'x'.repeat(3_900_000)}'`;
    const answers: string[] = [];
    for (let index = 0; index < 9; index += 1)
      answers.push(...(await send(world, parse(large, { name: `s${index}` }))));
    expect(answers.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 'ParseComplete'));
    expect(answers[8]).toContain('53400 too many prepared statements');
  });

  test('unnamed statements and portals take the place of the one before', async () => {
    const world = await speak();
    for (let index = 0; index < 2_000; index += 1) {
      await send(world, parse('SELECT 1'), bind(), execute());
    }
    expect((await send(world, SYNC)).at(-1)).toBe('ReadyForQuery I');
    expect(world.engine.openRows).toBe(0);
  });
});
