import type { Database } from '../database.ts';

// What each snapshot says it did, held against what the rows show. Part of `checkCatalog`.

type Say = (text: string) => void;

const KINDS =
  /^(created_(schema|table|view|scalar_macro|table_macro):("([^"]|"")*")(\.("([^"]|"")*"))?|(dropped_(schema|table|view|scalar_macro|table_macro)|altered_(table|view)|inserted_into_table|deleted_from_table|inlined_insert|inlined_delete|flushed_inlined|inline_flush|merge_adjacent|rewrite_delete|compacted_table):\d+)(,|$)/;

export function checkChanges(database: Database, say: Say): void {
  const history = readHistory(database);
  for (const [id, made] of history.made) {
    const said = new Set<string>();
    for (let rest = made; rest !== ''; ) {
      const match = KINDS.exec(rest);
      if (!match) {
        say(`snapshot ${id}: its changes cannot be read from '${rest.slice(0, 80)}'`);
        break;
      }
      if (said.has(match[1]!)) say(`snapshot ${id}: it says '${match[1]}' twice`);
      said.add(match[1]!);
      rest = rest.slice(match[0].length);
    }
    const done = history.done.get(id) ?? new Set<string>();
    // Inlined and flushed rows come from other writers, and are theirs to describe.
    for (const entry of said)
      if (/^(created_table|dropped_table|altered_table|inserted_into_table|deleted_from_table):/.test(entry))
        if (!done.has(entry) && !wasTakenOut(database, history, id, entry) && !tagged(database, id, entry))
          say(`snapshot ${id}: it says '${entry}', but no row shows it`);
    for (const entry of done)
      if (!said.has(entry) && !saidOtherwise(said, entry)) say(`snapshot ${id}: it does not say '${entry}'`);
    checkSchemaVersion(history, id, said, say);
  }
}

interface History {
  /** What each snapshot says, in order. */
  readonly made: ReadonlyMap<number, string>;
  /** What rows show of each. */
  readonly done: ReadonlyMap<number, ReadonlySet<string>>;
  readonly versions: ReadonlyMap<number, number>;
  /** `snapshot.version.table` of every row in `ducklake_schema_versions`. */
  readonly schemaVersions: ReadonlySet<string>;
}

function readHistory(database: Database): History {
  const done = new Map<number, Set<string>>();
  const add = (kind: string, sql: string): void => {
    for (const { at, value } of database.all<{ at: number | null; value: string }>(sql)) {
      if (at === null) continue;
      const entries = done.get(at) ?? new Set<string>();
      done.set(at, entries.add(`${kind}:${value}`));
    }
  };
  // A renamed table has several rows, one after the other: the last drops it, and each says that it makes a table of its name.
  const tables = `(select table_id, min(begin_snapshot) as first, iif(count(*) = count(end_snapshot), max(end_snapshot), null) as last
                     from ducklake_table group by table_id)`;
  add(
    'created_table',
    `select t.begin_snapshot as at,
            '"' || replace(s.schema_name, '"', '""') || '"."' || replace(t.table_name, '"', '""') || '"' as value
       from ducklake_table t join ducklake_schema s on s.schema_id = t.schema_id`,
  );
  add('dropped_table', `select last as at, cast(table_id as text) as value from ${tables}`);
  add(
    'altered_table',
    `select c.at, cast(c.table_id as text) as value
       from (select table_id, begin_snapshot as at from ducklake_column
             union select table_id, end_snapshot from ducklake_column
             union select table_id, begin_snapshot from ducklake_partition_info
             union select table_id, end_snapshot from ducklake_partition_info
             union select table_id, begin_snapshot from ducklake_schema_versions) c
       join ${tables} l on l.table_id = c.table_id
      where c.at <> l.first and c.at is not l.last and not exists
        (select 1 from ducklake_table t where t.table_id = c.table_id and t.begin_snapshot = c.at)`,
  );
  add(
    'inserted_into_table',
    'select distinct begin_snapshot as at, cast(table_id as text) as value from ducklake_data_file',
  );
  add(
    'deleted_from_table',
    `select f.at, cast(f.table_id as text) as value
       from (select table_id, end_snapshot as at from ducklake_data_file
             union select table_id, begin_snapshot from ducklake_delete_file) f
       left join ${tables} l on l.table_id = f.table_id
      where f.at is not l.last`,
  );
  return {
    made: new Map(
      database
        .all<{ id: number; made: string | null }>(
          'select snapshot_id as id, changes_made as made from ducklake_snapshot_changes order by 1',
        )
        .map(({ id, made }) => [id, made ?? '']),
    ),
    done,
    versions: new Map(
      database
        .all<{ id: number; v: number }>(
          'select snapshot_id as id, schema_version as v from ducklake_snapshot',
        )
        .map(({ id, v }) => [id, v]),
    ),
    schemaVersions: new Set(
      database
        .all<{ at: number; v: number; id: number }>(
          'select begin_snapshot as at, schema_version as v, table_id as id from ducklake_schema_versions',
        )
        .map(({ at, v, id }) => `${at}.${v}.${id}`),
    ),
  };
}

const COMPACTIONS = [
  'merge_adjacent',
  'rewrite_delete',
  'compacted_table',
  'flushed_inlined',
  'inline_flush',
];

/** Files also begin and end by compaction, and rows of the catalog become files that begin when they did. */
function saidOtherwise(said: ReadonlySet<string>, entry: string): boolean {
  const [kind, table] = entry.split(':');
  const others: Record<string, readonly string[]> = {
    inserted_into_table: [...COMPACTIONS, 'inlined_insert'],
    deleted_from_table: [...COMPACTIONS, 'inlined_delete'],
  };
  return (others[kind as string] ?? []).some((other) => said.has(`${other}:${table}`));
}

/** Whether rows of a snapshot's change may be gone for good: its files merged since, or snapshots before it expired. */
function wasTakenOut(database: Database, { made, versions }: History, id: number, entry: string): boolean {
  const [kind, value] = entry.split(':') as [string, string];
  if (/^(deleted_from_table|dropped_table|altered_table)$/.test(kind) && !versions.has(id - 1)) return true;
  if (!/^(inserted_into_table|deleted_from_table)$/.test(kind)) return false;
  // A later delete from the same file takes the place of an earlier one, with the rows of both.
  const folded = 'select 1 from ducklake_delete_file where table_id = ? and partial_max is not null';
  if (kind === 'deleted_from_table' && database.get(folded, [value])) return true;
  for (const [later, text] of made)
    if (later >= id && COMPACTIONS.some((other) => `,${text},`.includes(`,${other}:${value},`))) return true;
  return false;
}

/** Comments, sort orders and the partitions of a new table are alterations too; not every writer says so of each. */
function tagged(database: Database, id: number, entry: string): boolean {
  const [kind, table] = entry.split(':') as [string, string];
  if (kind !== 'altered_table') return false;
  return [
    ['ducklake_tag', 'object_id'],
    ['ducklake_column_tag', 'table_id'],
    ['ducklake_partition_info', 'table_id'],
    ['ducklake_sort_info', 'table_id'],
  ].some(
    ([rows, column]) =>
      database.get(`select 1 from ${rows} where ${column} = ? and (begin_snapshot = ? or end_snapshot = ?)`, [
        table,
        id,
        id,
      ]) !== undefined,
  );
}

function checkSchemaVersion(
  { done, versions, schemaVersions }: History,
  id: number,
  said: ReadonlySet<string>,
  say: Say,
): void {
  const [before, version] = [versions.get(id - 1), versions.get(id) ?? 0];
  if (id === 0 || before === undefined) return;
  const changes = [...(done.get(id) ?? [])].filter((entry) =>
    /^(created|dropped|altered)_table:/.test(entry),
  );
  if (changes.length > 0 && version !== before + 1)
    say(`snapshot ${id}: tables changed, schema_version did not`);
  // Views, macros, schemas, partitions and the like change the schema too, and have their rows elsewhere; so does the table that is made
  // for the first rows kept in the catalog.
  const otherwise = [...said].some((entry) => /^((created|dropped|altered)_|inlined_insert:)/.test(entry));
  if (changes.length === 0 && !otherwise && version !== before)
    say(`snapshot ${id}: schema_version rose for nothing`);
  // The reference has none for a table that it drops.
  for (const table of changes
    .filter((entry) => !entry.startsWith('dropped_table:'))
    .map((entry) => entry.split(':')[1])
    .filter((value) => /^\d+$/.test(value ?? '')))
    if (!schemaVersions.has(`${id}.${version}.${table}`))
      say(`snapshot ${id}: ducklake_schema_versions has no row for table ${table}`);
}
