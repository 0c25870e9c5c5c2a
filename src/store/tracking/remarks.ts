import type { Database } from '../database.ts';
import type { Remarks, Tag } from './tracking.port.ts';

export function openRemarks(database: Database): Remarks {
  return {
    tags: (name, version) =>
      database.all<Tag>(
        'select key, value from mill_remark_tag where name = ? and version = ? order by key',
        [name, version],
      ),
    setTag(name, version, { key, value }) {
      database.run(
        `insert into mill_remark_tag (name, version, key, value) values (?, ?, ?, ?)
         on conflict do update set value = excluded.value`,
        [name, version, key, value],
      );
    },
    deleteTag(name, version, key) {
      database.run('delete from mill_remark_tag where name = ? and version = ? and key = ?', [
        name,
        version,
        key,
      ]);
    },
    description: (name, version) =>
      database.get<{ description: string }>(
        'select description from mill_remark where name = ? and version = ?',
        [name, version],
      )?.description ?? '',
    describe(name, version, description) {
      database.run(
        `insert into mill_remark (name, version, description) values (?, ?, ?)
         on conflict do update set description = excluded.description`,
        [name, version, description],
      );
    },
  };
}
