import type { Session } from '../../engine/index.ts';
import type { ColumnState, StagedFile, TableState } from '../../store/lake/index.ts';

/** A table without the rows of some loads. */
export interface Withdrawn {
  /** Data files that have none of these rows. */
  readonly keep: readonly number[];
  /** The others written anew without them; rows that stay keep their row ids. */
  readonly files: readonly StagedFile[];
  readonly rows: number;
}

/** Writes a table's files anew where they hold rows of the leaving loads. */
export async function withdraw(
  session: Session,
  table: TableState,
  columns: readonly ColumnState[],
  folder: string,
  leaving: readonly number[],
): Promise<Withdrawn> {
  const loads = leaving.join(', ');
  const keep: number[] = [];
  const touched = [];
  let rows = 0;
  for (const file of table.files) {
    const [count] = await session.rows<{ n: number }>(
      `select count(*) as n from ${session.scan({ ...table, files: [file] })} where _load in (${loads})`,
    );
    const n = Number(count!.n);
    if (n === 0) keep.push(file.id);
    else touched.push(file);
    rows += n;
  }
  if (touched.length === 0) return { keep, files: [], rows };
  const files = await session.write(
    folder,
    columns,
    `select * from ${session.scan({ ...table, columns: [...columns], files: touched }, { rowId: true })} where _load not in (${loads})`,
    { rowId: true },
  );
  return { keep, files, rows };
}
