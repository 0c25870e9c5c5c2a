import type { Intervals } from '../../../base/index.ts';
import { gather, type Session } from '../../../engine/index.ts';
import type { DataFile, Lake, StagedFile, TableState } from '../../../store/lake/index.ts';
import { inside } from './rows.ts';

/** What stays of a table when some of its intervals are built again. */
export interface Kept {
  /** Files that are left as they are. */
  readonly stay: readonly DataFile[];
  /** The other rows that stay, with the row ids they have: of files that have rows of the intervals, and of small files that are put together. */
  readonly files: readonly StagedFile[];
}

/** How the rows of a table tell to which interval they belong. */
export interface Told {
  /** An SQL expression for an instant. */
  readonly at: string;
  /** The files that may hold rows of these intervals. */
  readonly hit: (table: TableState, intervals: Intervals) => readonly DataFile[];
}

/** The files of a table that may hold rows of some event time, by what the catalog knows of them. */
export function filesWithin(
  lake: Lake,
  table: TableState,
  eventTime: string,
  intervals: Intervals,
): DataFile[] {
  const found = new Set(
    intervals.flatMap(({ from, to }) => [
      ...lake.pruned(table, [{ column: eventTime, min: from, max: to - 1 }]).files,
    ]),
  );
  return table.files.filter((file) => found.has(file));
}

/** Writes again what must be kept of files that have rows of the intervals. */
export async function keptOf(
  session: Session,
  lake: Lake,
  table: TableState,
  { at, hit }: Told,
  built: Intervals,
): Promise<Kept> {
  const touched = new Set(hit(table, built));
  const folder = lake.folderOf(table.name);
  const stay = table.files.filter((file) => !touched.has(file));
  const files: StagedFile[] = [];
  if (touched.size > 0) {
    const rows = session.scan({ ...table, files: [...touched] }, { rowId: true });
    const rest = `select * from ${rows} where not coalesce(${inside(at, built)}, false)`;
    files.push(
      ...(await session.write(folder, table.columns, rest, {
        rowId: true,
        partitionBy: table.partitionedBy ?? [],
      })),
    );
  }
  const gathered = await gather(session, folder, table, { keep: stay.map(({ id }) => id) });
  if (gathered === undefined) return { stay, files };
  const keep = new Set(gathered.keep);
  return { stay: stay.filter(({ id }) => keep.has(id)), files: [...files, ...gathered.files] };
}
