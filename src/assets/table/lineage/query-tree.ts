import { type Json, quoteText } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';

/** A node of the engine's own parse tree, as plain JSON. Which members it has depends on its `type` and the engine's version. */
export interface Tree {
  readonly [member: string]: TreeValue | undefined;
}
export type TreeValue = string | number | boolean | null | Tree | readonly TreeValue[];

export const isTree = (value: TreeValue | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: TreeValue | undefined): readonly TreeValue[] =>
  Array.isArray(value) ? (value as readonly TreeValue[]) : [];

export const treesOf = (value: TreeValue | undefined): Tree[] => listOf(value).filter(isTree);

export const textOf = (value: TreeValue | undefined): string => (typeof value === 'string' ? value : '');

/**
 * The parse trees of queries, in one call. Empty lists are kept: ROLLUP is told by one. Undefined for one that the engine cannot put into plain form (a PIVOT, say). Only parsed:
 * the names in it need not exist.
 */
export async function queryTrees(
  session: Session,
  queries: readonly string[],
): Promise<(Tree | undefined)[]> {
  if (queries.length === 0) return [];
  const values = queries.map((query, i) => `(${i}, ${quoteText(query)})`).join(', ');
  const rows = await session.rows<{ tree: string }>(
    `select json_serialize_sql(q, skip_empty := false, skip_null := true, skip_default := true)::VARCHAR as tree
     from (values ${values}) v(i, q) order by i`,
  );
  return rows.map(({ tree }) => {
    const parsed = JSON.parse(tree) as { error: boolean; statements?: readonly { node?: Json }[] };
    const statements = parsed.error ? [] : (parsed.statements ?? []);
    return statements.length === 1 ? (statements[0]?.node as unknown as Tree | undefined) : undefined;
  });
}
