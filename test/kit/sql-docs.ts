import { blocksTagged } from './doc-commands.ts';
import type { SqlWorld } from './sql-world.ts';

const PAGE = 'docs/connect-sql.md';

/** The blocks of one language of the page on connecting, with a world's address in place of the documented one. */
export function documented(language: string, world: SqlWorld): string[] {
  const texts = blocksTagged(PAGE, language).map(text =>
    text
      .replaceAll('lake.example.com', world.host)
      .replaceAll('5433', String(world.port))
      .replaceAll('dataverse-contoso-org1', world.database)
      .replaceAll(/\bmaria\b/g, 'ana')
      .replaceAll(/\bca\.pem\b/g, world.caFile.replaceAll('\\', '/')),
  );
  if (texts.length === 0) throw new Error(`${PAGE} has no block of ${language}`);
  return texts;
}
