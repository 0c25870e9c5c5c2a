import type { Interval, Intervals } from '../../../base/index.ts';
import { common } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { DataFile, Lake, StagedFile, TableState } from '../../../store/lake/index.ts';
import { inside } from './rows.ts';

/** What stays of a table when some of its intervals are built again. */
export interface Kept {
  /** Files without a row of these intervals: they are left as they are. */
  readonly stay: readonly DataFile[];
  /** Of the others, the rows that belong to no such interval, with the row ids they have. */
  readonly files: readonly StagedFile[];
}

/** How the rows of a table tell to which interval they belong. */
export interface Told {
  /** An SQL expression for an instant. */
  readonly at: string;
  /** Between which instants the rows of each file lie, in the order of the files. */
  readonly spans: readonly Interval[];
}

/** Writes again what must be kept of files that have rows of the intervals. */
export async function keptOf(
  session: Session,
  lake: Lake,
  table: TableState,
  { at, spans }: Told,
  built: Intervals,
): Promise<Kept> {
  const hit = table.files.map((_, i) => common([spans[i] as Interval], built).length > 0);
  const touched = table.files.filter((_, i) => hit[i]);
  if (touched.length === 0) return { stay: table.files, files: [] };
  const rows = session.scan({ ...table, files: touched }, { rowId: true });
  const files = await session.write(
    lake.folderOf(table.name),
    table.columns,
    `select * from ${rows} where not coalesce(${inside(at, built)}, false)`,
    { rowId: true },
  );
  return { stay: table.files.filter((_, i) => !hit[i]), files };
}
