import type { Session } from '../../../engine/index.ts';
import type { ColumnState, PartitionKey, StagedFile, TableState } from '../../../store/lake/index.ts';

/** A table without some of its rows. */
export interface Withdrawn {
  /** Data files that have none of these rows. */
  readonly keep: readonly number[];
  /** The others written anew without them; rows that stay keep their row ids. */
  readonly files: readonly StagedFile[];
  readonly rows: number;
}

/** Writes a table's files anew where they hold leaving rows. `leaves` is SQL over the table's columns, never null. */
export async function withdraw(
  session: Session,
  table: TableState,
  columns: readonly ColumnState[],
  to: { readonly folder: string; readonly partitionBy?: readonly PartitionKey[] },
  leaves: string,
): Promise<Withdrawn> {
  const keep: number[] = [];
  const touched = [];
  let rows = 0;
  for (const file of table.files) {
    const [count] = await session.rows<{ n: number }>(
      `select count(*) as n from ${session.scan({ ...table, files: [file] })} as _mill_there where ${leaves}`,
    );
    const n = Number(count!.n);
    if (n === 0) keep.push(file.id);
    else touched.push(file);
    rows += n;
  }
  if (touched.length === 0) return { keep, files: [], rows };
  const files = await session.write(
    to.folder,
    columns,
    `select * from ${session.scan({ ...table, columns: [...columns], files: touched }, { rowId: true })} as _mill_there where not (${leaves})`,
    { rowId: true, ...(to.partitionBy ? { partitionBy: to.partitionBy } : {}) },
  );
  return { keep, files, rows };
}
