import { quoteName } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Version } from '../../../store/state/index.ts';
import type { ContractSpec } from '../../contract/index.ts';
import type { Cell } from '../cell.ts';

/** The cells of a key as one text. */
export const keyText = (cells: readonly Cell[]): string => JSON.stringify(cells);

/** The keys of the rows that came last to a version of a dataset, the newest first; from its newest files alone. */
export async function recentKeys(
  { lake, engine }: Workspace,
  version: Version,
  { key, columns }: ContractSpec,
  most: number,
): Promise<string[]> {
  const table = lake.table(version.asset, version.snapshot);
  const types = key.map((name) => columns.find((column) => column.name === name)?.type ?? 'string');
  const isThere = key.every((name) => table?.columns.some((column) => column.name === name));
  if (table === undefined || key.length === 0 || !isThere) return [];
  const session = await engine.session();
  try {
    const cells = key.map((name, i) => {
      const cell = quoteName(name);
      return types[i] === 'timestamp' ? `epoch_us(${cell}) as k${i}` : `${cell} as k${i}`;
    });
    const rows = await session.rows<Record<string, Cell | bigint>>(
      `select ${cells.join(', ')} from ${session.scan(newest(table, most), { rowId: true })} order by _row_id desc limit ${most}`,
    );
    return rows.map((row) =>
      keyText(
        key.map((_, i) => {
          const cell = row[`k${i}`] ?? null;
          return typeof cell === 'bigint' ? Number(cell) : cell;
        }),
      ),
    );
  } finally {
    session.close();
  }
}

/** The table with its newest files alone, as many as have so many rows. */
function newest(table: TableState, most: number): TableState {
  const files = table.files.toSorted((a, b) => b.since - a.since);
  let rows = 0;
  return {
    ...table,
    files: files.filter((file) => {
      const isWanted = rows < most;
      rows += file.rows;
      return isWanted;
    }),
  };
}
