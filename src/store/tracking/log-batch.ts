import type { Database } from '../database.ts';
import { putTags } from './tags.ts';
import type { Batch, Metric, Tag } from './tracking.port.ts';
import { invalid, unknown } from './tracking-problem.ts';

/** The tag under which MLflow keeps the name of a run. */
export const NAME_TAG = 'mlflow.runName';

/** Which run a batch is of: its row, and its id for what others read. */
export interface BatchOf {
  readonly row: number;
  readonly id: string;
}

interface Latest {
  readonly id: number;
  step: number;
  timestamp: number;
  value: number;
  nan: number;
}

/** Writes a batch within the transaction under way. */
export function logBatch(
  database: Database,
  run: BatchOf,
  { metrics = [], params = [], tags = [] }: Batch,
): void {
  logParams(database, run, params);
  logMetrics(database, run, metrics);
  putTags(database, 'mill_run_tag', run.row, tags);
  const name = tags.findLast(({ key }) => key === NAME_TAG)?.value;
  if (name !== undefined) database.run('update mill_tracked_run set name = ? where row = ?', [name, run.row]);
}

function logParams(database: Database, { row, id }: BatchOf, params: readonly Tag[]): void {
  const changed: string[] = [];
  for (const { key, value } of params) {
    const added = database.run('insert or ignore into mill_param (run, key, value) values (?, ?, ?)', [
      row,
      key,
      value,
    ]);
    if (added === 1) continue;
    const old = database.get<{ value: string }>('select value from mill_param where run = ? and key = ?', [
      row,
      key,
    ])?.value;
    if (old !== value) changed.push(`{'key': '${key}', 'old_value': '${old}', 'new_value': '${value}'}`);
  }
  if (changed.length > 0)
    throw invalid(
      `Changing param values is not allowed. Params were already logged='[${changed.join(', ')}]' for run ID='${id}'.`,
    );
}

function logMetrics(database: Database, run: BatchOf, metrics: readonly Metric[]): void {
  const touched = new Map<string, Latest>();
  for (const metric of metrics) {
    const { key, timestamp, step } = metric;
    const nan = Number.isNaN(metric.value) ? 1 : 0;
    const value = nan === 1 ? 0 : metric.value;
    const row = { timestamp, step, value, nan };
    let latest = touched.get(key);
    if (latest === undefined) {
      latest = latestOf(database, run.row, key, row);
      touched.set(key, latest);
    }
    database.run(
      'insert or ignore into mill_metric (latest, timestamp, step, value, nan) values (?, ?, ?, ?, ?)',
      [latest.id, timestamp, step, value, nan],
    );
    if (isLater(row, latest)) Object.assign(latest, row);
    if (metric.model !== undefined) logModelMetric(database, run.id, metric.model, metric, row);
  }
  for (const { id, step, timestamp, value, nan } of touched.values())
    database.run('update mill_latest set step = ?, timestamp = ?, value = ?, nan = ? where id = ?', [
      step,
      timestamp,
      value,
      nan,
      id,
    ]);
}

/** The row of a key's latest value, made from its first one if there is none. */
function latestOf(database: Database, run: number, key: string, first: Omit<Latest, 'id'>): Latest {
  const find = () =>
    database.get<Latest>(
      'select id, step, timestamp, value, nan from mill_latest where run = ? and key = ?',
      [run, key],
    );
  const there = find();
  if (there !== undefined) return there;
  database.run('insert into mill_latest (run, key, step, timestamp, value, nan) values (?, ?, ?, ?, ?, ?)', [
    run,
    key,
    first.step,
    first.timestamp,
    first.value,
    first.nan,
  ]);
  return find() as Latest;
}

/** By step, then timestamp, then value, as MLflow's SQL store has it; a NaN counts as 0. */
export function isLater(a: Omit<Latest, 'id'>, b: Omit<Latest, 'id'>): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp;
  return a.value > b.value;
}

function logModelMetric(
  database: Database,
  run: string,
  model: string,
  {
    key,
    datasetName = null,
    datasetDigest = null,
  }: Omit<Metric, 'datasetName' | 'datasetDigest'> & {
    datasetName?: string | null;
    datasetDigest?: string | null;
  },
  { timestamp, step, value, nan }: Omit<Latest, 'id'>,
): void {
  const row = database.get<{ row: number }>('select row from mill_logged_model where id = ?', [model])?.row;
  if (row === undefined) throw unknown(`Logged model with ID '${model}' not found.`);
  database.run(
    `insert or ignore into mill_logged_model_metric
       (model, key, timestamp, step, run, value, nan, dataset_name, dataset_digest) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [row, key, timestamp, step, run, value, nan, datasetName, datasetDigest],
  );
}
