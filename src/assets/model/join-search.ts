import { type JsonObject, MillraceError } from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import { fitContext } from './fit-context.ts';
import { planInputs } from './inputs.ts';
import { fitInput, readLabelled } from './labelled.ts';
import { createOf } from './own/index.ts';
import { bestOf, type SearchSpec, searchOn, type Trial } from './search/index.ts';
import type { ModelBody, TrainingSetBody } from './spec.ts';
import { searchedBy, trainerOf } from './trainers.ts';

/** How far a search is. */
export interface SearchProgress {
  readonly trials: number;
  readonly settled: readonly Trial[];
  readonly best: Trial | undefined;
}

/**
 * Works on the search of a model beside whoever else does, until all of its trials are settled: on the training set that is live. Nothing is built;
 * the next run finds the trials done.
 * @throws MILL_SEARCH_NOTHING when the model's trainer is no search, or its training set is not live
 */
export async function joinSearch(
  graph: Graph,
  workspace: Workspace,
  node: Node<ModelBody>,
  onTrial: (trial: Trial, progress: SearchProgress) => void,
  signal?: AbortSignal,
): Promise<SearchProgress> {
  const { body, name } = node;
  const training = graph.nodes.get(body.trainingSet) as Node<TrainingSetBody>;
  const live = workspace.state.live(body.trainingSet);
  if (body.trainer.trainer !== 'search' || live === undefined)
    throw new MillraceError({
      code: 'MILL_SEARCH_NOTHING',
      message:
        live === undefined
          ? `${body.trainingSet}, which ${name} learns from, is not live yet.`
          : `The trainer of ${name} is ${body.trainer.trainer}: nothing is searched.`,
      todo:
        live === undefined
          ? `Run \`millrace run ${body.trainingSet}\` first.`
          : 'Declare it with trainer: search(…), or train it with `millrace run`.',
      owner: 'project',
      asset: name,
    });
  const spec = body.trainer.options as unknown as SearchSpec;
  const labelled = await readLabelled(
    workspace,
    live,
    training.body,
    planInputs(graph, node, training.body.inputs).plan,
  );
  const context = fitContext(workspace, node, training.body, live, labelled);
  const { study } = context;
  const progress = (): SearchProgress => {
    const settled = study.trials(spec.trials).filter(({ status }) => status !== 'running');
    return { trials: spec.trials, settled, best: bestOf(settled) };
  };
  const trainerAt = (point: JsonObject) =>
    trainerOf(searchedBy(spec, { ...spec.fixed, ...point }), createOf(node));
  const watched = {
    ...context,
    onTrial(trial: Trial) {
      context.onTrial(trial);
      onTrial(trial, progress());
    },
  };
  const rows = { ...fitInput(body, labelled), ...(signal === undefined ? {} : { signal }) };
  await searchOn(study, spec, trainerAt, rows, watched);
  return progress();
}
