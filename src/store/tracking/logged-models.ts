import { randomBytes } from 'node:crypto';
import type { Database } from '../database.ts';
import { pageOf } from './page.ts';
import { randomName } from './run-name.ts';
import { type MetricRow, metricOf } from './run-rows.ts';
import { loggedModelsSql } from './search/logged-models-sql.ts';
import { dropTag, putTags, tagsOf } from './tags.ts';
import type {
  Experiments,
  Lifecycle,
  LoggedModel,
  LoggedModelStatus,
  LoggedModels,
  ModelMetric,
} from './tracking.port.ts';
import { invalid, unknown } from './tracking-problem.ts';

interface LoggedModelRow {
  readonly row: number;
  readonly id: string;
  readonly experiment: number;
  readonly name: string;
  readonly location: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly status: LoggedModelStatus;
  readonly status_message: string;
  readonly type: string;
  readonly run: string;
  readonly lifecycle: Lifecycle;
}

/** @param now milliseconds since 1970 */
export function openLoggedModels(
  database: Database,
  experiments: Experiments,
  now: () => number,
): LoggedModels {
  const made = (rows: readonly LoggedModelRow[]): LoggedModel[] => {
    const of = rows.map(({ row }) => row);
    const tags = tagsOf(database, 'mill_logged_model_tag', of);
    const params = tagsOf(database, 'mill_logged_model_param', of);
    const metrics = metricsOf(database, of);
    return rows.map((row) => ({
      id: row.id,
      experiment: String(row.experiment),
      name: row.name,
      location: row.location,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      status: row.status,
      statusMessage: row.status_message,
      type: row.type,
      run: row.run,
      tags: tags(row.row),
      params: params(row.row),
      metrics: metrics(row.row),
    }));
  };
  const found = (id: string): LoggedModelRow => {
    const row = database.get<LoggedModelRow>(
      "select * from mill_logged_model where id = ? and lifecycle = 'active'",
      [id],
    );
    if (row === undefined) throw unknown(`Logged model with ID '${id.slice(0, 300)}' not found.`);
    return row;
  };
  const get = (id: string): LoggedModel => made([found(id)])[0] as LoggedModel;
  return {
    get,
    create: ({ experiment, name, type = '', run = '', params = [], tags = [] }) =>
      database.transaction(() => {
        const { id: number, location, lifecycle } = experiments.get(experiment);
        if (lifecycle !== 'active')
          throw invalid(
            `The experiment ${number} must be in the 'active' state. Current state is ${lifecycle}.`,
          );
        const id = `m-${randomBytes(16).toString('hex')}`;
        const at = now();
        database.run(
          `insert into mill_logged_model
             (id, experiment, name, location, created_at, updated_at, status, status_message, type, run, lifecycle)
           values (?, ?, ?, ?, ?, ?, 'PENDING', '', ?, ?, 'active')`,
          [
            id,
            Number(number),
            name || randomName(),
            `${location.replace(/\/$/, '')}/models/${id}/artifacts`,
            at,
            at,
            type,
            run,
          ],
        );
        const { row } = found(id);
        putTags(database, 'mill_logged_model_param', row, params);
        putTags(database, 'mill_logged_model_tag', row, tags);
        return get(id);
      }),
    finalize: (id, status) =>
      database.transaction(() => {
        const { row } = found(id);
        database.run('update mill_logged_model set status = ?, updated_at = ? where row = ?', [
          status,
          now(),
          row,
        ]);
        return get(id);
      }),
    delete: (id) =>
      database.transaction(() => {
        database.run("update mill_logged_model set lifecycle = 'deleted', updated_at = ? where row = ?", [
          now(),
          found(id).row,
        ]);
      }),
    search(ask) {
      const { sql, params } = loggedModelsSql(ask);
      return pageOf(
        ask,
        (limit, offset) =>
          database.all<LoggedModelRow>(`${sql} limit ? offset ?`, [...params, limit, offset]),
        made,
      );
    },
    setTags: (id, tags) =>
      database.transaction(() => putTags(database, 'mill_logged_model_tag', found(id).row, tags)),
    deleteTag: (id, key) =>
      database.transaction(() => {
        if (!dropTag(database, 'mill_logged_model_tag', found(id).row, key))
          throw unknown(`No tag with key '${key}' found for model with ID '${id}'.`);
      }),
    logParams: (id, params) =>
      database.transaction(() => {
        const { row } = found(id);
        const there = new Map(
          tagsOf(database, 'mill_logged_model_param', [row])(row).map(({ key, value }) => [key, value]),
        );
        for (const { key, value } of params) {
          const old = there.get(key);
          if (old !== undefined && old !== value)
            throw invalid(
              `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' for model ID='${id}'.`,
            );
        }
        putTags(database, 'mill_logged_model_param', row, params);
      }),
  };
}

interface ModelMetricRow extends MetricRow {
  readonly model: number;
  readonly key: string;
  readonly run: string;
  readonly dataset_name: string | null;
  readonly dataset_digest: string | null;
}

function metricsOf(database: Database, models: readonly number[]): (model: number) => readonly ModelMetric[] {
  const rows = database.all<ModelMetricRow>(
    `select * from mill_logged_model_metric where model in (select value from json_each(?))
      order by model, key, timestamp, step, run`,
    [JSON.stringify(models)],
  );
  const found = Map.groupBy(rows, ({ model }) => model);
  return (model) =>
    (found.get(model) ?? []).map((row) => ({
      ...metricOf(row.key, row),
      run: row.run,
      ...(row.dataset_name === null ? {} : { datasetName: row.dataset_name }),
      ...(row.dataset_digest === null ? {} : { datasetDigest: row.dataset_digest }),
    }));
}
