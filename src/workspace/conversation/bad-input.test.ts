import { describe, expect, test } from 'vitest';
import { Chance } from '../../../test/kit/chance.ts';
import { speak } from '../../../test/kit/spoken-world.ts';
import type { FrontendMessage } from '../wire/conversation.ts';

const PIECES = (
  'SELECT 1|SELECT * FROM series(7)|SELECT $1|SELECT stray|SELECT 1/0|BEGIN|COMMIT|ROLLBACK|SAVEPOINT a|ROLLBACK TO a|' +
  'RELEASE a|SET a.b = 1|SET LOCAL a.b = 2|RESET ALL|SHOW ALL|SHOW a.b|DISCARD ALL|DEALLOCATE ALL|PREPARE p AS SELECT $1|' +
  'EXECUTE p (1)|DECLARE c SCROLL CURSOR FOR SELECT * FROM series(5)|DECLARE h CURSOR WITH HOLD FOR SELECT * FROM series(5)|' +
  'FETCH 2 c|FETCH BACKWARD ALL c|MOVE -1 c|FETCH ALL h|CLOSE c|CLOSE ALL|COPY (SELECT * FROM series(3)) TO STDOUT CSV|' +
  'BEGIN ISOLATION LEVEL SERIALIZABLE|SET TRANSACTION READ ONLY|COMMIT AND CHAIN|UNLISTEN *|INSERT INTO x VALUES (1)|' +
  `CREATE VIEW v AS SELECT 1|DROP VIEW v|SET TIME ZONE 5|SELECT 'a|/* |"|$$|(|)|;|\\|'|E'\\|U&'\\0|FETCH|COPY|SET x =|%%sql `
).split('|');

function message(chance: Chance): FrontendMessage {
  const name = chance.oneOf(['', 'a', 'c']);
  const pieces = Array.from({ length: chance.between(1, 3) }, () => chance.oneOf(PIECES));
  const of = chance.oneOf(['statement', 'portal'] as const);
  const parameters = Array.from({ length: chance.between(0, 2) }, () =>
    chance.happens(0.3) ? null : Buffer.from('x'),
  );
  return chance.oneOf<FrontendMessage>([
    { is: 'query', sql: pieces.join(chance.oneOf(['; ', ' ', ';'])) },
    { is: 'parse', name, sql: chance.oneOf(PIECES), parameterTypes: [chance.between(0, 30)] },
    { is: 'bind', portal: name, statement: name, parameterFormats: [], parameters, resultFormats: [] },
    { is: 'describe', of, name },
    { is: 'execute', portal: name, maxRows: chance.between(-1, 2) },
    { is: 'close', of, name },
    { is: 'sync' },
    { is: 'flush' },
    { is: 'copy-fail' },
    { is: 'function-call' },
  ]);
}

describe('whatever a client says', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'is answered, and leaves nothing open (seed %i)',
    async seed => {
      const chance = new Chance(seed);
      const { conversation, backend, engine, database, bugs } = await speak({ role: 'Maker' });
      let isSkipping = false;
      for (let turn = 0; turn < 150; turn += 1) {
        const next = message(chance);
        await conversation.handle(next);
        const said = backend.take();
        const ready = said.filter(line => line.startsWith('ReadyForQuery')).length;
        const isAnswered = next.is === 'sync' || (!isSkipping && (next.is === 'query' || next.is === 'function-call'));
        expect([turn, next.is, ready]).toEqual([turn, next.is, isAnswered ? 1 : 0]);
        const errors = said.filter(line => line.startsWith('ERROR'));
        expect(errors.length).toBeLessThanOrEqual(1);
        for (const error of errors) expect(error).toMatch(/^ERROR (?!XX000)[0-9A-Z]{5} ./);
        if (ready === 1) isSkipping = false;
        else if (errors.length > 0) isSkipping = true;
      }
      await conversation.close();
      expect([engine.openRows, engine.isClosed, database.isClosed, bugs]).toEqual([0, true, true, []]);
    },
  );
});
