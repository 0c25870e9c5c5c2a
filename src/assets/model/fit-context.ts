import { fingerprint } from '../../base/index.ts';
import type { Node, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Labelled } from './labelled.ts';
import { type SearchSpec, studyInState, trackTrial } from './search/index.ts';
import type { ModelBody, TrainingSetBody } from './spec.ts';
import type { FitContext } from './train/index.ts';

/** What surrounds the training of a model: whom rows are about and when, and the trials of its search, which outlive the process. */
export function fitContext(
  { state, tracking }: Pick<Workspace, 'state' | 'tracking'>,
  { name, body }: Node<ModelBody>,
  { labels }: TrainingSetBody,
  trainingSet: Version,
  { at, entities, groups }: Labelled,
): FitContext & Required<Pick<FitContext, 'study' | 'onTrial'>> {
  const { trainer, seed } = body;
  // The same rows, trainer and seed: the same trials, of which more go on from those that are there.
  const { trials: _, ...options } = trainer.options;
  const print = fingerprint({ rows: trainingSet.fingerprint, trainer: { ...trainer, options }, seed });
  const study = `${name} ${print}`;
  return {
    at,
    knownAfter: labels.knownAfter,
    entities: groups ?? entities,
    study: studyInState(state.trials, study),
    onTrial: (trial) => trackTrial(tracking(), name, study, trainer.options as unknown as SearchSpec, trial),
  };
}
