import type { Tracking } from '../../store/tracking/index.ts';
import { checkExperimentName, checkLocation, LONGEST, tagOf } from './names.ts';
import { pageAsk, pageForm, viewOf } from './paging.ts';
import { get, post, type WireRoute } from './route.ts';
import { experimentForm } from './wire-forms.ts';

/** `experiments/…` */
export function experimentRoutes(tracking: () => Tracking): WireRoute[] {
  const experiments = () => tracking().experiments;
  const search: WireRoute['answer'] = ({ fields }) =>
    pageForm(
      'experiments',
      experiments().search({
        ...pageAsk(fields, { usual: 1_000, most: 50_000 }),
        view: viewOf(fields, 'view_type'),
      }),
      experimentForm,
    );
  return [
    post('/experiments/create', ({ fields }) => {
      const name = checkExperimentName(fields.wantText('name'));
      const location = fields.text('artifact_location') || undefined;
      const tags = fields.items('tags').map((tag) => tagOf(tag, LONGEST.experimentTag));
      return {
        experiment_id: experiments().create(name, {
          ...(location === undefined ? {} : { location: checkLocation(location) }),
          tags,
        }),
      };
    }),
    get('/experiments/get', ({ fields }) => ({
      experiment: experimentForm(experiments().get(fields.wantText('experiment_id'))),
    })),
    get('/experiments/get-by-name', ({ fields }) => ({
      experiment: experimentForm(experiments().byName(fields.wantText('experiment_name'))),
    })),
    get('/experiments/search', search),
    post('/experiments/search', search),
    post('/experiments/update', ({ fields }) => {
      const id = fields.wantText('experiment_id');
      experiments().rename(id, checkExperimentName(fields.wantText('new_name')));
      return {};
    }),
    post('/experiments/delete', ({ fields }) => {
      experiments().delete(fields.wantText('experiment_id'));
      return {};
    }),
    post('/experiments/restore', ({ fields }) => {
      experiments().restore(fields.wantText('experiment_id'));
      return {};
    }),
    post('/experiments/set-experiment-tag', ({ fields }) => {
      const id = fields.wantText('experiment_id');
      experiments().setTag(id, tagOf(fields, LONGEST.experimentTag));
      return {};
    }),
    post('/experiments/delete-experiment-tag', ({ fields }) => {
      experiments().deleteTag(fields.wantText('experiment_id'), fields.wantText('key'));
      return {};
    }),
  ];
}
