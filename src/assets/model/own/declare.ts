import { type JsonObject, MillraceError } from '../../../base/index.ts';
import type { TrainerSpec } from '../spec.ts';
import type { Trainer } from '../train/index.ts';
import { type CreateTrainer, guarded } from './guarded.ts';

/** A use of a trainer in a declaration: in plain form, and for one of the project's own how it is made. */
export interface DeclaredTrainer {
  readonly '~': TrainerSpec;
  readonly '~create'?: CreateTrainer;
}

/** A trainer of the project's own, to be used like ours. */
export interface OwnTrainer<Options extends object> {
  (options: Options): DeclaredTrainer;
  /** The trainer as runs use it, checks included: for tests, and for the conformance suite. */
  open(options: Options): Trainer;
}

/** Names that declarations use for something else. */
const TAKEN = [
  ...['gbdt', 'logistic', 'linear', 'isolationForest', 'factorization', 'baseline'],
  ...['search', 'onnx', 'python', 'mlflow', 'none'],
];

/**
 * A trainer that the project brings along. `create` is called with the options of a declaration, which must be plain JSON, also by `check`: it throws where they make no
 * sense. `revision` belongs to what decides whether a model is trained again, as the options do: nobody can see what a function calls, so raise it
 * whenever `fit` may learn something else.
 * @throws MILL_TRAINER_INVALID for a name that is taken or no name, or a revision that is no whole number
 * @example
 * const oneRule = ownTrainer<{ by: string }>('one_rule', { revision: 1, create: ({ by }) => ({ tasks: ['binary'], fit: async (input) => … }) });
 * const fraud = model('fraud', { from: fraudRows, trainer: oneRule({ by: 'country' }) });
 */
export function ownTrainer<Options extends object = Record<never, never>>(
  name: string,
  { revision, create }: { readonly revision: number; readonly create: (options: Options) => Trainer },
): OwnTrainer<Options> {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name) || TAKEN.includes(name))
    throw invalid(
      `A trainer cannot be named '${String(name).slice(0, 100)}'.`,
      `Use a letter, then letters, digits, _ or -, and none of ${TAKEN.join(', ')}.`,
    );
  if (!Number.isSafeInteger(revision) || typeof create !== 'function')
    throw invalid(
      `The trainer '${name}' needs a revision, which is a whole number, and a function \`create\`.`,
      `Write ownTrainer('${name}', { revision: 1, create: (options) => … }).`,
    );
  const declare = (options: Options): DeclaredTrainer =>
    Object.freeze({
      '~': Object.freeze({
        trainer: name,
        options: Object.freeze({ ...options }) as JsonObject,
        own: revision,
      }),
      '~create': create,
    });
  return Object.freeze(
    Object.assign(declare, { open: (options: Options) => guarded(name, create, options) }),
  );
}

function invalid(message: string, todo: string): MillraceError {
  return new MillraceError({ code: 'MILL_TRAINER_INVALID', message, todo, owner: 'project' });
}
