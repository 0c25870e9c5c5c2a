import { modelVersionOf, shownAt } from '../../assets/index.ts';
import {
  addLogged,
  type Graph,
  howBuilt,
  loggedOf,
  NEVER_BUILT,
  rollback,
  type Workspace,
} from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Metric, ModelVersion, RegisteredModel, RegisteredModels } from '../../store/tracking/index.ts';
import { invalid, WireError } from './wire-error.ts';

/** The alias that readers see. */
const LIVE = 'live';

/**
 * The models of the project as registered models: their versions are the asset's versions, their aliases its aliases. What is logged to
 * one becomes a candidate. `live` moves only to a version that has passed its gates, and back; other aliases are free.
 */
export function projectModels(graph: Graph, workspace: Workspace): RegisteredModels {
  const { state, clock } = workspace;
  const remarks = () => workspace.tracking().remarks;
  const names = [...graph.nodes.values()].filter(({ kind }) => kind === 'model').map(({ name }) => name);
  const found = (name: string, number: number): Version => {
    const version = state.version(`${name}@${number}`);
    if (version?.asset === name) return version;
    throw new WireError(
      'RESOURCE_DOES_NOT_EXIST',
      `Model Version (name=${name}, version=${number}) not found`,
    );
  };
  const versionForm = (version: Version, aliases = state.aliases(version.asset)): ModelVersion => {
    const logged = loggedOf(version);
    const { asset: name, number } = version;
    const at = millis(version.createdAt);
    const source = logged?.source ?? shownAt(name, number);
    return {
      name,
      version: number,
      description: remarks().description(name, number),
      createdAt: at,
      updatedAt: at,
      stage: 'None',
      source,
      location: logged?.location ?? source,
      run: logged?.runId ?? '',
      model: logged?.modelId ?? '',
      runLink: '',
      tags: [
        ...remarks().tags(name, number),
        { key: 'millrace.status', value: version.status },
        { key: 'millrace.version', value: version.id },
      ],
      aliases: aliases.filter((alias) => alias.version === version.id).map(({ alias }) => alias),
    };
  };
  const get = (name: string): RegisteredModel => {
    const versions = state.versions(name);
    const changed = versions.map(({ createdAt }) => millis(createdAt));
    const node = graph.nodes.get(name);
    return {
      name,
      description: remarks().description(name, 0) || (node?.description ?? ''),
      createdAt: changed.at(-1) ?? 0,
      updatedAt: changed[0] ?? 0,
      tags: [...remarks().tags(name, 0), { key: 'millrace.asset', value: name }],
      aliases: state.aliases(name).map(({ alias, version }) => ({
        alias,
        version: Number(version.slice(version.lastIndexOf('@') + 1)),
      })),
    };
  };
  const kept = (name: string, what: string, ...todo: readonly string[]) => {
    const said = `'${name}' is a model of the project ${graph.name}: ${what}.`;
    return new WireError('INVALID_PARAMETER_VALUE', [said, ...todo].join(' '));
  };
  return {
    get,
    create(name) {
      throw new WireError('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`);
    },
    rename(name) {
      throw kept(name, 'it is renamed where it is declared');
    },
    delete(name) {
      throw kept(name, 'it is taken out where it is declared');
    },
    describe(name, description) {
      remarks().describe(name, 0, description);
      return get(name);
    },
    all: () => names.map(get),
    versions: (name) =>
      (name === undefined ? names : [name]).flatMap((asset) => {
        const aliases = state.aliases(asset);
        return state.versions(asset).map((version) => versionForm(version, aliases));
      }),
    setTag(name, tag) {
      refuseOwn(tag.key);
      remarks().setTag(name, 0, tag);
    },
    deleteTag(name, key) {
      refuseOwn(key);
      remarks().deleteTag(name, 0, key);
    },
    setAlias(name, alias, number) {
      state.transaction(() => {
        const version = found(name, number);
        if (alias !== LIVE) {
          if (state.live(name, alias)?.id === version.id) return;
          state.moveAlias(name, version.id, clock.now(), 'MLflow', alias);
          return;
        }
        if (state.live(name)?.id === version.id) return;
        if (loggedOf(version) !== undefined)
          throw kept(name, `${version.id} ${NEVER_BUILT}, so it cannot be made live`, howBuilt(name));
        if (version.status === 'candidate')
          throw kept(name, `${version.id} has not passed its gates, so it cannot be made live`);
        rollback(workspace, name, version.id);
      });
    },
    deleteAlias(name, alias) {
      if (alias === LIVE) throw kept(name, "its alias 'live' is moved, never taken away");
      state.dropAlias(name, alias);
    },
    byAlias(name, alias) {
      const version = state.live(name, alias);
      if (version === undefined)
        throw new WireError('INVALID_PARAMETER_VALUE', `Registered model alias ${alias} not found.`);
      return versionForm(version);
    },
    createVersion(name, { source, location = source, run = '', model = '', description = '', tags = [] }) {
      const version = addLogged(workspace, name, { modelId: model, runId: run, source, location });
      // A copy comes with what was said of the version that it is copied from.
      for (const tag of tags) if (!isOwn(tag.key)) remarks().setTag(name, version.number, tag);
      if (description !== '') remarks().describe(name, version.number, description);
      return versionForm(version);
    },
    version: (name, number) => versionForm(found(name, number)),
    describeVersion(name, number, description) {
      const version = found(name, number);
      remarks().describe(name, number, description);
      return versionForm(version);
    },
    moveVersion(name) {
      throw kept(name, "it has no stages; set its alias 'live'");
    },
    deleteVersion(name) {
      throw kept(name, 'its versions are kept as long as something needs them');
    },
    setVersionTag(name, number, tag) {
      refuseOwn(tag.key);
      found(name, number);
      remarks().setTag(name, number, tag);
    },
    deleteVersionTag(name, number, key) {
      refuseOwn(key);
      found(name, number);
      remarks().deleteTag(name, number, key);
    },
  };
}

/** Whether a tag is our own word on a model or version: it is not kept, but told as it is. */
const isOwn = (key: string): boolean => key.startsWith('millrace.');

function refuseOwn(key: string): void {
  if (isOwn(key))
    throw invalid(
      `'${key}' is said by Millrace itself: a tag of others has a name that does not begin with 'millrace.'.`,
    );
}

/** The figures by which a built version was judged, as metrics. */
export function figuresOf(version: Version): Metric[] {
  if (version.kind !== 'model' || loggedOf(version) !== undefined) return [];
  const { rows, figures } = modelVersionOf(version).evaluation;
  const timestamp = millis(version.createdAt);
  return Object.entries({ ...figures, rows }).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value, timestamp, step: 0 }],
  );
}

const millis = (instant: number): number => Math.floor(instant / 1000);
