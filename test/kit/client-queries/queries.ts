import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A query that a client sends, and what an equal PostgreSQL 15 answers it. */
export interface ClientQuery {
  /** The client's name and what it does: `psql: \d account, 2`. */
  readonly name: string;
  /** `{account}` stands for that relation's object id. */
  readonly sql: string;
  readonly rowCount: number;
  /** Rows in the form of `shownRows`; null: not told, or PostgreSQL would say more than a lake has. */
  readonly rows: readonly string[] | null;
}

/**
 * All queries of the `.sql` files here. Of each file the first line names the source, then one block for each query: its
 * name, its answer as PostgreSQL 15 gave it over tables equal to `EXAMPLE_RELATIONS` ("ours" where it knows of more, such
 * as its own indexes), and its text.
 */
export function clientQueries(): readonly ClientQuery[] {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const files = readdirSync(folder).filter(name => name.endsWith('.sql'));
  return files.sort().flatMap(file => queriesOf(file, readFileSync(`${folder}/${file}`, 'utf8')));
}

function queriesOf(file: string, text: string): readonly ClientQuery[] {
  const [, ...blocks] = text.replaceAll('\r', '').split(/^-- query: /m);
  return blocks.map(block => {
    const [title = '', ...lines] = block.split('\n');
    const answer = /^-- answer: (\d+) rows/.exec(lines[0] ?? '');
    if (answer === null) throw new Error(`${file}: no answer for ${title}`);
    const rows = lines.filter(line => line.startsWith('-- = ')).map(line => line.slice('-- = '.length));
    const rowCount = Number(answer[1]);
    return {
      name: `${file.replace('.sql', '')}: ${title}`,
      sql: lines.filter(line => !line.startsWith('-- ')).join('\n'),
      rowCount,
      rows: rows.length === rowCount && rowCount > 0 ? rows : null,
    };
  });
}
