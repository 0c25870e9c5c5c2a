import type { Graph, Workspace } from '../../graph/index.ts';
import {
  type LoggedModel,
  type ModelVersion,
  nameAsked,
  type Page,
  type PageAsk,
  type RegisteredModel,
  type RegisteredModels,
  searchModels,
  searchVersions,
} from '../../store/tracking/index.ts';
import { figuresOf, projectModels } from './project-models.ts';

/** All registered models behind one face: those of the project, and those that only MLflow knows. */
export interface Registry {
  /** Who keeps the models of a name. A name that the project has is never anybody else's. */
  of(name: string): RegisteredModels;
  isOfProject(name: string): boolean;
  search(ask: PageAsk): Page<RegisteredModel>;
  searchVersions(ask: PageAsk): Page<ModelVersion>;
  /** The newest version of a model in each stage. */
  newest(name: string): readonly ModelVersion[];
  /** What is known of the model behind a version: parameters and metrics. */
  behind(version: ModelVersion): LoggedModel | undefined;
}

export function openRegistry(graph: Graph, workspace: Workspace): Registry {
  const own = projectModels(graph, workspace);
  const others = (): RegisteredModels => workspace.tracking().registry;
  const isOfProject = (name: string): boolean => graph.nodes.get(name)?.kind === 'model';
  const of = (name: string): RegisteredModels => (isOfProject(name) ? own : others());
  const foreign = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ name }) => !isOfProject(name));
  return {
    of,
    isOfProject,
    search: (ask) => searchModels([...own.all(), ...foreign(others().all())], ask),
    searchVersions(ask) {
      const name = nameAsked(ask.filter);
      const versions =
        name === undefined ? [...own.versions(), ...foreign(others().versions())] : of(name).versions(name);
      return searchVersions(versions, ask);
    },
    newest: (name) =>
      [...Map.groupBy(of(name).versions(name), ({ stage }) => stage).values()].flatMap((group) =>
        group.slice(0, 1),
      ),
    behind(version) {
      const { name, version: number, model } = version;
      const built = isOfProject(name) ? workspace.state.version(`${name}@${number}`) : undefined;
      const figures = built === undefined ? [] : figuresOf(built);
      if (figures.length > 0)
        return { ...nothing, metrics: figures.map((metric) => ({ ...metric, run: '' })) };
      if (model === '') return undefined;
      try {
        return workspace.tracking().loggedModels.get(model);
      } catch {
        return undefined;
      }
    },
  };
}

const nothing: LoggedModel = {
  id: '',
  experiment: '',
  name: '',
  location: '',
  createdAt: 0,
  updatedAt: 0,
  status: 'READY',
  statusMessage: '',
  type: '',
  run: '',
  tags: [],
  params: [],
  metrics: [],
};
