import type { Metric, Tag, Tracking } from '../../store/tracking/index.ts';
import type { Fields } from './fields.ts';
import { checkKey, checkLength, cut, cutTag, HISTORY, LONGEST } from './names.ts';
import { pageForm } from './paging.ts';
import { listIn, readJson } from './read-json.ts';
import { get, post, type WireRoute } from './route.ts';
import { runId } from './run-routes.ts';
import { invalid } from './wire-error.ts';
import { metricForm } from './wire-forms.ts';

const MOST_METRICS = 1_000;
const MOST_PARAMS = 100;
const MOST_TAGS = 100;
/** Of a batch in all. */
const MOST_ITEMS = 1_000;
/** Runs that one question about a metric may name, and the points it gets. */
const MOST_RUNS = 100;
const MOST_POINTS = 25_000;

/** What is logged to a run, and read of its metrics. */
export function logRoutes(tracking: () => Tracking): WireRoute[] {
  const runs = () => tracking().runs;
  return [
    post('/runs/log-metric', ({ fields }) => {
      const id = runId(fields);
      runs().log(id, { metrics: [metricOf(fields)] });
      return {};
    }),
    post('/runs/log-parameter', ({ fields }) => {
      const id = runId(fields);
      runs().log(id, { params: [paramOf(fields)] });
      return {};
    }),
    post('/runs/set-tag', ({ fields }) => {
      const id = runId(fields);
      runs().log(id, { tags: [cutTag(fields)] });
      return {};
    }),
    post('/runs/delete-tag', ({ fields }) => {
      runs().deleteTag(runId(fields), fields.wantText('key'));
      return {};
    }),
    post('/runs/log-batch', ({ fields }) => {
      const id = runId(fields);
      const metrics = fields.items('metrics').map(metricOf);
      const params = fields.items('params').map(paramOf);
      const tags = fields.items('tags').map(cutTag);
      atMost('metrics', metrics.length, MOST_METRICS);
      atMost('params', params.length, MOST_PARAMS);
      atMost('tags', tags.length, MOST_TAGS);
      atMost('metrics, params, and tags', metrics.length + params.length + tags.length, MOST_ITEMS);
      refuseDoubles(params);
      runs().log(id, { metrics, params, tags });
      return {};
    }),
    post('/runs/log-model', ({ fields }) => {
      const id = runId(fields);
      const model = loggedModel(fields.wantText('model_json'));
      // Another server may add to the same list.
      tracking().transaction(() => {
        const { tags } = runs().get(id);
        const before = listIn(tags.find(({ key }) => key === HISTORY)?.value);
        const value = checkLength('value', JSON.stringify([...before, model]), LONGEST.history);
        runs().log(id, { tags: [{ key: HISTORY, value }] });
      });
      return {};
    }),
    get('/metrics/get-history', ({ fields }) => {
      const key = fields.wantText('metric_key');
      const most = fields.int('max_results');
      if (most !== undefined && most <= 0)
        throw invalid(
          `Invalid value ${most} for parameter 'max_results' supplied. It must be a positive integer.`,
        );
      const token = fields.text('page_token');
      const page = runs().history(runId(fields), key, {
        ...(most === undefined ? {} : { most }),
        ...(token ? { token } : {}),
      });
      return pageForm('metrics', page, metricForm);
    }),
    get('/metrics/get-history-bulk', ({ fields }) => {
      const ids = (fields.texts('run_id', true) ?? []).toSorted();
      if (ids.length === 0) throw invalid('GetMetricHistoryBulk request must specify at least one run_id.');
      if (ids.length > MOST_RUNS)
        throw invalid(
          `GetMetricHistoryBulk request cannot specify more than ${MOST_RUNS} run_ids. Received ${ids.length} run_ids.`,
        );
      const key = fields.text('metric_key');
      if (key === undefined) throw invalid('GetMetricHistoryBulk request must specify a metric_key.');
      const most = Math.min(fields.int('max_results') ?? MOST_POINTS, MOST_POINTS);
      const metrics: object[] = [];
      for (const id of ids) {
        if (metrics.length >= most) break;
        const { items } = runs().history(id, key, { most: most - metrics.length });
        metrics.push(...items.map((metric) => ({ ...metricForm(metric), run_id: id })));
      }
      return { metrics };
    }),
  ];
}

function metricOf(fields: Fields): Metric {
  const key = checkLength('Metric name', checkKey(fields, fields.wantText('key'), 'name'), LONGEST.key);
  const value = fields.wantDouble('value');
  const timestamp = fields.wantInt('timestamp');
  if (timestamp < 0)
    throw fields.refuse(
      'timestamp',
      `metric '${key}' (value=${value}). Timestamp must be a nonnegative long (64-bit integer) `,
    );
  const model = fields.text('model_id');
  const datasetName = fields.text('dataset_name');
  const datasetDigest = fields.text('dataset_digest');
  return {
    key,
    value,
    timestamp,
    step: fields.int('step') ?? 0,
    ...(model ? { model } : {}),
    ...(datasetName ? { datasetName } : {}),
    ...(datasetDigest ? { datasetDigest } : {}),
  };
}

/** A value that is longer than is kept is cut, as MLflow cuts it. */
function paramOf(fields: Fields): Tag {
  const key = checkLength('Param key', checkKey(fields, fields.wantText('key')), LONGEST.key);
  return { key, value: cut(fields.text('value') ?? '', LONGEST.param) };
}

function atMost(what: string, count: number, most: number): void {
  if (count > most)
    throw invalid(
      `A batch logging request can contain at most ${most} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
}

function refuseDoubles(params: readonly Tag[]): void {
  const keys = params.map(({ key }) => key);
  const doubles = [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))];
  if (doubles.length > 0)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${doubles.map((key) => `'${key}'`).join(', ')}]. Please ensure the request contains only one param value per param key.`,
    );
}

/** What MLflow keeps in the tag of a model's description: its place, kinds and time. */
function loggedModel(text: string): object {
  const model = readJson(text);
  if (model === undefined)
    throw invalid(`Malformed model info. \n ${text.slice(0, 500)} \n is not a valid JSON.`);
  const said = typeof model === 'object' && model !== null ? (model as Record<string, unknown>) : {};
  const missing = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter(
    (name) => !Object.hasOwn(said, name),
  );
  if (missing.length > 0)
    throw invalid(
      `Model json is missing mandatory fields: {${missing.map((name) => `'${name}'`).join(', ')}}`,
    );
  return said;
}
