import type { Database } from '../database.ts';
import { dropTag, putTags, tagsOf } from './tags.ts';
import type { ModelAlias, ModelVersion, RegisteredModel, RegisteredModels, Tag } from './tracking.port.ts';
import { invalid, taken, unknown } from './tracking-problem.ts';

interface ModelRow {
  readonly name: string;
  readonly description: string;
  readonly created_at: number;
  readonly updated_at: number;
}

interface VersionRow extends ModelRow {
  readonly version: number;
  readonly stage: string;
  readonly source: string;
  readonly location: string;
  readonly run: string;
  readonly model: string;
  readonly run_link: string;
  /** A JSON list. */
  readonly tags: string;
  /** A JSON list. */
  readonly aliases: string;
}

/** Versions with what hangs on them. A deleted one keeps its row: its number is not given again. */
const VERSIONS = `select v.*,
    (select json_group_array(json_object('key', key, 'value', value) order by key) from mill_model_version_tag t
      where t.name = v.name and t.version = v.version) as tags,
    (select json_group_array(alias order by alias) from mill_model_alias a
      where a.name = v.name and a.version = v.version) as aliases
  from mill_model_version v where v.lifecycle = 'active'`;

/** @param now milliseconds since 1970 */
export function openRegisteredModels(database: Database, now: () => number): RegisteredModels {
  const made = (rows: readonly ModelRow[]): RegisteredModel[] => {
    const names = rows.map(({ name }) => name);
    const tags = tagsOf(database, 'mill_registered_model_tag', names);
    const aliases = Map.groupBy(
      database.all<ModelAlias & { name: string }>(
        'select name, alias, version from mill_model_alias where name in (select value from json_each(?)) order by alias',
        [JSON.stringify(names)],
      ),
      ({ name }) => name,
    );
    return rows.map(({ name, description, created_at, updated_at }) => ({
      name,
      description,
      createdAt: created_at,
      updatedAt: updated_at,
      tags: tags(name),
      aliases: (aliases.get(name) ?? []).map(({ alias, version }) => ({ alias, version })),
    }));
  };
  const exists = (name: string): boolean =>
    database.get('select 1 from mill_registered_model where name = ?', [name]) !== undefined;
  const want = (name: string): void => {
    if (!exists(name)) throw unknown(`Registered Model with name=${name} not found`);
  };
  const get = (name: string): RegisteredModel => {
    const [found] = made(
      database.all<ModelRow>('select * from mill_registered_model where name = ?', [name]),
    );
    if (found === undefined) throw unknown(`Registered Model with name=${name} not found`);
    return found;
  };
  const version = (name: string, number: number): ModelVersion => {
    const row = database.get<VersionRow>(`${VERSIONS} and v.name = ? and v.version = ?`, [name, number]);
    if (row === undefined) throw unknown(`Model Version (name=${name}, version=${number}) not found`);
    return versionOf(row);
  };
  const touch = (name: string): void => {
    database.run('update mill_registered_model set updated_at = ? where name = ?', [now(), name]);
  };
  /** Changes a version that is there, and says when. */
  const change = (name: string, number: number, set: string, params: readonly string[]): ModelVersion =>
    database.transaction(() => {
      version(name, number);
      database.run(`update mill_model_version set ${set}, updated_at = ? where name = ? and version = ?`, [
        ...params,
        now(),
        name,
        number,
      ]);
      return version(name, number);
    });
  return {
    get,
    version,
    create: (name, { description = '', tags = [] } = {}) =>
      database.transaction(() => {
        if (exists(name)) throw taken(`Registered Model (name=${name}) already exists.`);
        const at = now();
        database.run(
          'insert into mill_registered_model (name, description, created_at, updated_at) values (?, ?, ?, ?)',
          [name, description, at, at],
        );
        putTags(database, 'mill_registered_model_tag', name, tags);
        return get(name);
      }),
    rename: (name, to) =>
      database.transaction(() => {
        want(name);
        if (name !== to && exists(to)) throw taken(`Registered Model (name=${to}) already exists.`);
        const at = now();
        database.run('update mill_registered_model set name = ?, updated_at = ? where name = ?', [
          to,
          at,
          name,
        ]);
        database.run('update mill_model_version set updated_at = ? where name = ?', [at, to]);
        return get(to);
      }),
    describe: (name, description) =>
      database.transaction(() => {
        want(name);
        database.run('update mill_registered_model set description = ? where name = ?', [description, name]);
        touch(name);
        return get(name);
      }),
    delete: (name) =>
      database.transaction(() => {
        want(name);
        database.run('delete from mill_registered_model where name = ?', [name]);
      }),
    all: () => made(database.all<ModelRow>('select * from mill_registered_model order by name')),
    versions: (name) =>
      database
        .all<VersionRow>(
          `${VERSIONS} ${name === undefined ? '' : 'and v.name = ?'} order by v.name, v.version desc`,
          name === undefined ? [] : [name],
        )
        .map(versionOf),
    setTag: (name, tag) =>
      database.transaction(() => {
        want(name);
        putTags(database, 'mill_registered_model_tag', name, [tag]);
      }),
    deleteTag: (name, key) =>
      database.transaction(() => {
        want(name);
        dropTag(database, 'mill_registered_model_tag', name, key);
      }),
    setAlias: (name, alias, number) =>
      database.transaction(() => {
        version(name, number);
        database.run(
          `insert into mill_model_alias (name, alias, version) values (?, ?, ?)
           on conflict do update set version = excluded.version`,
          [name, alias, number],
        );
      }),
    deleteAlias: (name, alias) =>
      database.transaction(() => {
        want(name);
        database.run('delete from mill_model_alias where name = ? and alias = ?', [name, alias]);
      }),
    byAlias(name, alias) {
      want(name);
      const found = database.get<{ version: number }>(
        'select version from mill_model_alias where name = ? and alias = ?',
        [name, alias],
      );
      if (found === undefined) throw invalid(`Registered model alias ${alias} not found.`);
      return version(name, found.version);
    },
    createVersion: (name, { source, description = '', tags = [], ...more }) =>
      database.transaction(() => {
        const { location = source, run = '', model = '', runLink = '' } = more;
        want(name);
        const last = database.get<{ n: number }>(
          'select coalesce(max(version), 0) as n from mill_model_version where name = ?',
          [name],
        );
        const number = (last?.n ?? 0) + 1;
        const at = now();
        database.run(
          `insert into mill_model_version
             (name, version, description, created_at, updated_at, stage, source, location, run, model, run_link,
              lifecycle)
           values (?, ?, ?, ?, ?, 'None', ?, ?, ?, ?, ?, 'active')`,
          [name, number, description, at, at, source, location, run, model, runLink],
        );
        for (const tag of tags) putVersionTag(database, name, number, tag);
        touch(name);
        return version(name, number);
      }),
    describeVersion: (name, number, description) => change(name, number, 'description = ?', [description]),
    moveVersion: (name, number, stage, archive) =>
      database.transaction(() => {
        version(name, number);
        if (archive)
          database.run(
            "update mill_model_version set stage = 'Archived', updated_at = ? where name = ? and stage = ? and version <> ?",
            [now(), name, stage, number],
          );
        touch(name);
        return change(name, number, 'stage = ?', [stage]);
      }),
    deleteVersion: (name, number) =>
      database.transaction(() => {
        version(name, number);
        database.run('delete from mill_model_alias where name = ? and version = ?', [name, number]);
        database.run(
          `update mill_model_version set lifecycle = 'deleted', description = '', source = '', location = '', run = '', run_link = '',
             updated_at = ? where name = ? and version = ?`,
          [now(), name, number],
        );
        touch(name);
      }),
    setVersionTag: (name, number, tag) =>
      database.transaction(() => {
        version(name, number);
        putVersionTag(database, name, number, tag);
      }),
    deleteVersionTag: (name, number, key) =>
      database.transaction(() => {
        version(name, number);
        database.run('delete from mill_model_version_tag where name = ? and version = ? and key = ?', [
          name,
          number,
          key,
        ]);
      }),
  };
}

function putVersionTag(database: Database, name: string, version: number, { key, value }: Tag): void {
  database.run(
    `insert into mill_model_version_tag (name, version, key, value) values (?, ?, ?, ?)
     on conflict do update set value = excluded.value`,
    [name, version, key, value],
  );
}

function versionOf(row: VersionRow): ModelVersion {
  const { name, version, description, stage, source, location, run, model } = row;
  return {
    name,
    version,
    description,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    stage,
    source,
    location,
    run,
    model,
    runLink: row.run_link,
    tags: JSON.parse(row.tags) as Tag[],
    aliases: JSON.parse(row.aliases) as string[],
  };
}
