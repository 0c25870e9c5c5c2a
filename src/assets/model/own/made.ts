import { bug } from '../../../base/index.ts';
import type { Node } from '../../../graph/index.ts';
import type { SearchSpec } from '../search/index.ts';
import type { ModelBody, TrainerSpec } from '../spec.ts';
import type { Trainer } from '../train/index.ts';
import { type CreateTrainer, guarded } from './guarded.ts';

/** The project's own trainer that a declaration names, be it searched or not; undefined where it is one of ours. */
export function ownIn({
  trainer,
  options,
  own,
}: TrainerSpec): { name: string; revision: number } | undefined {
  if (trainer !== 'search') return own === undefined ? undefined : { name: trainer, revision: own };
  const { of, own: searched } = options as unknown as SearchSpec;
  return searched === undefined ? undefined : { name: of, revision: searched };
}

/**
 * How the project's own trainer of a model is made. Undefined where the trainer is one of ours, and where the model is declared with another
 * trainer now, or with another revision of it.
 */
export function createOf(
  node: Node<ModelBody> | undefined,
  trainer = node?.body.trainer,
): CreateTrainer | undefined {
  const [wanted, now] = [trainer && ownIn(trainer), node && ownIn(node.body.trainer)];
  if (wanted === undefined || wanted.name !== now?.name || wanted.revision !== now.revision) return undefined;
  return node?.asset['~'].compute as CreateTrainer | undefined;
}

/** @throws MILL_TRAINER_INVALID, MILL_TRAIN_OPTION_INVALID */
export function makeOwn({ trainer, options }: TrainerSpec, create: CreateTrainer | undefined): Trainer {
  if (create === undefined) throw bug(`Nobody brought the project's own trainer '${trainer}'.`);
  return guarded(trainer, create, options);
}
