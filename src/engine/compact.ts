import type { CommitNote, DataFile, Lake, StagedFile, TableState } from '../store/lake/index.ts';
import type { Session } from './engine.port.ts';

export interface CompactOptions {
  /** A file below this size, in bytes, is small. Default 16 MiB: a row group or two, below which opening a file costs more than reading it. */
  readonly smallBytes?: number;
  /** Small files are put together up to about this size, in bytes. Default 128 MiB. */
  readonly targetBytes?: number;
  /** So many small files are let be. Default 1: nothing is gained by writing one file again. */
  readonly leave?: number;
}

const MIB = 1024 * 1024;

/** What a compaction did. */
export interface Compaction {
  readonly snapshot: number;
  readonly from: readonly DataFile[];
  readonly files: readonly StagedFile[];
}

/**
 * The files of a table that are worth writing again, in groups that become one file each: small ones, and those of which rows
 * have been deleted. Files of two partitions are never in one group. Empty when there is nothing to gain.
 */
export function compactionGroups(table: TableState, options: CompactOptions = {}): DataFile[][] {
  const { smallBytes = 16 * MIB, targetBytes = 128 * MIB, leave = 1 } = options;
  const groups: DataFile[][] = [];
  const worth = table.files.filter((file) => !file.inlined && (file.bytes < smallBytes || isWorn(file)));
  for (const alike of Map.groupBy(worth, (file) => JSON.stringify(file.partition)).values()) {
    let bytes = Number.POSITIVE_INFINITY;
    for (const file of alike) {
      if (bytes + file.bytes > targetBytes) {
        groups.push([]);
        bytes = 0;
      }
      (groups.at(-1) as DataFile[]).push(file);
      bytes += file.bytes;
    }
  }
  return groups.filter((group) => group.length > leave || group.some(isWorn));
}

function isWorn(file: DataFile): boolean {
  return file.deleteFile !== undefined || file.deletedRows !== undefined;
}

/**
 * Writes a table's small files again as few large ones, with the rows, row ids and values they have, in one commit of their own.
 * Older snapshots keep the files they have had; expiry lets those go. Nothing is done, and undefined given, when
 * nothing is to gain. `also` runs in the commit's transaction.
 * @throws MILL_LAKE_CONFLICT (retry: true) when meanwhile rows were deleted or replaced; the files written stay orphans.
 */
export async function compactTable(
  session: Session,
  lake: Lake,
  name: string,
  options: CompactOptions & { note?: CommitNote; also?: (snapshot: number) => void } = {},
): Promise<Compaction | undefined> {
  const base = lake.head();
  const table = lake.table(name, base);
  const groups = table ? compactionGroups(table, options) : [];
  if (table === undefined || groups.length === 0) return undefined;
  const files: StagedFile[] = [];
  for (const group of groups) {
    const rows = session.scan({ ...table, files: group }, { rowId: true });
    const partition = group[0]?.partition;
    files.push(
      ...(await session.write(lake.folderOf(name), table.columns, `select * from ${rows}`, {
        rowId: true,
        ...(partition === undefined ? {} : { partition }),
      })),
    );
  }
  const from = groups.flat();
  const snapshot = lake.commit(
    base,
    [{ kind: 'compact', table: name, from: from.map((file) => file.id), files }],
    options.note,
    options.also,
  );
  return { snapshot, from, files };
}
