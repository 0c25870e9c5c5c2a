import type { Json } from '../../base/index.ts';
import type { Lineage, Node } from '../../graph/index.ts';
import { keepingOut } from '../contract/index.ts';
import { identityOf } from './plan.ts';
import type { SourceBody } from './spec.ts';

/**
 * Columns of a source come from its files. Of other connectors the outside can move between plan and reading, so that the
 * same plan may bring other rows: they are seen as a whole.
 */
export function sourceLineage({ body, inputs }: Node<SourceBody>): Lineage | undefined {
  const { contract, from } = body;
  if (from.connector !== 'files') return undefined;
  const columns = contract.columns.map(({ name, type, at }) => [
    name,
    { by: at === undefined ? type : [type, at], direct: [], indirect: [] },
  ]);
  return {
    rows: {
      by: [identityOf(from) as Json, keepingOut(contract), namesThatMatter(body)],
      from: inputs.map((input) => ({ input, column: null })),
    },
    columns: Object.fromEntries(columns),
  };
}

/**
 * Without a header, cells go by the place of their column. And a delimiter that is guessed is the one that finds most of the declared names: with
 * two columns that every file must have, one name more cannot make the guess another, since a name found between two commas
 * is not found between two semicolons.
 */
function namesThatMatter({ contract, from }: SourceBody): readonly string[] {
  const { header, delimiter } = from as { header?: boolean; delimiter?: string };
  const names = contract.columns.map(({ name }) => name);
  if (header === false) return names;
  const required = contract.columns.filter(({ nullable }) => !nullable);
  return delimiter !== undefined || required.length >= 2 ? [] : names;
}
