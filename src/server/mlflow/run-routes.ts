import type { DatasetInput, RunStatus, Tag, Tracking } from '../../store/tracking/index.ts';
import type { Fields } from './fields.ts';
import { checkLength, LONGEST, tagOf } from './names.ts';
import { pageAsk, pageForm, viewOf } from './paging.ts';
import { get, post, type WireRoute } from './route.ts';
import { invalid } from './wire-error.ts';
import { runForm, runInfoForm } from './wire-forms.ts';

const statuses: readonly RunStatus[] = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];

/** `run_id`, or `run_uuid` as old clients call it. Never anything that could be a path. */
export function runId(fields: Fields): string {
  const id = fields.has('run_id') ? fields.text('run_id') : fields.text('run_uuid');
  if (id === undefined || id === '') throw fields.missing('run_id');
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(id)) throw fields.refuse('run_id', 'It is not the id of a run.');
  return id;
}

/** `runs/…`, without what is logged to one. */
export function runRoutes(tracking: () => Tracking): WireRoute[] {
  const runs = () => tracking().runs;
  return [
    post('/runs/create', ({ fields }) => {
      const name = fields.text('run_name');
      const user = fields.text('user_id');
      const startTime = fields.int('start_time');
      const tags = fields.items('tags').map((tag): Tag => tagOf(tag));
      const run = runs().create({
        experiment: fields.text('experiment_id') || '0',
        ...(name === undefined ? {} : { name }),
        ...(user === undefined ? {} : { user }),
        ...(startTime === undefined ? {} : { startTime }),
        tags,
      });
      return { run: runForm(run) };
    }),
    get('/runs/get', ({ fields }) => ({ run: runForm(runs().get(runId(fields))) })),
    post('/runs/update', ({ fields }) => {
      const status = statusOf(fields);
      const endTime = fields.int('end_time');
      const name = fields.text('run_name');
      const run = runs().update(runId(fields), {
        ...(status === undefined ? {} : { status }),
        ...(endTime === undefined ? {} : { endTime }),
        ...(name ? { name } : {}),
      });
      return { run_info: runInfoForm(run) };
    }),
    post('/runs/delete', ({ fields }) => {
      runs().delete(runId(fields));
      return {};
    }),
    post('/runs/restore', ({ fields }) => {
      runs().restore(runId(fields));
      return {};
    }),
    post('/runs/search', ({ fields }) =>
      pageForm(
        'runs',
        runs().search({
          ...pageAsk(fields, { usual: 1_000, most: 50_000 }),
          experiments: fields.texts('experiment_ids') ?? [],
          view: viewOf(fields, 'run_view_type'),
        }),
        runForm,
      ),
    ),
    post('/runs/log-inputs', ({ fields }) => {
      const models = fields.items('models').map((model) => model.wantText('model_id'));
      runs().logInputs(runId(fields), fields.items('datasets').map(datasetOf), models);
      return {};
    }),
    post('/runs/outputs', ({ fields }) => {
      const models = fields
        .items('models')
        .map((model) => ({ model: model.wantText('model_id'), step: model.int('step') ?? 0 }));
      runs().logOutputs(runId(fields), models);
      return {};
    }),
  ];
}

function statusOf(fields: Fields): RunStatus | undefined {
  if (!fields.has('status')) return undefined;
  const said = fields.wordOrNumber('status');
  const status = statuses.find((known, i) => known === said || i + 1 === said);
  if (status === undefined)
    throw invalid(`Invalid value ${JSON.stringify(said)} for parameter 'status' supplied.`);
  return status;
}

function datasetOf(input: Fields): DatasetInput {
  const dataset = input.inner('dataset');
  if (dataset === undefined) throw input.missing('dataset');
  const schema = dataset.text('schema');
  const profile = dataset.text('profile');
  return {
    name: checkLength('name', dataset.wantText('name'), LONGEST.datasetName),
    digest: checkLength('digest', dataset.wantText('digest'), LONGEST.datasetDigest),
    sourceType: dataset.wantText('source_type'),
    source: checkLength('source', dataset.wantText('source'), LONGEST.datasetSource),
    ...(schema === undefined ? {} : { schema: checkLength('schema', schema, LONGEST.datasetSchema) }),
    ...(profile === undefined ? {} : { profile }),
    tags: input.items('tags').map((tag) => ({
      key: checkLength('key', tag.wantText('key'), 255),
      value: checkLength('value', tag.text('value') ?? '', 500),
    })),
  };
}
