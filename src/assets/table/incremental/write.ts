import { type Intervals, type Micros, quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { ColumnState, PartitionKey, StagedFile } from '../../../store/lake/index.ts';
import { inside } from './rows.ts';
import { stepSql } from './step.ts';

/**
 * A file holds about so many rows, so that building an interval again writes no more than these again. 500,000 rows are some 5 MB: four row groups,
 * few enough files for ten years of a million rows a day.
 */
const ROWS_A_FILE = 500_000;

/** Writes rows in files that hold whole intervals each, in the order of event time. */
export async function writeByTime(
  session: Session,
  folder: string,
  columns: readonly ColumnState[],
  partitionBy: readonly PartitionKey[],
  rows: { readonly sql: string; readonly order: string; readonly eventTime: string },
  every: Micros,
  most = ROWS_A_FILE,
): Promise<StagedFile[]> {
  const { sql, order, eventTime } = rows;
  const at = quoteName(eventTime);
  const counts = await session.rows<{ s: number; n: number }>(
    `select ${stepSql(`epoch_us(${at})`, every)} as s, count(*) as n from (${sql}) group by s order by s`,
  );
  const groups = grouped(counts, every, most);
  const files: StagedFile[] = [];
  for (const group of groups) {
    const part = groups.length === 1 ? sql : `select * from (${sql}) where ${inside(at, group)}`;
    files.push(...(await session.write(folder, columns, `${part}${order}`, { partitionBy })));
  }
  return files;
}

/** Consecutive intervals, as many together as make about the wanted number of rows. */
function grouped(counts: readonly { s: number; n: number }[], every: Micros, most: number): Intervals[] {
  const groups: { from: number; to: number; rows: number }[] = [];
  for (const { s, n } of counts) {
    const last = groups.at(-1);
    if (last !== undefined && last.rows + n <= most) {
      last.to = s + every;
      last.rows += n;
    } else groups.push({ from: s, to: s + every, rows: n });
  }
  return groups.map(({ from, to }) => [{ from, to }]);
}
