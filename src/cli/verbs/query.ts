import {
  type ContractSpec,
  contractOf,
  type JudgedVersion,
  maskedQuarantineSql,
  maskedTableSql,
  predictionTable,
  quarantineOf,
  verdictColumns,
} from '../../assets/index.ts';
import { quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { Graph, Workspace } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { count, plain, tabulate } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';

/** Rows shown when the query itself sets no limit. */
const MOST_ROWS = 1_000;

/** How every rule was judged. No asset can have this name. */
const VERDICTS = 'millrace__checks';

/**
 * `millrace query <sql>`: any SQL of the engine over what is live: each table by its asset's name, what was set aside as
 * `<dataset>__quarantine`, answers as `<endpoint>__predictions` and, of batches, `<name>__batch`, and how every rule was judged, version by version, as `millrace__checks`. Personal data is masked, also where the query compares it,
 * unless `--personal` asks for it. It reads; nothing of the project can be changed by it.
 */
export async function queryVerb(
  { projectFile, terminal }: VerbContext,
  sql: string,
  { personal = false }: { personal?: boolean } = {},
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  const session = await workspace.engine.session();
  try {
    await viewsOf(session, graph, workspace, personal);
    if (sql.includes(VERDICTS)) await session.load(VERDICTS, verdictColumns(judgedOf(graph, workspace)));
    const query = sql.trim().replace(/;+$/, '');
    // Prepared by itself first, so that it is one statement and gives rows.
    const names = (await session.describe(query)).map(({ name }) => name);
    const rows = await session.rows<Record<string, unknown>>(
      `select * from (${query}) limit ${MOST_ROWS + 1}`,
    );
    const shown = rows.slice(0, MOST_ROWS);
    const numbers = names.flatMap((name, i) =>
      shown.every((row) => typeof row[name] !== 'string') ? [i] : [],
    );
    for (const line of tabulate(
      [names, ...shown.map((row) => names.map((name) => plain(textOf(row[name]))))],
      numbers,
    ))
      terminal.line(line);
    if (rows.length > MOST_ROWS)
      terminal.line(`… only the first ${count(MOST_ROWS)} rows; say which with limit and offset.`);
    terminal.result({ columns: names, rows: shown.map(asJson), more: rows.length > MOST_ROWS });
    return DONE;
  } finally {
    session.close();
    await workspace.close();
  }
}

/** Every version of the project's assets that is on record, newest first, with its checks. */
function judgedOf(graph: Graph, { state }: Workspace): JudgedVersion[] {
  return [...graph.nodes.keys()].flatMap((name) =>
    state.versions(name).map((version) => ({ version, checks: state.checks(version.id) })),
  );
}

/** A view for every table that is live, at its version's snapshot; personal data masked unless it is asked for. */
async function viewsOf(
  session: Session,
  graph: Graph,
  { state, lake }: Workspace,
  personal: boolean,
): Promise<void> {
  const view = async (
    name: string,
    snapshot: number,
    masked: typeof maskedTableSql = maskedTableSql,
    contract?: ContractSpec,
  ): Promise<void> => {
    const table = lake.table(name, snapshot);
    if (table)
      await session.run(
        `create temp view ${quoteName(name)} as ${masked(personal ? undefined : contract, session.scan(table))}`,
      );
  };
  for (const target of state.batches.targets()) await view(target, lake.head());
  for (const node of graph.nodes.values()) {
    const { name, kind } = node;
    const live = state.live(name);
    if (kind === 'endpoint') await view(predictionTable(name), lake.head());
    if (live === undefined) continue;
    const contract = contractOf(node);
    await view(name, live.snapshot, maskedTableSql, contract);
    await view(quarantineOf(name), live.snapshot, maskedQuarantineSql, contract);
  }
}

/** Whole numbers beyond 2^53 as text, which JSON has no number for. */
function asJson(row: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(asJson({ value })) : String(value);
}
