import type { Database } from '../database.ts';
import { overlap, type Span } from './check-span.ts';

type Say = (text: string) => void;

type Info = Span & { partition_id: number; table_id: number };

interface Key {
  readonly partition_id: number;
  readonly table_id: number;
  readonly partition_key_index: number;
  readonly column_id: number;
  readonly transform: string;
}

interface FileRow {
  readonly id: number;
  readonly table: number;
  readonly begin: number;
  readonly partition: number;
  readonly rows: number;
}

interface Value {
  readonly data_file_id: number;
  readonly table_id: number;
  readonly partition_key_index: number;
  readonly partition_value: string | null;
}

const TRANSFORM = /^(identity|year|month|day|hour|bucket\([1-9]\d*\))$/;

/** Partitions: what tables are partitioned by, and what each file says it holds. Part of `checkCatalog`. */
export function checkPartitions(database: Database, say: Say): void {
  const infos = database.all<Info>('select * from ducklake_partition_info');
  const keys = Map.groupBy(
    database.all<Key>('select * from ducklake_partition_column order by partition_id, partition_key_index'),
    (key) => key.partition_id,
  );
  checkInfos(database, infos, keys, say);
  for (const id of keys.keys())
    if (!infos.some((info) => info.partition_id === id))
      say(`partition ${id}: it has columns, but no row in ducklake_partition_info`);
  checkValues(database, infos, keys, say);
}

function checkInfos(
  database: Database,
  infos: readonly Info[],
  keys: ReadonlyMap<number, readonly Key[]>,
  say: Say,
): void {
  const tables = database.all<Span & { table_id: number }>('select * from ducklake_table');
  const columns = database.all<Span & { table_id: number; column_id: number }>(
    'select table_id, column_id, begin_snapshot, end_snapshot from ducklake_column',
  );
  for (const [i, info] of infos.entries()) {
    const name = `partition ${info.partition_id}`;
    if (infos.slice(i + 1).some((other) => other.table_id === info.table_id && overlap(info, other)))
      say(`${name}: table ${info.table_id} is partitioned in two ways at one snapshot`);
    // An ended one stays for the files that keep to it, also when the snapshots of its time have expired.
    if (
      info.end_snapshot === null &&
      !tables.some((t) => t.table_id === info.table_id && t.end_snapshot === null)
    )
      say(`${name}: it lives longer than table ${info.table_id}`);
    // One without columns says that the table is not partitioned any more.
    for (const [index, key] of (keys.get(info.partition_id) ?? []).entries()) {
      if (key.partition_key_index !== index || key.table_id !== info.table_id)
        say(`${name}: its columns are not numbered from 0, or of table ${key.table_id}`);
      if (!TRANSFORM.test(key.transform)) say(`${name}: '${key.transform}' is no transform`);
      const there = columns.some(
        (c) => c.table_id === info.table_id && c.column_id === key.column_id && overlap(c, info),
      );
      if (!there) say(`${name}: there is no column ${key.column_id}`);
    }
  }
}

function checkValues(
  database: Database,
  infos: readonly Info[],
  keys: ReadonlyMap<number, readonly Key[]>,
  say: Say,
): void {
  const files = database.all<FileRow>(
    `select data_file_id as id, table_id as "table", begin_snapshot as begin, partition_id as partition, record_count as rows
       from ducklake_data_file where partition_id is not null`,
  );
  const values = Map.groupBy(
    database.all<Value>(
      'select * from ducklake_file_partition_value order by data_file_id, partition_key_index',
    ),
    (value) => value.data_file_id,
  );
  const known = new Set(files.map((file) => file.id));
  for (const id of values.keys())
    if (!known.has(id)) say(`partition values of data file ${id}: there is no such file with a partition`);
  for (const file of files) {
    const name = `data file ${file.id}`;
    const info = infos.find((one) => one.partition_id === file.partition);
    if (info?.table_id !== file.table || file.begin < info.begin_snapshot) {
      say(`${name}: its table has no partition ${file.partition} then`);
      continue;
    }
    const own = values.get(file.id) ?? [];
    const parts = keys.get(file.partition) ?? [];
    const numbered = own.every((v, i) => v.partition_key_index === i && v.table_id === file.table);
    if (own.length !== parts.length || !numbered)
      say(`${name}: it has ${own.length} partition values for ${parts.length} columns`);
    for (const [i, key] of parts.entries()) {
      const value = own[i];
      if (value === undefined) continue;
      if (!isOf(key.transform, value.partition_value))
        say(`${name}: '${value.partition_value}' is no ${key.transform}`);
      if (key.transform === 'identity') checkIdentity(database, file, key.column_id, value, say);
    }
  }
}

/** Calendar parts are counted as the calendar does: months and days from 1. Years before 1 are 0 and below. */
function isOf(transform: string, value: string | null): boolean {
  const buckets = /^bucket\((\d+)\)$/.exec(transform)?.[1];
  if (value === null) return true;
  const within = (least: number, most: number): boolean =>
    /^-?\d+$/.test(value) && Number(value) >= least && Number(value) <= most;
  switch (transform) {
    case 'identity':
      return true;
    case 'month':
      return within(1, 12);
    case 'day':
      return within(1, 31);
    case 'hour':
      return within(0, 23);
    default:
      return within(
        buckets === undefined ? -300_000 : 0,
        buckets === undefined ? 300_000 : Number(buckets) - 1,
      );
  }
}

/** Every row has the value, so it is the least and the greatest; null means that there is none. */
function checkIdentity(
  database: Database,
  file: FileRow,
  column: number,
  { partition_value: value }: Value,
  say: Say,
): void {
  const stats = database.get<{ type: string; nulls: number | null; min: string | null; max: string | null }>(
    `select c.column_type as type, s.null_count as nulls, s.min_value as min, s.max_value as max
       from ducklake_file_column_stats s join ducklake_column c on c.table_id = s.table_id and c.column_id = s.column_id
      where s.data_file_id = ? and s.column_id = ? order by c.begin_snapshot desc limit 1`,
    [file.id, column],
  );
  if (stats === undefined || stats.nulls === null) return;
  const name = `data file ${file.id}`;
  if (stats.nulls !== (value === null ? file.rows : 0))
    say(
      `${name}: its partition value is ${value === null ? 'null' : `'${value}'`}, but ${stats.nulls} of ${file.rows} rows are null`,
    );
  // A long text is bounded by its beginning; a number may be written in two ways.
  if (value === null || value.length > 100 || !/^(varchar|u?int\d+|timestamp)$/.test(stats.type)) return;
  for (const bound of [stats.min, stats.max])
    if (bound !== null && bound !== value)
      say(`${name}: its partition value is '${value}', but there is '${bound}'`);
}
