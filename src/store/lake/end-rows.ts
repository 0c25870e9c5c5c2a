import type { Draft } from './draft.ts';

/**
 * Ends a table's rows in one of the versioned tables. Rows that the draft itself began were never seen by anyone and are
 * removed: a row must not end where it begins.
 */
export function endRows(
  draft: Draft,
  catalogTable: string,
  where: string,
  params: readonly (number | string)[],
): void {
  const { database, snapshot } = draft;
  database.run(`delete from ${catalogTable} where begin_snapshot = ? and ${where}`, [snapshot, ...params]);
  database.run(`update ${catalogTable} set end_snapshot = ? where end_snapshot is null and ${where}`, [
    snapshot,
    ...params,
  ]);
}
