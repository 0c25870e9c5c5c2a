import type { Database } from '../database.ts';
import { checkChanges } from './check-changes.ts';
import { checkFiles } from './check-files.ts';
import { layout } from './check-layout.ts';
import { checkPartitions } from './check-partitions.ts';
import { overlap, type Span } from './check-span.ts';

// Reads a catalog by DuckLake 1.0's facts alone and shares no code with what writes it, so that one cannot hide the
// other's mistakes. Slow and plain: it is for tests and for `doctor`.

interface Snapshot {
  readonly snapshot_id: number;
  readonly snapshot_time: string;
  readonly schema_version: number;
  readonly next_catalog_id: number;
  readonly next_file_id: number;
}

/** Every way in which the lake's catalog departs from DuckLake 1.0; empty when all is well. Reads one consistent state. */
export function checkCatalog(database: Database): string[] {
  return atOneState(database, () => {
    const found: string[] = [];
    const say = (text: string) => {
      found.push(text);
    };
    checkLayout(database, say);
    if (found.length > 0) return found;
    checkMetadata(database, say);
    checkSnapshots(database, say);
    checkSpans(database, say);
    checkIds(database, say);
    checkNames(database, say);
    checkChanges(database, say);
    checkFiles(database, say);
    checkPartitions(database, say);
    return found;
  });
}

/** Everything read in `work` is of one state, and no writer waits: outside a transaction a savepoint is one that only reads. */
function atOneState<T>(database: Database, work: () => T): T {
  database.run('savepoint mill_check');
  try {
    return work();
  } finally {
    database.run('release mill_check');
  }
}

type Say = (text: string) => void;

function checkLayout(database: Database, say: Say): void {
  for (const [table, columns] of Object.entries(layout)) {
    const real = database
      .all<{ name: string }>('select name from pragma_table_info(?) order by cid', [table])
      .map(({ name }) => name);
    if (real.join(' ') !== columns) say(`${table}: its columns are '${real.join(' ')}', wanted '${columns}'`);
  }
}

function checkMetadata(database: Database, say: Say): void {
  for (const key of ['version', 'created_by', 'data_path', 'encrypted']) {
    const rows = database.all<{ value: string }>(
      'select value from ducklake_metadata where key = ? and scope is null',
      [key],
    );
    if (rows.length !== 1) say(`metadata: '${key}' is there ${rows.length} times`);
    else if (key === 'data_path' && !rows[0]!.value.endsWith('/'))
      say("metadata: 'data_path' does not end in '/'");
    else if (key === 'version' && rows[0]!.value !== '1.0') say(`metadata: 'version' is ${rows[0]!.value}`);
  }
}

function checkSnapshots(database: Database, say: Say): void {
  const snapshots = database.all<Snapshot>('select * from ducklake_snapshot order by snapshot_id');
  if (snapshots.length === 0) say('snapshots: there is none');
  for (const [i, now] of snapshots.entries()) {
    const id = now.snapshot_id;
    if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/.test(now.snapshot_time))
      say(`snapshot ${id}: its time is '${now.snapshot_time}'`);
    const before = snapshots[i - 1];
    if (!before) continue;
    if (now.snapshot_time < before.snapshot_time) say(`snapshot ${id}: it is older than the one before`);
    for (const counter of ['schema_version', 'next_catalog_id', 'next_file_id'] as const)
      if (now[counter] < before[counter]) say(`snapshot ${id}: ${counter} went back`);
    if (now.snapshot_id === before.snapshot_id + 1 && now.schema_version > before.schema_version + 1)
      say(`snapshot ${id}: schema_version rose by more than 1`);
  }
  for (const { id } of database.all<{ id: number }>(
    `select snapshot_id as id from ducklake_snapshot where snapshot_id not in (select snapshot_id from ducklake_snapshot_changes)
     union all
     select snapshot_id from ducklake_snapshot_changes where snapshot_id not in (select snapshot_id from ducklake_snapshot)`,
  ))
    say(`snapshot ${id}: snapshot and changes do not both exist`);
}

const versioned = [
  'ducklake_schema',
  'ducklake_table',
  'ducklake_view',
  'ducklake_column',
  'ducklake_tag',
  'ducklake_column_tag',
  'ducklake_data_file',
  'ducklake_delete_file',
  'ducklake_partition_info',
  'ducklake_sort_info',
  'ducklake_macro',
];

function checkSpans(database: Database, say: Say): void {
  // A snapshot between two others may have expired; what began there goes on.
  const newest =
    database.get<{ id: number }>('select max(snapshot_id) as id from ducklake_snapshot')?.id ?? -1;
  const isOne = (id: number) => Number.isInteger(id) && id >= 0 && id <= newest;
  for (const table of versioned)
    for (const row of database.all<Span & { row: number }>(
      `select rowid as row, begin_snapshot, end_snapshot from ${table}`,
    )) {
      const { begin_snapshot: begin, end_snapshot: end } = row;
      if (!isOne(begin)) say(`${table} row ${row.row}: begins at ${begin}, which is no snapshot`);
      if (end !== null && !isOne(end)) say(`${table} row ${row.row}: ends at ${end}, which is no snapshot`);
      if (end !== null && end <= begin)
        say(`${table} row ${row.row}: ends at ${end}, but begins at ${begin}`);
    }
}

function checkIds(database: Database, say: Say): void {
  const catalogIds = database.all<{ id: number }>(
    `select schema_id as id from ducklake_schema union all select distinct table_id from ducklake_table
     union all select distinct view_id from ducklake_view union all select distinct macro_id from ducklake_macro
     union all select distinct partition_id from ducklake_partition_info union all select distinct sort_id from ducklake_sort_info`,
  );
  const fileIds = database.all<{ id: number }>(
    // The reference writer takes the ids of mappings from the counter of files.
    `select data_file_id as id from ducklake_data_file union all select delete_file_id from ducklake_delete_file
     union all select distinct mapping_id from ducklake_column_mapping`,
  );
  const next = database.get<Snapshot>('select * from ducklake_snapshot order by snapshot_id desc limit 1');
  for (const [kind, ids, limit] of [
    ['catalog', catalogIds, next?.next_catalog_id ?? 0],
    ['file', fileIds, next?.next_file_id ?? 0],
  ] as const) {
    const seen = new Set<number>();
    for (const { id } of ids) {
      if (seen.has(id)) say(`${kind} id ${id}: it is used twice`);
      seen.add(id);
      if (id >= limit) say(`${kind} id ${id}: the next to be given is ${limit}`);
    }
  }
}

function checkNames(database: Database, say: Say): void {
  const tables = database.all<
    Span & { table_id: number; schema_id: number; table_name: string; path: string }
  >('select * from ducklake_table');
  const schemas = new Set(
    database.all<{ schema_id: number }>('select schema_id from ducklake_schema').map((row) => row.schema_id),
  );
  for (const [i, a] of tables.entries()) {
    if (!schemas.has(a.schema_id)) say(`table ${a.table_id}: schema ${a.schema_id} does not exist`);
    if (!a.path.endsWith('/')) say(`table ${a.table_id}: its path '${a.path}' does not end in '/'`);
    for (const b of tables.slice(i + 1)) {
      if (!overlap(a, b)) continue;
      if (a.table_id === b.table_id)
        say(`table ${a.table_id}: two of its versions are visible at one snapshot`);
      else if (a.table_name === b.table_name && a.schema_id === b.schema_id)
        say(`tables ${a.table_id} and ${b.table_id}: both are named '${a.table_name}' at one snapshot`);
    }
  }
  checkColumns(database, tables, say);
}

const TYPES =
  /^(boolean|u?int(8|16|32|64|128)|float(32|64)|decimal\(\d+,\d+\)|date|time|timetz|timestamp(_s|_ms|_ns|tz)?|interval|varchar|blob|json|uuid|list|struct|map|variant|geometry)$/;

type Column = Span & {
  table_id: number;
  column_id: number;
  column_order: number;
  column_name: string;
  column_type: string;
  parent_column: number | null;
};

function checkColumns(database: Database, tables: readonly (Span & { table_id: number })[], say: Say): void {
  const columns = database.all<Column>('select * from ducklake_column');
  for (const [i, a] of columns.entries()) {
    const name = `column ${a.table_id}.${a.column_id}`;
    if (!TYPES.test(a.column_type)) say(`${name}: '${a.column_type}' is no type`);
    if (!tables.some((t) => t.table_id === a.table_id && overlap(t, a))) say(`${name}: it has no table`);
    for (const b of columns.slice(i + 1)) {
      if (a.table_id !== b.table_id || !overlap(a, b)) continue;
      if (a.column_id === b.column_id) say(`${name}: two of its versions are visible at one snapshot`);
      if (a.parent_column !== b.parent_column) continue;
      if (a.column_name.toLowerCase() === b.column_name.toLowerCase())
        say(`${name}: '${a.column_name}' is the name of column ${b.column_id} too`);
      if (a.column_order === b.column_order) say(`${name}: column ${b.column_id} has the same place`);
    }
  }
  // A renamed table begins again, its columns go on.
  for (const [id, rows] of Map.groupBy(tables, (table) => table.table_id)) {
    const first = Math.min(...rows.map((row) => row.begin_snapshot));
    if (!columns.some((c) => c.table_id === id && c.begin_snapshot === first))
      say(`table ${id}: it began without columns`);
  }
}
