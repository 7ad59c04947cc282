import type { LakeColumn, TableShape } from '../../core/shape.ts';
import { targetsOf } from './label-rows.ts';
import type { LabelColumn } from './labels.ts';
import type { TableRelation } from './table-relations.ts';

/** What a relation is, for people who look at the catalogue. Says nothing that changes with every commit. */
export function commentOf({ named, at: { state, shape } }: TableRelation): string {
  const { table, view, insteadOf } = named;
  const isAppend = state.writeMode === 'append';
  const renamed = insteadOf === null ? '' : ` It has this name because ${insteadOf} is a table.`;
  switch (view) {
    case 'table':
      if (isAppend)
        return `${shape.displayName}: every version and delete, near real time. One row for each id: ${table}_current.`;
      if (state.writeMode === 'folders')
        return `${shape.displayName}, near real time: one row for each id. Readers of the lake's files get folders of changes instead.`;
      return `${shape.displayName}, near real time: one row for each id.`;
    case 'current':
      return `${shape.displayName}, near real time: the newest version of each id that is not deleted.${renamed}`;
    case 'partitioned':
      return `${shape.displayName} as of the newest snapshot.${renamed}`;
    case 'labels':
      return `${shape.displayName}, near real time, with the texts of choices and the names of rows that lookups point to.${renamed}`;
  }
}

export function lakeComment({ name, role, source }: LakeColumn, shape: TableShape): string | null {
  switch (role) {
    case 'id':
      return `The row's id, as in ${shape.primaryId}.`;
    case 'sink':
      return 'When this version was taken in, UTC.';
    case 'is-delete':
      return 'True: the row was deleted then. Null for all others.';
    case 'target-type':
      return `The table that ${source?.name ?? name} points to.`;
    case 'value':
      return source === null ? null : valueComment(name, source, shape);
  }
}

function valueComment(name: string, source: NonNullable<LakeColumn['source']>, shape: TableShape): string | null {
  const said: string[] = [];
  if (name !== source.name) said.push(`The column ${source.name}, which SQL cannot tell from ${source.name}.`);
  const targets = targetsOf(source.targets);
  if (targets.length > 0) said.push(`Id of ${targets.join(', ')}.`);
  if (source.optionSet?.isGlobal === true) said.push(`Choice ${source.optionSet.name}.`);
  if (source.removed === true) said.push('The environment has this column no more; old values stay.');
  if (shape.unreadable.includes(source.name))
    said.push('Null throughout: under column security that the link may not read.');
  return said.length === 0 ? null : said.join(' ');
}

export function textComment(column: Exclude<LabelColumn, { readonly is: 'own' }>): string {
  const { of } = column;
  if (column.is === 'label') return `The text of ${of.name}.`;
  const targets = targetsOf(of.source?.targets ?? []);
  return (
    `The name of the row that ${of.name} points to` +
    `${targets.length === 0 ? '' : ` (${targets.join(', ')})`}; null where that table is not in this lake, or which of its columns is the name is not known.`
  );
}
