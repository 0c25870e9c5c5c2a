import type { ModelVersion, Tag, Tracking } from '../../store/tracking/index.ts';
import type { Fields } from './fields.ts';
import { type Source, sourceOf } from './model-source.ts';
import { checkAlias, checkFreeAlias, checkModelName, LONGEST, tagOf, versionNumber } from './names.ts';
import { pageAsk, pageForm } from './paging.ts';
import { checkRegistrable, noteRegistration } from './registrations.ts';
import type { Registry } from './registry.ts';
import { del, get, patch, post, type WireRoute } from './route.ts';
import { invalid } from './wire-error.ts';
import { modelVersionForm, registeredModelForm } from './wire-forms.ts';

const stages: readonly string[] = ['None', 'Staging', 'Production', 'Archived'];

/** `registered-models/…` and `model-versions/…` */
export function registryRoutes(registry: Registry, tracking: () => Tracking): WireRoute[] {
  const nameOf = (fields: Fields): string => checkModelName(fields.wantText('name'));
  const model = (name: string): object =>
    registeredModelForm(registry.of(name).get(name), registry.newest(name));
  const version = (found: ModelVersion): object => modelVersionForm(found, registry.behind(found));
  const numberOf = (fields: Fields): number => versionNumber(fields.wantText('version'));
  const newest: WireRoute['answer'] = ({ fields }) => {
    const name = nameOf(fields);
    registry.of(name).get(name);
    const asked = (fields.texts('stages', true) ?? []).map(stageOf);
    return {
      model_versions: registry
        .newest(name)
        .filter(({ stage }) => asked.length === 0 || asked.includes(stage))
        .map(version),
    };
  };
  const models: WireRoute[] = [
    post('/registered-models/create', ({ fields }) => {
      const name = nameOf(fields);
      const tags = fields.items('tags').map((tag) => tagOf(tag, LONGEST.registryTag));
      registry.of(name).create(name, { description: fields.text('description') ?? '', tags });
      return { registered_model: model(name) };
    }),
    get('/registered-models/get', ({ fields }) => ({ registered_model: model(nameOf(fields)) })),
    patch('/registered-models/update', ({ fields }) => {
      const name = nameOf(fields);
      registry.of(name).describe(name, fields.text('description') ?? '');
      return { registered_model: model(name) };
    }),
    post('/registered-models/rename', ({ fields }) => {
      const name = nameOf(fields);
      const to = checkModelName(fields.wantText('new_name'));
      if (registry.isOfProject(to)) throw invalid(`'${to}' is a model of the project.`);
      registry.of(name).rename(name, to);
      return { registered_model: model(to) };
    }),
    del('/registered-models/delete', ({ fields }) => {
      const name = nameOf(fields);
      registry.of(name).delete(name);
      return {};
    }),
    get('/registered-models/search', ({ fields }) =>
      pageForm('registered_models', registry.search(pageAsk(fields, { usual: 100, most: 1_000 })), (found) =>
        registeredModelForm(found, registry.newest(found.name)),
      ),
    ),
    get('/registered-models/get-latest-versions', newest),
    post('/registered-models/get-latest-versions', newest),
    post('/registered-models/set-tag', ({ fields }) => {
      const name = nameOf(fields);
      registry.of(name).setTag(name, tagOf(fields, LONGEST.registryTag));
      return {};
    }),
    del('/registered-models/delete-tag', ({ fields }) => {
      const name = nameOf(fields);
      registry.of(name).deleteTag(name, fields.wantText('key'));
      return {};
    }),
    post('/registered-models/alias', ({ fields }) => {
      const name = nameOf(fields);
      const alias = checkFreeAlias(fields.wantText('alias'));
      registry.of(name).setAlias(name, alias, numberOf(fields));
      return {};
    }),
    del('/registered-models/alias', ({ fields }) => {
      const name = nameOf(fields);
      registry.of(name).deleteAlias(name, checkAlias(fields.wantText('alias')));
      return {};
    }),
    get('/registered-models/alias', ({ fields }) => {
      const name = nameOf(fields);
      const alias = checkAlias(fields.wantText('alias'));
      if (alias.toLowerCase() !== 'latest')
        return { model_version: version(registry.of(name).byAlias(name, alias)) };
      const [last] = registry.of(name).versions(name);
      if (last === undefined) {
        registry.of(name).get(name);
        throw invalid(`Latest version not found for model ${name}.`);
      }
      return { model_version: version(last) };
    }),
  ];
  const versions: WireRoute[] = [
    post('/model-versions/create', ({ fields }) => {
      const name = nameOf(fields);
      const said = fields.wantText('source');
      const tags = fields.items('tags').map((tag) => tagOf(tag, LONGEST.registryTag));
      const [run, logged] = [fields.text('run_id') || undefined, fields.text('model_id') || undefined];
      const more = {
        runLink: fields.text('run_link') ?? '',
        description: fields.text('description') ?? '',
        tags,
      };
      const made = tracking().transaction(() => {
        const source = isPrompt(tags)
          ? promptSource(said)
          : sourceOf({ source: said, run, model: logged }, tracking(), registry);
        if (source.model !== '') checkRegistrable(tracking(), source.model, name);
        const created = registry.of(name).createVersion(name, { ...source, ...more });
        if (source.model !== '') noteRegistration(tracking(), source.model, created);
        return created;
      });
      return { model_version: version(made) };
    }),
    get('/model-versions/get', ({ fields }) => {
      const name = nameOf(fields);
      return { model_version: version(registry.of(name).version(name, numberOf(fields))) };
    }),
    get('/model-versions/search', ({ fields }) =>
      pageForm(
        'model_versions',
        registry.searchVersions(pageAsk(fields, { usual: 200_000, most: 200_000 })),
        version,
      ),
    ),
    patch('/model-versions/update', ({ fields }) => {
      const name = nameOf(fields);
      const number = numberOf(fields);
      const description = fields.text('description');
      const owner = registry.of(name);
      return {
        model_version: version(
          description === undefined
            ? owner.version(name, number)
            : owner.describeVersion(name, number, description),
        ),
      };
    }),
    del('/model-versions/delete', ({ fields }) => {
      const name = nameOf(fields);
      registry.of(name).deleteVersion(name, numberOf(fields));
      return {};
    }),
    post('/model-versions/transition-stage', ({ fields }) => {
      const name = nameOf(fields);
      const number = numberOf(fields);
      const stage = stageOf(fields.wantText('stage'));
      const archive = fields.flag('archive_existing_versions');
      if (archive && stage !== 'Staging' && stage !== 'Production')
        throw invalid(
          `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
        );
      return { model_version: version(registry.of(name).moveVersion(name, number, stage, archive)) };
    }),
    get('/model-versions/get-download-uri', ({ fields }) => {
      const name = nameOf(fields);
      return { artifact_uri: registry.of(name).version(name, numberOf(fields)).location };
    }),
    post('/model-versions/set-tag', ({ fields }) => {
      const name = nameOf(fields);
      registry.of(name).setVersionTag(name, numberOf(fields), tagOf(fields, LONGEST.registryTag));
      return {};
    }),
    del('/model-versions/delete-tag', ({ fields }) => {
      const name = nameOf(fields);
      registry.of(name).deleteVersionTag(name, numberOf(fields), fields.wantText('key'));
      return {};
    }),
  ];
  return [...models, ...versions];
}

function stageOf(stage: string): string {
  const found = stages.find((known) => known.toLowerCase() === stage.toLowerCase());
  if (found === undefined)
    throw invalid(`Invalid Model Version stage: ${stage}. Value must be one of ${stages.join(', ')}.`);
  return found;
}

const isPrompt = (tags: readonly Tag[]): boolean =>
  tags.findLast(({ key }) => key === 'mlflow.prompt.is_prompt')?.value.toLowerCase() === 'true';

/** A prompt has no files; its source is a word. */
function promptSource(source: string): Source {
  if (!/^[\w-]{1,64}$/.test(source))
    throw invalid(`Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`);
  return { source, location: source, run: '', model: '' };
}
