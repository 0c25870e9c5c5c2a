import type { Database } from '../database.ts';
import type { Tag } from './tracking.port.ts';

/** The tables of keys and values, each with the column that says whose they are. */
const owners = {
  mill_experiment_tag: 'experiment',
  mill_run_tag: 'run',
  mill_param: 'run',
  mill_logged_model_tag: 'model',
  mill_logged_model_param: 'model',
  mill_registered_model_tag: 'name',
} as const;

export type TagTable = keyof typeof owners;
type Owner = number | string;

/** Writes tags over those of the same key. */
export function putTags(database: Database, table: TagTable, owner: Owner, tags: readonly Tag[]): void {
  for (const { key, value } of tags)
    database.run(
      `insert into ${table} (${owners[table]}, key, value) values (?, ?, ?)
       on conflict do update set value = excluded.value where value <> excluded.value`,
      [owner, key, value],
    );
}

/** Whether there was one. */
export function dropTag(database: Database, table: TagTable, owner: Owner, key: string): boolean {
  return database.run(`delete from ${table} where ${owners[table]} = ? and key = ?`, [owner, key]) > 0;
}

/** The tags of many at once, each owner's sorted by key. */
export function tagsOf(
  database: Database,
  table: TagTable,
  of: readonly Owner[],
): (owner: Owner) => readonly Tag[] {
  const column = owners[table];
  const rows = database.all<Tag & { owner: Owner }>(
    `select ${column} as owner, key, value from ${table}
      where ${column} in (select value from json_each(?)) order by ${column}, key`,
    [JSON.stringify(of)],
  );
  const found = new Map<Owner, Tag[]>();
  for (const { owner, key, value } of rows) {
    const tags = found.get(owner);
    if (tags === undefined) found.set(owner, [{ key, value }]);
    else tags.push({ key, value });
  }
  return (owner) => found.get(owner) ?? [];
}
