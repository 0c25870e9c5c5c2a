import { randomBytes } from 'node:crypto';
import type { Database } from '../database.ts';
import { logBatch, NAME_TAG } from './log-batch.ts';
import { pageOf } from './page.ts';
import { randomName } from './run-name.ts';
import { type MetricRow, metricOf, type RunRow, runsOf } from './run-rows.ts';
import { runsSql } from './search/runs-sql.ts';
import { dropTag, putTags } from './tags.ts';
import type { Experiments, Lifecycle, TrackedRun, TrackedRuns } from './tracking.port.ts';
import { invalid, unknown } from './tracking-problem.ts';

/** The longest history that is given whole; a longer one comes in pages of this. */
const MOST_POINTS = 1_000_000;

/** @param now milliseconds since 1970 */
export function openRuns(database: Database, experiments: Experiments, now: () => number): TrackedRuns {
  const found = (id: string): RunRow => {
    const row = database.get<RunRow>('select * from mill_tracked_run where id = ?', [id]);
    if (row === undefined) throw unknown(`Run with id=${id.slice(0, 300)} not found`);
    return row;
  };
  const active = (id: string): RunRow => {
    const row = found(id);
    if (row.lifecycle !== 'active')
      throw invalid(`The run ${id} must be in the 'active' state. Current state is ${row.lifecycle}.`);
    return row;
  };
  const get = (id: string): TrackedRun => runsOf(database, [found(id)])[0] as TrackedRun;
  const turn = (id: string, to: Lifecycle): void =>
    database.transaction(() => {
      const { row } = found(id);
      database.run('update mill_tracked_run set lifecycle = ?, deleted_at = ? where row = ?', [
        to,
        to === 'deleted' ? now() : null,
        row,
      ]);
    });
  const update: TrackedRuns['update'] = (id, { status, endTime, name }) =>
    database.transaction(() => {
      const { row } = active(id);
      database.run(
        `update mill_tracked_run set status = coalesce(?, status), end_time = coalesce(?, end_time),
           name = coalesce(?, name) where row = ?`,
        [status ?? null, endTime ?? null, name ?? null, row],
      );
      if (name !== undefined) putTags(database, 'mill_run_tag', row, [{ key: NAME_TAG, value: name }]);
      return get(id);
    });
  return {
    get,
    update,
    create: ({ experiment, name, user = '', startTime, tags = [] }) =>
      database.transaction(() => {
        const { id: number, location, lifecycle } = experiments.get(experiment);
        if (lifecycle !== 'active')
          throw invalid(
            `The experiment ${number} must be in the 'active' state. Current state is ${lifecycle}.`,
          );
        const tagged = tags.find(({ key }) => key === NAME_TAG)?.value;
        if (name && tagged && name !== tagged)
          throw invalid(
            `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${name}', mlflow.runName='${tagged}').`,
          );
        const called = name || tagged || randomName();
        const id = randomBytes(16).toString('hex');
        database.run(
          `insert into mill_tracked_run (id, experiment, name, user, status, start_time, location, lifecycle)
           values (?, ?, ?, ?, 'RUNNING', ?, ?, 'active')`,
          [
            id,
            Number(number),
            called,
            user,
            startTime ?? now(),
            `${location.replace(/\/$/, '')}/${id}/artifacts`,
          ],
        );
        const { row } = found(id);
        putTags(database, 'mill_run_tag', row, [...tags, { key: NAME_TAG, value: called }]);
        return get(id);
      }),
    finish(id, status = 'FINISHED') {
      update(id, { status, endTime: now() });
    },
    log: (id, batch) => database.transaction(() => logBatch(database, { row: active(id).row, id }, batch)),
    deleteTag: (id, key) =>
      database.transaction(() => {
        if (!dropTag(database, 'mill_run_tag', active(id).row, key))
          throw unknown(`No tag with name: ${key} in run with id ${id}`);
      }),
    delete: (id) => turn(id, 'deleted'),
    restore: (id) => turn(id, 'active'),
    search(ask) {
      const { sql, params } = runsSql(ask);
      return pageOf(
        ask,
        (limit, offset) => database.all<RunRow>(`${sql} limit ? offset ?`, [...params, limit, offset]),
        (rows) => runsOf(database, rows),
      );
    },
    history(id, key, ask = {}) {
      const { row } = found(id);
      return pageOf(
        { ...ask, most: ask.most ?? MOST_POINTS },
        (limit, offset) =>
          database.all<MetricRow>(
            `select m.timestamp, m.step, m.value, m.nan from mill_metric m
              where m.latest = (select id from mill_latest where run = ? and key = ?)
              order by m.timestamp, m.step, m.value limit ? offset ?`,
            [row, key, limit, offset],
          ),
        (rows) => rows.map((metric) => metricOf(key, metric)),
      );
    },
    logInputs: (id, datasets, models) =>
      database.transaction(() => {
        const { row, experiment } = active(id);
        for (const { name, digest, sourceType, source, schema, profile, tags } of datasets) {
          database.run(
            `insert or ignore into mill_dataset (experiment, name, digest, source_type, source, schema, profile)
             values (?, ?, ?, ?, ?, ?, ?)`,
            [experiment, name, digest, sourceType, source, schema ?? null, profile ?? null],
          );
          // Said again, it stays as it was said first.
          database.run(
            `insert or ignore into mill_dataset_input (run, dataset, tags)
             select ?, id, ? from mill_dataset where experiment = ? and name = ? and digest = ?`,
            [row, JSON.stringify(tags), experiment, name, digest],
          );
        }
        for (const model of models)
          database.run(
            `insert or ignore into mill_model_input (run, position, model)
             values (?1, (select count(*) from mill_model_input where run = ?1), ?2)`,
            [row, model],
          );
      }),
    logOutputs: (id, models) =>
      database.transaction(() => {
        const { row } = active(id);
        for (const { model, step } of models)
          database.run(
            `insert or ignore into mill_model_output (run, position, model, step)
             values (?1, (select count(*) from mill_model_output where run = ?1), ?2, ?3)`,
            [row, model, step],
          );
      }),
  };
}
