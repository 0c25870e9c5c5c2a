import { type JsonObject, MillraceError } from '../../base/index.ts';
import { createOnnxFile, type OnnxFileOptions } from './onnx-file/import.ts';
import { createMlflow, type MlflowOptions } from './onnx-file/mlflow.ts';
import type { OutsideTrainer } from './outside/outside.port.ts';
import { type CreateTrainer, makeOwn } from './own/index.ts';
import type { PythonOptions } from './python/options.ts';
import { createPython } from './python/train.ts';
import { createSearch, type SearchSpec } from './search/index.ts';
import type { TrainerSpec } from './spec.ts';
import {
  type BaselineOptions,
  createBaseline,
  createFactorization,
  createGbdt,
  createIsolationForest,
  createLinear,
  createLogistic,
  type FactorizationOptions,
  type GbdtOptions,
  type IsolationForestOptions,
  type LinearOptions,
  type LogisticOptions,
  type Trainer,
} from './train/index.ts';

/** Trainers that work in this process, of whose fits there can be many. */
const SEARCHED: readonly string[] = [
  'gbdt',
  'logistic',
  'linear',
  'isolationForest',
  'factorization',
  'baseline',
];

/**
 * The trainer that a declaration names, ready with its options; `create` makes it where it is the project's own.
 * @throws MILL_TRAIN_OPTION_INVALID, MILL_SEARCH_INVALID, MILL_MODEL_INVALID, MILL_TRAINER_INVALID
 */
export function trainerOf(declared: TrainerSpec, create?: CreateTrainer): Trainer {
  const { trainer, options, own } = declared;
  if (own !== undefined) return makeOwn(declared, create);
  switch (trainer) {
    case 'baseline':
      return createBaseline(options as BaselineOptions);
    case 'factorization':
      return createFactorization(options as unknown as FactorizationOptions);
    case 'isolationForest':
      return createIsolationForest(options as IsolationForestOptions);
    case 'gbdt':
      return createGbdt(options as GbdtOptions);
    case 'linear':
      return createLinear(options as LinearOptions);
    case 'logistic':
      return createLogistic(options as LogisticOptions);
    case 'search': {
      const spec = options as unknown as SearchSpec;
      if (spec.own === undefined && !SEARCHED.includes(spec.of))
        throw new MillraceError({
          code: 'MILL_SEARCH_INVALID',
          message: `The parameters of ${spec.of === 'none' ? 'what is no trainer' : `'${spec.of}'`} cannot be searched.`,
          todo: `Search one of ${SEARCHED.join(', ')} or a trainer of your own: search(gbdt, { … }).`,
          owner: 'project',
        });
      return createSearch(spec, (chosen: JsonObject) => trainerOf(searchedBy(spec, chosen), create));
    }
    default:
      throw new MillraceError({
        code: 'MILL_MODEL_INVALID',
        message: 'It has no trainer.',
        todo: 'Give one: trainer: gbdt().',
        owner: 'project',
      });
  }
}

/** What a search tries, with parameters. */
export function searchedBy({ of, own }: SearchSpec, options: JsonObject): TrainerSpec {
  return { trainer: of, options, ...(own === undefined ? {} : { own }) };
}

/** The way to a model that is trained elsewhere, where that is what a declaration names. */
export function outsideOf({ trainer, options }: TrainerSpec): OutsideTrainer | undefined {
  switch (trainer) {
    case 'onnx':
      return createOnnxFile(options as OnnxFileOptions);
    case 'mlflow':
      return createMlflow(options as MlflowOptions);
    case 'python':
      return createPython(options as PythonOptions);
    default:
      return undefined;
  }
}
