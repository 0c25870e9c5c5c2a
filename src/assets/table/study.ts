import { type ColumnType, fingerprint, type Json, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { CheckContext, Graph, Node } from '../../graph/index.ts';
import { type ColumnSpec, contractOfInput } from '../contract/index.ts';
import { type QueryLineage, queryLineage, queryTrees } from './lineage/index.ts';
import { renderQuery, type TableBody } from './spec.ts';

/** What the engine says of a table's query, without data: the columns of its result, and where they come from. */
export type TableStudy = {
  readonly found: readonly { readonly name: string; readonly type: ColumnType | string }[];
  /** Null when the query is not understood. */
  readonly lineage: QueryLineage | null;
};

/** Raised when the same query would be studied otherwise. */
const REVISION = 2;

/** A print of everything that a study, and the check made with it, follow from. */
export function studyPrint(node: Node<TableBody>, graph: Graph): string {
  const inputs = node.inputs.map((input) => [input, contractOfInput(graph, input)]);
  return fingerprint([REVISION, node.body, inputs]);
}

/** @throws MILL_SQL_FAILED when the query does not prepare */
export async function studyTable(
  node: Node<TableBody>,
  { graph, session }: CheckContext,
): Promise<TableStudy> {
  for (const input of node.inputs) await emptyView(session, graph, input);
  const query = renderQuery(node.body.query, quoteName);
  const found = await session.describe(query);
  const [tree] = await queryTrees(session, [query]);
  const inputs = new Map(
    node.inputs.map((input) => [input, contractOfInput(graph, input).columns.map(({ name }) => name)]),
  );
  const lineage = tree && queryLineage(tree, inputs);
  return { found, lineage: lineage && agrees(lineage, found) ? lineage : null };
}

/** The engine's own list of columns must be the one that was read from the tree. */
function agrees({ columns }: QueryLineage, found: TableStudy['found']): boolean {
  return (
    columns.length === found.length &&
    columns.every(({ name }, i) => name === undefined || name.toLowerCase() === found[i]?.name.toLowerCase())
  );
}

/** A study that was kept when the table was found sound. */
export function keptStudy(node: Node<TableBody>, { graph, studies }: CheckContext): TableStudy | undefined {
  return studies?.study(node.name, studyPrint(node, graph)) as TableStudy | undefined;
}

export function keepStudy(node: Node<TableBody>, { graph, studies }: CheckContext, study: TableStudy): void {
  studies?.setStudy(node.name, studyPrint(node, graph), study as unknown as Json);
}

/** The datasets that a session has empty views of, each with the columns it had: making one costs as much as preparing a query. */
const viewsOf = new WeakMap<Session, Map<string, string>>();

/** A view of the dataset's name with its declared columns and no rows. */
async function emptyView(session: Session, graph: Graph, dataset: string): Promise<void> {
  const columns = contractOfInput(graph, dataset).columns.map((column: ColumnSpec, i) => ({
    id: i + 1,
    ...column,
  }));
  const views = viewsOf.get(session) ?? new Map<string, string>();
  viewsOf.set(session, views);
  const empty = session.scan({ id: 0, name: dataset, snapshot: 0, columns, files: [], rows: 0, bytes: 0 });
  if (views.get(dataset) === empty) return;
  await session.run(`create or replace temp view ${quoteName(dataset)} as select * from ${empty}`);
  views.set(dataset, empty);
}
