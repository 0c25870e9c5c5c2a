import { quoteName } from '../base/index.ts';
import type { ColumnState, DataFile, TableState } from '../store/lake/index.ts';
import { sqlTypeOf } from './duckdb/sql-types.ts';
import type { Session } from './engine.port.ts';

/**
 * The SQL of what a table's rows are in `after` against `before`, as a relation: `_change` (`insert`, `delete`,
 * `update_preimage`, `update_postimage`), `_row_id`, and the columns of `after`. Rows are the same when their row ids are, so
 * compaction changes nothing, and a row written again unchanged is no update. A column that `before` had not is null in its
 * rows; one that only `before` had is left out. It is the sum of all commits in between, not each of them: a row that
 * came and went is not there. Only files that are not in both states are read.
 * With no `before`, or one of another table of the same name, every row is an insert, and every row of the other a delete.
 */
export function changesSql(session: Session, before: TableState | undefined, after: TableState): string {
  const apart = filesApart(before, after);
  const rest = (table: TableState): string =>
    session.scan({ ...table, files: table === after ? apart.come : apart.gone }, { rowId: true });
  const names = after.columns.map((column) => quoteName(column.name));
  const now = `select ${[...names, '_row_id'].join(', ')} from ${rest(after)}`;
  const row = (change: string, from: string, where: string): string =>
    `select '${change}' as _change, ${from}._row_id, ${names.map((name) => `${from}.${name}`).join(', ')} from ${where}`;
  if (before === undefined) return `(with a as (${now}) ${row('insert', 'a', 'a')})`;
  const then = after.columns.map(
    (column) => `${oldValue(before, after, column)} as ${quoteName(column.name)}`,
  );
  const old = `select ${[...then, '_row_id'].join(', ')} from ${rest(before)}`;
  const same = before.id === after.id ? 'a._row_id = b._row_id' : 'false';
  const differ = names.map((name) => `a.${name} is distinct from b.${name}`).join(' or ');
  return `(with a as materialized (${now}), b as materialized (${old})
    ${row('insert', 'a', `a where not exists (select 1 from b where ${same})`)}
    union all ${row('delete', 'b', `b where not exists (select 1 from a where ${same})`)}
    union all ${row('update_preimage', 'b', `b join a on ${same} where ${differ}`)}
    union all ${row('update_postimage', 'a', `a join b on ${same} where ${differ}`)})`;
}

/** The files that only one of two states of a table has: all rows that differ are in them, and perhaps some that do not. */
export function filesApart(
  before: TableState | undefined,
  after: TableState,
): { gone: readonly DataFile[]; come: readonly DataFile[] } {
  if (before?.id !== after.id) return { gone: before?.files ?? [], come: after.files };
  const [old, now] = [before, after].map(
    ({ files }) => new Set(files.map(identity).filter((key) => key !== undefined)),
  ) as [Set<string>, Set<string>];
  const only = (files: readonly DataFile[], others: ReadonlySet<string>): DataFile[] =>
    files.filter((file) => {
      const key = identity(file);
      return key === undefined || !others.has(key);
    });
  return { gone: only(before.files, now), come: only(after.files, old) };
}

/** What tells a file with its rows from every other; undefined where the snapshot decides too, or rows are in the catalog. */
function identity(file: DataFile): string | undefined {
  // One file of deleted rows may hold those of several snapshots.
  if (file.partial || file.inlined || file.deleteFile !== undefined) return undefined;
  return JSON.stringify([file.path, file.deletedRows]);
}

function oldValue(before: TableState, after: TableState, column: ColumnState): string {
  // Ids belong to one table; of another of the same name, columns are the same by name and type.
  const old = before.columns.find((one) =>
    before.id === after.id ? one.id === column.id : one.name === column.name && one.type === column.type,
  );
  return `${old ? quoteName(old.name) : 'null'}::${sqlTypeOf(column.type)}`;
}
