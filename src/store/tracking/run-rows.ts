import type { Database } from '../database.ts';
import { tagsOf } from './tags.ts';
import type {
  DatasetInput,
  Lifecycle,
  Metric,
  ModelOutput,
  RunStatus,
  Tag,
  TrackedRun,
} from './tracking.port.ts';

/** A tracked run as its table has it. `row` stands for it in all others. */
export interface RunRow {
  readonly row: number;
  readonly id: string;
  readonly experiment: number;
  readonly name: string;
  readonly user: string;
  readonly status: RunStatus;
  readonly start_time: number | null;
  readonly end_time: number | null;
  readonly location: string;
  readonly lifecycle: Lifecycle;
}

export interface MetricRow {
  readonly timestamp: number;
  readonly step: number;
  readonly value: number;
  readonly nan: number;
}

export const metricOf = (key: string, { timestamp, step, value, nan }: MetricRow): Metric => ({
  key,
  value: nan === 1 ? Number.NaN : value,
  timestamp,
  step,
});

/** Rows with all that hangs on them: one query a table, however many there are. */
export function runsOf(database: Database, rows: readonly RunRow[]): TrackedRun[] {
  const of = rows.map(({ row }) => row);
  const params = tagsOf(database, 'mill_param', of);
  const tags = tagsOf(database, 'mill_run_tag', of);
  const grouped = <R extends { run: number }>(sql: string): ((row: number) => readonly R[]) => {
    const found = new Map<number, R[]>();
    for (const row of database.all<R>(sql, [JSON.stringify(of)])) {
      const others = found.get(row.run);
      if (others === undefined) found.set(row.run, [row]);
      else others.push(row);
    }
    return (row) => found.get(row) ?? [];
  };
  const those = 'run in (select value from json_each(?))';
  const metrics = grouped<MetricRow & { run: number; key: string }>(
    `select run, key, timestamp, step, value, nan from mill_latest where ${those} order by run, key`,
  );
  const datasets = grouped<DatasetRow>(
    `select i.run, i.tags, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
       from mill_dataset_input i join mill_dataset d on d.id = i.dataset where i.${those} order by i.run, d.id`,
  );
  const modelInputs = grouped<{ run: number; model: string }>(
    `select run, model from mill_model_input where ${those} order by run, position`,
  );
  const modelOutputs = grouped<ModelOutput & { run: number }>(
    `select run, model, step from mill_model_output where ${those} order by run, position`,
  );
  return rows.map(({ row, experiment, start_time, end_time, ...rest }) => ({
    id: rest.id,
    experiment: String(experiment),
    name: rest.name,
    user: rest.user,
    status: rest.status,
    startTime: start_time,
    endTime: end_time,
    location: rest.location,
    lifecycle: rest.lifecycle,
    metrics: metrics(row).map((metric) => metricOf(metric.key, metric)),
    params: params(row),
    tags: tags(row),
    datasets: datasets(row).map(datasetOf),
    modelInputs: modelInputs(row).map(({ model }) => model),
    modelOutputs: modelOutputs(row).map(({ model, step }) => ({ model, step })),
  }));
}

interface DatasetRow {
  readonly run: number;
  readonly tags: string;
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
}

function datasetOf({ tags, name, digest, source_type, source, schema, profile }: DatasetRow): DatasetInput {
  return {
    name,
    digest,
    sourceType: source_type,
    source,
    ...(schema === null ? {} : { schema }),
    ...(profile === null ? {} : { profile }),
    tags: JSON.parse(tags) as Tag[],
  };
}
