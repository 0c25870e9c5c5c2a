import { setImmediate } from 'node:timers/promises';
import { type ColumnType, fingerprint, type Json, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { CheckContext, Graph, Node } from '../../graph/index.ts';
import { type ColumnSpec, contractOfInput } from '../contract/index.ts';
import { type QueryLineage, queryLineage, queryTrees } from './lineage/index.ts';
import { type DatasetUse, renderQuery, type TableBody, usesOf } from './spec.ts';

/** What the engine says of a table's query, without data: the columns of its result, and where they come from. */
export type TableStudy = {
  readonly found: readonly { readonly name: string; readonly type: ColumnType | string }[];
  /** Null when the query is not understood. */
  readonly lineage: QueryLineage | null;
};

/** Raised when the same query would be studied otherwise. */
const REVISION = 4;

const prints = new WeakMap<object, string>();

/** Contracts are frozen and shared by many readers, so each is printed once. */
function printOf(value: object, of: () => unknown = () => value): string {
  const print = prints.get(value) ?? fingerprint(of());
  prints.set(value, print);
  return print;
}

/** A print of everything that a study, and the check made with it, follow from. */
export function studyPrint(node: Node<TableBody>, graph: Graph): string {
  return printOf(node, () => {
    const inputs = node.inputs.map((input) => [input, printOf(contractOfInput(graph, input))]);
    return [REVISION, node.body, inputs];
  });
}

/** @throws MILL_SQL_FAILED when the query does not prepare */
export async function studyTable(node: Node<TableBody>, context: CheckContext): Promise<TableStudy> {
  const { found, lineage } = await (await prepared(context.session, context))(node);
  return { found, lineage: lineage && agrees(lineage, found) ? lineage : null };
}

/** What the engine says of a query, and what its tree says of it. */
interface Read {
  readonly found: TableStudy['found'];
  readonly lineage: QueryLineage | undefined;
}

function lineageOf(
  { body }: Node<TableBody>,
  graph: Graph,
  tree: Tree | undefined,
): QueryLineage | undefined {
  const uses = usesOf(body.query);
  const inputs = new Map(
    uses.map(({ name, dataset }) => [name, contractOfInput(graph, dataset).columns.map((c) => c.name)]),
  );
  return tree && ofDatasets(queryLineage(tree, inputs), uses);
}

const queryOf = (node: Node<TableBody>): string => renderQuery(node.body.query, quoteName);

type Tree = NonNullable<Awaited<ReturnType<typeof queryTrees>>[number]>;
type Reader = (node: Node<TableBody>) => Promise<Read>;
const ready = new WeakMap<Session, { readonly graph: Graph; readonly reader: Promise<Reader> }>();

/**
 * Makes a session ready for the queries of all tables of a graph that have no study yet, and reads them: empty views of their inputs, and the
 * trees of the queries, in one call for all, since for a thousand tables the way to the engine and back costs more than its work. While the
 * engine describes one query, the tree of another is read.
 */
function prepared(session: Session, context: CheckContext): Promise<Reader> {
  const { graph } = context;
  const there = ready.get(session);
  if (there?.graph === graph) return there.reader;
  const tables = ([...graph.nodes.values()] as Node<TableBody>[]).filter(
    (node) => node.kind === 'table' && keptStudy(node, context) === undefined,
  );
  const uses = tables.flatMap(({ body, inputs }) => [
    ...usesOf(body.query),
    ...inputs.map((input): DatasetUse => ({ name: input, dataset: input })),
  ]);
  const views = new Map(uses.map((use) => [use.name, use]));
  const reader = (async (): Promise<Reader> => {
    const made = [...views.values()].map((use) => emptyView(session, graph, use));
    if (made.length > 0) await session.run(made.join(';\n'));
    const queries = [...new Set(tables.map(queryOf))];
    const parsed = await queryTrees(session, queries);
    const trees = new Map(queries.map((query, i) => [query, parsed[i]]));
    const described = new Map<string, PromiseSettledResult<TableStudy['found']>>();
    const describing = (async (): Promise<void> => {
      for (const query of queries) {
        const [result] = await Promise.allSettled([session.describe(query)]);
        described.set(query, result);
      }
    })();
    const lineages = new Map<Node<TableBody>, QueryLineage | undefined>();
    for (const node of tables) {
      lineages.set(node, lineageOf(node, graph, trees.get(queryOf(node))));
      await setImmediate();
    }
    await describing;
    return async (node) => {
      const result = described.get(queryOf(node));
      if (result?.status === 'rejected') throw result.reason;
      // A table whose study was kept elsewhere meanwhile, or that is asked about again.
      const found = result?.value ?? (await session.describe(queryOf(node)));
      const lineage = lineages.has(node)
        ? lineages.get(node)
        : lineageOf(node, graph, trees.get(queryOf(node)));
      return { found, lineage };
    };
  })();
  ready.set(session, { graph, reader });
  return reader;
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

/** Lineage tells datasets, whatever the query calls them. */
function ofDatasets(
  lineage: QueryLineage | undefined,
  uses: readonly DatasetUse[],
): QueryLineage | undefined {
  const dataset = new Map(uses.map((use) => [use.name, use.dataset]));
  if (lineage === undefined || uses.every(({ name, dataset }) => name === dataset)) return lineage;
  const known = <R extends { readonly input: string }>(ref: R): R => ({
    ...ref,
    input: dataset.get(ref.input) ?? ref.input,
  });
  return {
    ...lineage,
    columns: lineage.columns.map(({ direct, indirect, identity, ...rest }) => ({
      ...rest,
      direct: direct.map(known),
      indirect: indirect.map(known),
      ...(identity === undefined ? {} : { identity: known(identity) }),
    })),
    rows: lineage.rows.map(known),
    single: lineage.single === null ? null : (dataset.get(lineage.single) ?? lineage.single),
    lookups: lineage.lookups.map(known),
  };
}

/** SQL of a view of the name of a dataset's use, with its declared columns and no rows. */
function emptyView(session: Session, graph: Graph, { name: view, dataset }: DatasetUse): string {
  const columns = contractOfInput(graph, dataset).columns.map((column: ColumnSpec, i) => ({
    id: i + 1,
    ...column,
  }));
  const empty = session.scan({ id: 0, name: dataset, snapshot: 0, columns, files: [], rows: 0, bytes: 0 });
  return `create or replace temp view ${quoteName(view)} as select * from ${empty}`;
}
