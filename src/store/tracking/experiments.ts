import type { Database, DatabaseValue } from '../database.ts';
import { pageOf } from './page.ts';
import { experimentsSql } from './search/experiments-sql.ts';
import { dropTag, putTags, tagsOf } from './tags.ts';
import type { Experiment, Experiments, Lifecycle, Tag } from './tracking.port.ts';
import { invalid, taken, unknown } from './tracking-problem.ts';

interface ExperimentRow {
  readonly id: number;
  readonly name: string;
  readonly location: string;
  readonly lifecycle: Lifecycle;
  readonly created_at: number;
  readonly updated_at: number;
}

/** The experiment that is always there. */
export const DEFAULT_EXPERIMENT = '0';

/** The number of an experiment. An id of another form is of none. */
export function experimentNumber(id: string): number {
  if (!/^\d{1,15}$/.test(id)) throw unknown(`No Experiment with id=${id.slice(0, 100)} exists`);
  return Number(id);
}

/** @param now milliseconds since 1970 */
export function openExperiments(database: Database, now: () => number): Experiments {
  const made = (rows: readonly ExperimentRow[]): Experiment[] => {
    const tags = tagsOf(
      database,
      'mill_experiment_tag',
      rows.map(({ id }) => id),
    );
    return rows.map(({ id, created_at, updated_at, ...rest }) => ({
      ...rest,
      id: String(id),
      createdAt: created_at,
      updatedAt: updated_at,
      tags: tags(id),
    }));
  };
  const found = (sql: string, value: DatabaseValue): Experiment | undefined =>
    made(database.all<ExperimentRow>(`select * from mill_experiment where ${sql}`, [value]))[0];
  const get = (id: string): Experiment => {
    const experiment = found('id = ?', experimentNumber(id));
    if (experiment === undefined) throw unknown(`No Experiment with id=${id} exists`);
    return experiment;
  };
  const active = (id: string): number => {
    const { lifecycle } = get(id);
    if (lifecycle !== 'active')
      throw invalid(`The experiment ${id} must be in the 'active' state. Current state is ${lifecycle}.`);
    return Number(id);
  };
  const create: Experiments['create'] = (name, { location, tags = [] } = {}) =>
    database.transaction(() => {
      if (found('name = ?', name) !== undefined) throw taken(`Experiment(name=${name}) already exists.`);
      const at = now();
      database.run(
        "insert into mill_experiment (name, location, lifecycle, created_at, updated_at) values (?, '', 'active', ?, ?)",
        [name, at, at],
      );
      const { id } = database.get<{ id: number }>('select id from mill_experiment where name = ?', [
        name,
      ]) as {
        id: number;
      };
      database.run('update mill_experiment set location = ? where id = ?', [
        location ?? `mlflow-artifacts:/${id}`,
        id,
      ]);
      putTags(database, 'mill_experiment_tag', id, tags);
      return String(id);
    });
  const turn = (id: string, from: Lifecycle, to: Lifecycle): void =>
    database.transaction(() => {
      const { lifecycle } = get(id);
      if (lifecycle !== from)
        throw unknown(`No Experiment with id=${id} exists that is ${from}; it is ${lifecycle}.`);
      const at = now();
      database.run('update mill_experiment set lifecycle = ?, updated_at = ? where id = ?', [
        to,
        at,
        Number(id),
      ]);
      database.run('update mill_tracked_run set lifecycle = ?, deleted_at = ? where experiment = ?', [
        to,
        to === 'deleted' ? at : null,
        Number(id),
      ]);
    });
  return {
    create,
    get,
    named: (name) =>
      database.transaction(() => {
        const experiment = found('name = ?', name) ?? get(create(name));
        active(experiment.id);
        return experiment;
      }),
    byName(name) {
      const experiment = found('name = ?', name);
      if (experiment === undefined) throw unknown(`Could not find experiment with name '${name}'`);
      return experiment;
    },
    search(ask = {}) {
      const { sql, params } = experimentsSql(ask);
      return pageOf(
        ask,
        (limit, offset) => database.all<ExperimentRow>(`${sql} limit ? offset ?`, [...params, limit, offset]),
        made,
      );
    },
    rename: (id, name) =>
      database.transaction(() => {
        if (get(id).lifecycle !== 'active') throw invalid('Cannot rename a non-active experiment.');
        const other = found('name = ?', name);
        if (other !== undefined && other.id !== id) throw taken(`Experiment(name=${name}) already exists.`);
        database.run('update mill_experiment set name = ?, updated_at = ? where id = ?', [
          name,
          now(),
          Number(id),
        ]);
      }),
    delete: (id) => turn(id, 'active', 'deleted'),
    restore: (id) => turn(id, 'deleted', 'active'),
    setTag: (id: string, tag: Tag) =>
      database.transaction(() => putTags(database, 'mill_experiment_tag', active(id), [tag])),
    deleteTag: (id, key) =>
      database.transaction(() => {
        if (!dropTag(database, 'mill_experiment_tag', active(id), key))
          throw unknown(`No tag with name: ${key} in experiment with id ${id}`);
      }),
  };
}
