import type { ColumnState, DataFile, StagedFile, TableState } from '../store/lake/index.ts';
import type { Session } from './engine.port.ts';

export interface GatherOptions {
  /** Data files of the table that are to stay. Default: all. */
  readonly keep?: readonly number[];
  /** The columns to write with, where the table is about to get more. Default: those it has. */
  readonly columns?: readonly ColumnState[];
  /** So many files of one size become one. Default 8. */
  readonly together?: number;
  /** A file of this size, in bytes, is let be. Default 16 MiB: a row group or two, beyond which opening a file costs less than reading it. */
  readonly largeBytes?: number;
}

/** A table whose small files have been put together: `keep` and `files` make up the rows that `keep` was to hold, with their row ids. */
export interface Gathered {
  readonly keep: readonly number[];
  readonly files: readonly StagedFile[];
}

const TOGETHER = 8;
const LARGE = 16 * 1024 * 1024;

/**
 * The files that are worth writing again as one, in the order of the table; none while there are few. Files are of one size when their
 * rows are within one power of `together`, and `together` of a size become one of a larger, as in a log-structured merge tree (O'Neil
 * 1996). So a table has at most `together − 1` small files of each size, and a row is written again at most once for each power of
 * `together` that the table has rows: 8 times at 16 million rows, and seldom more than 5 before its file is large.
 */
export function worthGathering(
  files: readonly DataFile[],
  { together = TOGETHER, largeBytes = LARGE }: GatherOptions = {},
): DataFile[] {
  const small = files.filter(
    (file) => file.inlined === undefined && file.bytes < largeBytes && file.rows > 0,
  );
  const sizeOf = (rows: number): number => Math.floor(Math.log(rows) / Math.log(together) + 1e-9);
  const bySize = Map.groupBy(small, ({ rows }) => sizeOf(rows));
  const chosen = new Set<DataFile>();
  let rows = 0;
  for (let size = 0; size <= Math.max(-1, ...bySize.keys()); size++) {
    const same = bySize.get(size) ?? [];
    // What the smaller ones become counts as well, so that one writing does where two would follow each other.
    const carried = chosen.size > 0 && sizeOf(rows) === size ? 1 : 0;
    if (same.length + carried < together) continue;
    for (let less = 0; less <= size; less++)
      for (const file of bySize.get(less) ?? []) {
        if (!chosen.has(file)) rows += file.rows;
        chosen.add(file);
      }
  }
  return small.filter((file) => chosen.has(file));
}

/**
 * Puts small files of a table together, those of one partition and no others, for the commit that is about to bring it more: a `replace` with `keep` and `files` beside its own
 * new files. Rows keep their row ids, so a change feed across the commit shows none of them, and older snapshots keep their files.
 * Undefined when there is nothing to gain: then the commit may append, which adds up with appends of others. What was written and is
 * not committed is an orphan. Cost: the rows of `worthGathering`, read and written once.
 */
export async function gather(
  session: Session,
  folder: string,
  table: TableState,
  options: GatherOptions = {},
): Promise<Gathered | undefined> {
  const { keep, columns = table.columns } = options;
  const wanted = keep && new Set(keep);
  const stay = table.files.filter(({ id }) => wanted?.has(id) ?? true);
  const alike = Map.groupBy(stay, ({ partition }) => JSON.stringify(partition));
  const groups = [...alike.values()]
    .map((own) => worthGathering(own, options))
    .filter((own) => own.length > 0);
  if (groups.length === 0) return undefined;
  const files: StagedFile[] = [];
  for (const group of groups) {
    const rows = session.scan({ ...table, columns: [...columns], files: group }, { rowId: true });
    const partition = group[0]?.partition;
    // In the order of the rows' coming, so that bounds of a row group go on saying something about time.
    const written = await session.write(folder, columns, `select * from ${rows} order by _row_id`, {
      rowId: true,
      ...(partition === undefined ? {} : { partition }),
    });
    files.push(...written);
  }
  const gone = new Set(groups.flat());
  return { keep: stay.filter((file) => !gone.has(file)).map(({ id }) => id), files };
}
