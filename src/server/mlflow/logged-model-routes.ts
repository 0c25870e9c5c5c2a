import type { LoggedModelStatus, Tag, Tracking } from '../../store/tracking/index.ts';
import type { Fields } from './fields.ts';
import { checkLength, checkModelName, LONGEST } from './names.ts';
import { pageBounds, pageForm } from './paging.ts';
import { del, get, patch, post, type WireRoute } from './route.ts';
import { invalid } from './wire-error.ts';
import { loggedModelForm } from './wire-forms.ts';

const statuses: Readonly<Record<string, LoggedModelStatus>> = {
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'UPLOAD_FAILED',
  1: 'PENDING',
  2: 'READY',
  3: 'UPLOAD_FAILED',
};

/** `logged-models…`: what every `log_model` of MLflow 3 begins with. */
export function loggedModelRoutes(tracking: () => Tracking): WireRoute[] {
  const models = () => tracking().loggedModels;
  return [
    post('/logged-models', ({ fields }) => {
      const experiment = fields.wantText('experiment_id');
      const name = fields.text('name');
      const type = fields.text('model_type');
      const run = fields.text('source_run_id');
      const model = models().create({
        experiment,
        ...(name ? { name: checkModelName(name) } : {}),
        ...(type ? { type } : {}),
        ...(run ? { run } : {}),
        params: fields.items('params').map(pairOf),
        tags: fields.items('tags').map(pairOf),
      });
      return { model: loggedModelForm(model) };
    }),
    post('/logged-models/search', ({ fields }) => {
      const experiments = fields.texts('experiment_ids');
      if (experiments === undefined) throw fields.missing('experiment_ids');
      const page = models().search({
        experiments,
        ...pageBounds(fields, { usual: 100, most: 1_000 }),
        datasets: fields.items('datasets').map((dataset) => {
          const digest = dataset.text('dataset_digest');
          const named = dataset.text('dataset_name');
          if (!named) throw invalid('`dataset_name` in the `datasets` clause must be specified.');
          return { name: named, ...(digest ? { digest } : {}) };
        }),
        orderBy: fields.items('order_by').map((order) => {
          const datasetName = order.text('dataset_name');
          const datasetDigest = order.text('dataset_digest');
          return {
            field: order.wantText('field_name'),
            ascending: order.has('ascending') ? order.flag('ascending') : true,
            ...(datasetName ? { datasetName } : {}),
            ...(datasetDigest ? { datasetDigest } : {}),
          };
        }),
      });
      return pageForm('models', page, loggedModelForm);
    }),
    get('/logged-models/:model', ({ params }) => ({ model: loggedModelForm(models().get(idOf(params))) })),
    patch('/logged-models/:model', ({ fields, params }) => {
      const said = fields.wordOrNumber('status');
      if (said === undefined || said === '') throw fields.missing('status');
      const status = Object.hasOwn(statuses, said) ? statuses[said] : undefined;
      if (status === undefined) throw fields.refuse('status', 'It is not the status of a logged model.');
      return { model: loggedModelForm(models().finalize(idOf(params), status)) };
    }),
    del('/logged-models/:model', ({ params }) => {
      models().delete(idOf(params));
      return {};
    }),
    patch('/logged-models/:model/tags', ({ fields, params }) => {
      models().setTags(idOf(params), fields.items('tags').map(pairOf));
      return {};
    }),
    del('/logged-models/:model/tags/:key', ({ params }) => {
      models().deleteTag(idOf(params), params['key'] ?? '');
      return {};
    }),
    post('/logged-models/:model/params', ({ fields, params }) => {
      models().logParams(idOf(params), fields.items('params').map(pairOf));
      return {};
    }),
  ];
}

const idOf = (params: Readonly<Record<string, string>>): string => params['model'] ?? '';

/** Parameters and tags of logged models may have any name. */
function pairOf(fields: Fields): Tag {
  return {
    key: checkLength('key', fields.wantText('key'), LONGEST.key),
    value: checkLength('value', fields.text('value') ?? '', LONGEST.registryTag),
  };
}
