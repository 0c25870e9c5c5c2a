import { type Json, quoteName, quoteText } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Node, Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { LogStart, Version } from '../../../store/state/index.ts';
import { JSON_RULE, memberPointer } from '../../contract/index.ts';
import { quarantineOf } from '../source-tables.ts';
import type { SourceBody } from '../spec.ts';
import { sourceVersionOf } from '../version.ts';
import { type LogProgress, progressOf } from './log-reading.ts';

/** What rows and loads name as their origin that were in the table when the log no longer had them. */
export const settledLabel = (source: string): string => `${source}, as it was`;

/** From where on the log says what was posted, for a version that has come to `progress`: what is before is in the table, or was taken back. */
export function cameTo(progress: Json | undefined, start: LogStart | undefined): LogProgress {
  if (start === undefined) return progressOf(progress);
  const kept = progressOf(start.progress);
  if (progress === undefined) return kept;
  const { ends, since } = progressOf(progress);
  for (const [stream, index] of kept.ends)
    (ends as Map<string, number>).set(stream, Math.max(index, ends.get(stream) ?? 0));
  return { ends, since };
}

/** Rows that are taken at a time. */
const PAGE = 20_000;

/**
 * Gives `take` the rows of the live version that were posted before the log begins, as lines of JSON: good rows as they lie in the table,
 * bad ones as they came. In the order of their loads; where a bad row and a good one of a load have one key, the good one comes later.
 */
export async function settledRows(
  node: Node<SourceBody>,
  { state, lake, engine }: Workspace,
  live: Version,
  start: LogStart,
  take: (lines: readonly string[]) => Promise<void>,
): Promise<void> {
  const table = lake.table(node.name, live.snapshot);
  const aside = lake.table(quarantineOf(node.name), live.snapshot);
  if (table === undefined || aside === undefined) return;
  // Loaded anew since the log was trimmed, such rows have a load of their own.
  const later = sourceVersionOf(live)
    .loads.filter(([, last]) => last > start.load)
    .map(([first, last]) => [Math.max(first, start.load + 1), last] as const);
  const again = state.loadsIn(node.name, later).filter(({ path }) => path === settledLabel(node.name));
  const where = `where _load <= ${start.load} or _load in (${again.map(({ id }) => id).join(', ') || 'null'})`;
  const session = await engine.session();
  try {
    await session.run(
      `create temp table settled as select row_number() over (order by _load, good, place) as n, line from (
         ${linesOfTable(session, table, node)} ${where} union all ${linesOfQuarantine(session, aside)} ${where})`,
    );
    for (let n = 0; ; n += PAGE) {
      const page = await session.rows<{ line: string }>(
        `select line from settled where n > ${n} and n <= ${n + PAGE} order by n`,
      );
      if (page.length === 0) break;
      await take(page.map(({ line }) => line));
    }
  } finally {
    session.close();
  }
}

function linesOfTable(session: Session, table: TableState, node: Node<SourceBody>): string {
  const own = table.columns.filter(({ name }) => name !== '_load').map(({ name }) => name);
  // A column that no row has would be taken for one that was renamed.
  const missing = node.body.contract.columns.map(({ name }) => name).filter((name) => !own.includes(name));
  const members = [
    ...own.map((name) => `${quoteText(name)}, ${quoteName(name)}::VARCHAR`),
    ...missing.map((name) => `${quoteText(name)}, null::VARCHAR`),
  ];
  return `select _load, 1 as good, _row_id as place, json_object(${members.join(', ')})::VARCHAR as line from ${session.scan(table, { rowId: true })}`;
}

/** A line that was no row is kept as its text. */
function linesOfQuarantine(session: Session, aside: TableState): string {
  const spoilt = `list_contains(from_json(_rules, '["VARCHAR"]'), ${quoteText(JSON_RULE)})`;
  const text = `json_extract_string(_row, ${quoteText(memberPointer('_text'))})`;
  return `select _load, 0 as good, _row_id as place, case when ${spoilt} then ${text} else _row end as line from ${session.scan(aside, { rowId: true })}`;
}
