import type { Database } from '../database.ts';
import { overlap, type Span } from './check-span.ts';
import { storedValue } from './stored-value.ts';

type Say = (text: string) => void;

type File = Span & {
  data_file_id: number;
  table_id: number;
  path: string;
  path_is_relative: number;
  record_count: number;
  file_size_bytes: number;
  footer_size: number;
  row_id_start: number | null;
  partial_max: number | null;
};

/** Data files: whose they are, their rows' ids, and their statistics. Part of `checkCatalog`. */
export function checkFiles(database: Database, say: Say): void {
  const files = database.all<File>('select * from ducklake_data_file order by table_id, data_file_id');
  const tables = database.all<Span & { table_id: number }>('select * from ducklake_table');
  const byTable = Map.groupBy(files, (file) => file.table_id);
  for (const file of files) {
    const name = `data file ${file.data_file_id}`;
    // A table that was renamed has several rows, one after the other.
    const spans = tables.filter((t) => t.table_id === file.table_id);
    const ends = spans.map((t) => t.end_snapshot ?? Number.POSITIVE_INFINITY);
    if (spans.length === 0) say(`${name}: table ${file.table_id} does not exist`);
    else if (
      file.begin_snapshot < Math.min(...spans.map((t) => t.begin_snapshot)) ||
      (file.end_snapshot ?? Number.POSITIVE_INFINITY) > Math.max(...ends)
    )
      say(`${name}: it lives longer than table ${file.table_id}`);
    if (file.record_count < 0 || file.footer_size <= 0 || file.footer_size > file.file_size_bytes)
      say(`${name}: ${file.record_count} rows, ${file.file_size_bytes} bytes, footer ${file.footer_size}`);
    if (file.path_is_relative && (file.path.startsWith('/') || file.path.split('/').includes('..')))
      say(`${name}: '${file.path}' is no path below its table`);
  }
  for (const [table, own] of byTable) {
    checkRowIds(database, table, own, say);
    checkTableStats(database, table, own, say);
  }
  checkFileStats(database, say);
  checkDangling(database, say);
}

function checkRowIds(database: Database, table: number, files: readonly File[], say: Say): void {
  const next = database.get<{ next: number }>(
    'select max(next_row_id) as next from ducklake_table_stats where table_id = ?',
    [table],
  )!.next;
  // A file merged from several carries its rows' ids itself, whatever its start.
  for (const file of files)
    if (
      file.row_id_start !== null &&
      file.partial_max === null &&
      file.row_id_start + file.record_count > next
    )
      say(`data file ${file.data_file_id}: its row ids reach past ${next}, the next to be given`);
  const byPath = Map.groupBy(files, (file) => `${file.path_is_relative} ${file.path}`);
  for (const same of byPath.values()) checkSamePath(same, say);
  // The same file may live again, after it has ended; two files may never have had the same row.
  const counted = [...byPath.values()]
    .map(([first]) => first as File & { row_id_start: number })
    .filter((file) => file.row_id_start !== null && file.partial_max === null && file.record_count > 0)
    .sort((a, b) => a.row_id_start - b.row_id_start);
  for (const [i, b] of counted.entries()) {
    const a = counted[i - 1];
    if (a && b.row_id_start < a.row_id_start + a.record_count)
      say(`data files ${a.data_file_id} and ${b.data_file_id}: their row ids overlap`);
  }
}

function checkSamePath(files: readonly File[], say: Say): void {
  for (const [i, a] of files.entries())
    for (const b of files.slice(i + 1)) {
      const name = `data files ${a.data_file_id} and ${b.data_file_id}`;
      if (overlap(a, b)) say(`${name}: one path at one snapshot`);
      if (a.row_id_start !== b.row_id_start || a.record_count !== b.record_count)
        say(`${name}: one path, but different rows`);
    }
}

function checkTableStats(database: Database, table: number, files: readonly File[], say: Say): void {
  const rows = database.all<{ record_count: number; next_row_id: number; file_size_bytes: number }>(
    'select * from ducklake_table_stats where table_id = ?',
    [table],
  );
  if (rows.length !== 1) {
    say(`table ${table}: it has ${rows.length} rows in ducklake_table_stats`);
    return;
  }
  const current = files.filter((file) => file.end_snapshot === null);
  const dropped = database.get(
    'select 1 from ducklake_table where table_id = ? and end_snapshot is not null',
    [table],
  );
  const count = current.reduce((sum, file) => sum + file.record_count, 0);
  const others = hasOtherWriters(database, table);
  if (others && !dropped && rows[0]!.record_count < 0)
    say(`table ${table}: its statistics say ${rows[0]!.record_count} rows`);
  if (!others && !dropped && rows[0]!.record_count !== count)
    say(`table ${table}: its statistics say ${rows[0]!.record_count} rows, its files ${count}`);
}

/**
 * Whether another writer has kept rows of the table in the catalog, deleted single ones, or merged files. It counts rows of the catalog too,
 * and a deleted row once more when it comes back changed, so its counts are bounds; and it keeps none for some columns.
 */
function hasOtherWriters(database: Database, table: number): boolean {
  const said = (kind: string) => `',' || changes_made || ',' like '%,${kind}:' || ? || ',%'`;
  return (
    database.get(
      `select 1 from ducklake_inlined_data_tables where table_id = ?
       union all select 1 from ducklake_delete_file where table_id = ?
       union all select 1 from ducklake_data_file where table_id = ? and partial_max is not null
       union all select 1 from ducklake_snapshot_changes where ${said('inlined_insert')} or ${said('inlined_delete')}`,
      [table, table, table, table, table],
    ) !== undefined
  );
}

type Stats = {
  data_file_id: number;
  table_id: number;
  column_id: number;
  value_count: number | null;
  null_count: number | null;
  min_value: string | null;
  max_value: string | null;
  contains_nan: number | null;
  column_type: string | null;
  record_count: number | null;
};

type TableStats = {
  contains_null: number | null;
  contains_nan: number | null;
  min_value: string | null;
  max_value: string | null;
};

function checkFileStats(database: Database, say: Say): void {
  const seen = new Set<string>();
  const others = new Map<number, boolean>();
  const hasOthers = (table: number): boolean => {
    const known = others.get(table) ?? hasOtherWriters(database, table);
    others.set(table, known);
    return known;
  };
  for (const stats of database.all<Stats>(
    `select s.*, c.column_type, f.record_count from ducklake_file_column_stats s
       left join (select table_id, column_id, column_type, max(begin_snapshot) from ducklake_column
                   group by table_id, column_id) c
         on c.table_id = s.table_id and c.column_id = s.column_id
       left join ducklake_data_file f on f.data_file_id = s.data_file_id and f.table_id = s.table_id`,
  )) {
    const name = `statistics of column ${stats.column_id} in data file ${stats.data_file_id}`;
    const key = `${stats.data_file_id}.${stats.column_id}`;
    if (seen.has(key)) say(`${name}: they are there twice`);
    seen.add(key);
    if (stats.column_type === null) say(`${name}: there is no such column`);
    if (stats.record_count === null) say(`${name}: there is no such file`);
    else if ((stats.value_count ?? 0) + (stats.null_count ?? 0) !== stats.record_count)
      say(`${name}: ${stats.value_count} values and ${stats.null_count} nulls of ${stats.record_count} rows`);
    const type = stats.column_type ?? '';
    if (
      stats.min_value !== null &&
      stats.max_value !== null &&
      before(type, stats.max_value, stats.min_value)
    )
      say(`${name}: its least value '${stats.min_value}' is above its greatest '${stats.max_value}'`);
    const whole = database.get<TableStats>(
      'select * from ducklake_table_column_stats where table_id = ? and column_id = ?',
      [stats.table_id, stats.column_id],
    );
    if (!whole) {
      if (!hasOthers(stats.table_id)) say(`${name}: the table has none for that column`);
    }
    // The reference writer counts anew from the present files at times, and takes unknown bounds for none.
    else if (!hasOthers(stats.table_id)) checkWithin(name, type, stats, whole, say);
  }
}

function checkWithin(name: string, type: string, stats: Stats, whole: TableStats, say: Say): void {
  if (whole.contains_null === 0 && (stats.null_count ?? 0) > 0) say(`${name}: the table's deny the nulls`);
  if (whole.contains_nan === 0 && stats.contains_nan === 1) say(`${name}: the table's deny NaN`);
  if ((stats.value_count ?? 0) === 0) return;
  if (
    whole.min_value !== null &&
    (stats.min_value === null || before(type, stats.min_value, whole.min_value))
  )
    say(`${name}: '${stats.min_value}' is below the table's least, '${whole.min_value}'`);
  if (
    whole.max_value !== null &&
    (stats.max_value === null || before(type, whole.max_value, stats.max_value))
  )
    say(`${name}: '${stats.max_value}' is above the table's greatest, '${whole.max_value}'`);
}

/** Whether one value comes before another: by value for numbers and instants, by bytes for the rest. */
function before(type: string, a: string, b: string): boolean {
  if (/^u?int/.test(type)) return BigInt(a) < BigInt(b);
  if (/^(float|decimal)/.test(type))
    return Number(a.replace('inf', 'Infinity')) < Number(b.replace('inf', 'Infinity'));
  if (/^(timestamp|date)/.test(type)) {
    // Years of five digits come after those of four; what is not understood is not called wrong.
    const [x, y] = [storedValue('timestamp', a), storedValue('timestamp', b)];
    return x !== undefined && y !== undefined && x < y;
  }
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

const dangling: readonly (readonly [table: string, column: string, target: string, targetColumn: string])[] =
  [
    ['ducklake_delete_file', 'data_file_id', 'ducklake_data_file', 'data_file_id'],
    ['ducklake_table_stats', 'table_id', 'ducklake_table', 'table_id'],
    ['ducklake_table_column_stats', 'table_id', 'ducklake_table_stats', 'table_id'],
    ['ducklake_schema_versions', 'table_id', 'ducklake_table', 'table_id'],
    ['ducklake_partition_info', 'table_id', 'ducklake_table', 'table_id'],
    ['ducklake_inlined_data_tables', 'table_id', 'ducklake_table', 'table_id'],
  ];

/** A schema version stays when its snapshot has expired: files are read by it. */
function checkDangling(database: Database, say: Say): void {
  for (const { id } of database.all<{ id: number }>(
    'select begin_snapshot as id from ducklake_schema_versions where begin_snapshot > (select max(snapshot_id) from ducklake_snapshot)',
  ))
    say(`ducklake_schema_versions: begin_snapshot ${id} is not in ducklake_snapshot`);
  for (const [table, column, target, targetColumn] of dangling)
    for (const { id } of database.all<{ id: number }>(
      `select distinct ${column} as id from ${table} where ${column} is not null and ${column} not in (select ${targetColumn} from ${target})`,
    ))
      say(`${table}: ${column} ${id} is not in ${target}`);
}
