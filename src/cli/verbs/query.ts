import { predictionTable, quarantineOf } from '../../assets/index.ts';
import { quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { Graph, Workspace } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { count, plain, tabulate } from '../plain-text.ts';
import type { VerbContext } from '../program.ts';

/** Rows shown when the query itself sets no limit. */
const MOST_ROWS = 1_000;

/**
 * `millrace query <sql>`: any SQL of the engine over what is live: each table by its asset's name, what was set aside as
 * `<dataset>__quarantine`, and answers as `<endpoint>__predictions`. It reads; nothing of the project can be changed by it.
 */
export async function queryVerb({ projectFile, terminal }: VerbContext, sql: string): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  const session = await workspace.engine.session();
  try {
    await viewsOf(session, graph, workspace);
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

/** A view for every table that is live, at its version's snapshot. */
async function viewsOf(session: Session, graph: Graph, { state, lake }: Workspace): Promise<void> {
  const view = async (name: string, snapshot: number): Promise<void> => {
    const table = lake.table(name, snapshot);
    if (table)
      await session.run(`create temp view ${quoteName(name)} as select * from ${session.scan(table)}`);
  };
  for (const { name, kind } of graph.nodes.values()) {
    const live = state.live(name);
    if (kind === 'endpoint') await view(predictionTable(name), lake.head());
    if (live === undefined) continue;
    await view(name, live.snapshot);
    await view(quarantineOf(name), live.snapshot);
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
