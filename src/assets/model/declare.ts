import type { Json, JsonObject } from '../../base/index.ts';
import { type Asset, declaredAt, type NodeSpec } from '../../graph/index.ts';
import type { Columns } from '../contract/index.ts';
import {
  type CalibratorKind,
  type DeclaredSlice,
  FIGURES,
  type FigureName,
  type SliceTerm,
} from './judge/index.ts';
import type { OnnxFileOptions } from './onnx-file/import.ts';
import type { MlflowOptions } from './onnx-file/mlflow.ts';
import type { CreateTrainer, DeclaredTrainer } from './own/index.ts';
import type { PythonOptions } from './python/options.ts';
import type { Dimension, SearchSpec } from './search/index.ts';
import type { CostSpec, GateSpec, ModelBody, TrainerSpec, TrainingSetBody } from './spec.ts';
import type {
  BaselineOptions,
  FactorizationOptions,
  GbdtOptions,
  IsolationForestOptions,
  LinearOptions,
  LogisticOptions,
} from './train/index.ts';
import {
  type AnyInput,
  type AnyTrainingSet,
  type DeclaredSet,
  type KeyOf,
  type Labels,
  type SetOf,
  type Shape,
  type TargetKeysOf,
  trainingNode,
} from './training-set/index.ts';

/** A declared way to train. */
export type Trainer = DeclaredTrainer;

const trainerAs = (name: string, options: object, create?: CreateTrainer): Trainer =>
  Object.freeze({
    '~': Object.freeze({ trainer: name, options: Object.freeze({ ...options }) as TrainerSpec['options'] }),
    ...(create === undefined ? {} : { '~create': create }),
  });

const NO_TRAINER: TrainerSpec = Object.freeze({ trainer: 'none', options: Object.freeze({}) });

/** Gradient-boosted decision trees: missing values and categories as they are, early stopping on the validation time. */
export const gbdt = (options: GbdtOptions = {}): Trainer => trainerAs('gbdt', options);

/** Linear regression of a number: least squares, ridge (`l2`), lasso (`l1`) or both; inputs standardized, as splines or as bins. */
export const linear = (options: LinearOptions = {}): Trainer => trainerAs('linear', options);

/** Logistic regression of a target that is true or false, or one of several classes; penalties and inputs as `linear`. */
export const logistic = (options: LogisticOptions = {}): Trainer => trainerAs('logistic', options);

/** How parameters are searched. */
export interface SearchOptions {
  /** How many are tried. Default 50. */
  trials?: number;
  /** `tpe`: near those that did well (tree-structured Parzen estimators); `random`: anywhere. Default `tpe`. */
  suggest?: 'tpe' | 'random';
  /**
   * Stops trials that do worse than others at the same stage (asynchronous successive halving): one in four goes on. `first`: the share of a training's steps
   * after which it is looked at first, default 0.1. With folds each fold is a stage. Default: all run to their end.
   */
  halving?: boolean | { first: number };
  /**
   * Cross-validation over the rows to learn from, instead of the validation part: `time`, each fold later than what it is told from, with answers that were
   * known by then; `group`, all rows of an entity (or of a group that is ranked) in one fold, folds as even as that allows; or `random`. A group that is ranked stays whole.
   */
  folds?: { folds: number; by: 'time' | 'group' | 'random' };
  /** Trials under way at once, in as many processes (`millrace search`). More learn less from each other. Default 1. */
  atOnce?: number;
}

/**
 * A trainer whose parameters are searched, each within what it may be; what is given as a plain value stays so.
 * @example
 * trainer: search(gbdt, { trees: 500, rate: space.float(0.01, 0.3, { log: true }), leaves: space.int(7, 255, { log: true }) }, { trials: 40 })
 */
export function search<O extends object>(
  trainer: (options: O) => Trainer,
  parameters: { readonly [K in keyof O]: O[K] | Dimension<Exclude<O[K], undefined>> },
  options: SearchOptions = {},
): Trainer {
  const entries = Object.entries(parameters ?? {}) as [string, Json | Dimension<unknown>][];
  const isSearched = (value: unknown): value is Dimension<unknown> =>
    typeof value === 'object' && value !== null && '~' in value;
  const fixed = Object.fromEntries(entries.filter(([, value]) => !isSearched(value)));
  const { halving = false, folds, trials = 50, suggest = 'tpe', atOnce = 1, ...unknown } = options;
  const searched = typeof trainer === 'function' ? trainer(fixed as O) : undefined;
  const { trainer: of, own } = searched?.['~'] ?? NO_TRAINER;
  const spec: SearchSpec = {
    // For `check` to find.
    ...unknown,
    of,
    ...(own === undefined ? {} : { own }),
    fixed: fixed as JsonObject,
    space: Object.fromEntries(
      entries.flatMap(([name, value]) => (isSearched(value) ? [[name, value['~']]] : [])),
    ),
    ...{ trials, suggest, atOnce },
    ...(halving === false ? {} : { halving: halving === true ? { first: 0.1 } : halving }),
    ...(folds === undefined ? {} : { folds }),
  };
  return trainerAs('search', spec, searched?.['~create']);
}

/** Anomalies without labels: how easily a row is set apart from the training rows, 0 to 1. The target only judges it, and may be false throughout. */
export const isolationForest = (options: IsolationForestOptions = {}): Trainer =>
  trainerAs('isolationForest', options);

/** What any model must beat: base rate, mean or most frequent class, also by a category, which for ranking is popularity; or an input as it is. */
export const baseline = (options: BaselineOptions = {}): Trainer => trainerAs('baseline', options);

/** A recommender: users and items by the factors of all that is known of them, so that new ones are answered too. */
export const factorization = (options: FactorizationOptions): Trainer => trainerAs('factorization', options);

/**
 * A model that was trained elsewhere, as an ONNX file: by scikit-learn, LightGBM, PyTorch and the like. `path` is from the project's folder. Its inputs are
 * features by name, each a tensor [n, 1] of floats or strings, or all of them side by side in one matrix of floats. The file is a part of the project: edited, the
 * model is judged and published again. A scikit-learn classifier is exported without ZipMap: `to_onnx(model, X[:1], options={'zipmap': False})`.
 * @example
 * const fraud = model('fraud', { from: rows, trainer: onnx({ path: 'models/fraud.onnx' }) });
 */
export const onnx = (options: OnnxFileOptions): Trainer => trainerAs('onnx', options);

/**
 * A model that a Python script of the project trains. The script is given the parts to learn from as Parquet, and what is asked as JSON; it saves
 * `model.onnx`, or a folder with `predict.py`. `millrace_training` is there to be imported. It runs in a folder of its own with a copy of itself, the modules
 * beside it that it imports and `files`; edited, they are a reason to train again.
 * @example
 * const fraud = model('fraud', {
 *   from: rows,
 *   trainer: python({ script: 'training/fraud.py', env: { requirements: 'training/requirements.txt' }, params: { depth: 4 } }),
 * });
 */
export const python = (options: PythonOptions): Trainer => trainerAs('python', options);

/**
 * The newest model that was logged to an MLflow experiment of this project, as ONNX: `mlflow.onnx.log_model(…)` with the tracking address at `millrace serve`. One that is logged
 * later is judged at the next run, and published if it passes.
 * @example
 * const fraud = model('fraud', { from: rows, trainer: mlflow({ experiment: 'fraud' }), gates: [metric.rocAuc.beatsChampion()] });
 */
export const mlflow = (options: MlflowOptions): Trainer => trainerAs('mlflow', options);

/** A condition that a new version must meet before it is published. */
export interface Gate {
  readonly '~': GateSpec;
}

const gate = (spec: GateSpec): Gate => Object.freeze({ '~': Object.freeze(spec) });

/** How a bound is held to. */
export interface GateOptions {
  /** The worse end of the figure's 95 % interval must hold it, not the figure alone. */
  surely?: boolean;
}

export interface ChampionOptions extends GateOptions {
  /** Better by at least so much; below 0: worse by at most so much. Default 0. */
  by?: number;
}

/** The gates of a figure. */
interface FigureGates {
  atLeast(than: number, options?: GateOptions): Gate;
  atMost(than: number, options?: GateOptions): Gate;
  /**
   * At least as good as the live version on the very same rows; passes when there is none. With `surely` the 95 % interval of the difference must leave
   * no doubt.
   */
  beatsChampion(options?: ChampionOptions): Gate;
}

type GatesOf<Better> = Omit<FigureGates, Better extends 'higher' ? 'atMost' : 'atLeast'>;

const surelyOf = (options: GateOptions = {}): { surely?: true } => (options.surely ? { surely: true } : {});

function gatesOf(metric: FigureName): FigureGates {
  return {
    atLeast: (than, options) => gate({ metric, must: 'atLeast', than, ...surelyOf(options) }),
    atMost: (than, options) => gate({ metric, must: 'atMost', than, ...surelyOf(options) }),
    beatsChampion: (options = {}) =>
      gate({
        ...{ metric, must: 'beatChampion', ...surelyOf(options) },
        ...(options.by === undefined ? {} : { by: options.by }),
      }),
  };
}

/**
 * Gates over the figures of the held-out rows, by name; FIGURES says what each means. A figure of which higher is better has `atLeast`, the others `atMost`.
 * @example gates: [metric.rocAuc.atLeast(0.85, { surely: true }), metric.prAuc.beatsChampion(), metric.expectedCost.atMost(3)]
 */
export const metric = Object.freeze({
  ...(Object.fromEntries(
    (Object.keys(FIGURES) as FigureName[]).map((name) => [name, Object.freeze(gatesOf(name))]),
  ) as unknown as { readonly [Name in FigureName]: GatesOf<(typeof FIGURES)[Name]['better']> }),
  /** Share of features that were served exactly as they are replayed, 0 to 1, in the newest audited predictions of the live model. */
  sameness: Object.freeze({
    atLeast: (than: number): Gate => gate({ metric: 'sameness', must: 'atLeast', than }),
  }),
});

/** A trained function from inputs to a target, with what is needed to ask it. */
export interface Model<Name extends string, Input, Target, Key extends string, Request> extends Asset {
  readonly kind: 'model';
  readonly name: Name;
  readonly '~': Asset['~'] & {
    readonly input: Input;
    readonly target: Target;
    readonly key: Key;
    readonly request: Request;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a model of whatever shape
export type AnyModel = Model<any, any, any, any, any>;

/** How a model is trained and judged, whatever it learns from. */
interface Training {
  trainer: Trainer;
  gates?: readonly Gate[];
  /**
   * What errors cost, and what right decisions bring (`truePositive`, `trueNegative`, default 0), in one unit; the decision threshold minimizes it.
   * Default: errors cost 1 each.
   */
  cost?: CostSpec;
  /**
   * Makes probabilities come true as often as they say, by the validation rows: `sigmoid` (two numbers), `isotonic` (any rising line, from 1,000 rows
   * on) or `temperature` (also for several classes). It is part of the model's file. Default: not at all.
   */
  calibrate?: CalibratorKind;
  seed?: number;
  /** `'required'`: a version that has passed its gates goes live when a person says so (`millrace promote`). Default: by itself. */
  approval?: 'required';
  owner?: string;
  description?: string;
  /** What it is for, in a sentence or two: the model card begins with it. */
  purpose?: string;
  /** What it must not be used for, a sentence each; the card adds what its data says. */
  notFor?: readonly string[];
  /** The unit of `cost`: `'EUR'`, `'minutes'`. */
  costUnit?: string;
  /**
   * On which rows it is judged by itself, by name: what inputs have there, categories, a half-open range of numbers, true or false, or null for missing.
   * @example { 'new cards': { payments_30d: { to: 5 } }, 'no history': { usual_30d: null }, 'DE and FR': { country: ['DE', 'FR'] } }
   */
  slices?: Readonly<Record<string, SliceTerms>>;
  /** Whether the worst slices are looked for besides. Default true. */
  findSlices?: boolean;
}

/** Every option of a model and of the training set that it may bring. */
const OPTIONS: Readonly<Record<keyof Training | keyof Shape | 'from' | 'labels' | 'inputs', true>> = {
  ...{ trainer: true, gates: true, cost: true, calibrate: true, seed: true, approval: true },
  ...{ owner: true, description: true, purpose: true, notFor: true, costUnit: true },
  ...{ slices: true, findSlices: true, from: true, labels: true, inputs: true },
  ...{ negatives: true, split: true, leakage: true },
};

/** What the rows of a slice have, by input; all of it holds. */
export type SliceTerms = Readonly<
  Record<
    string,
    string | readonly string[] | boolean | null | { readonly from?: number; readonly to?: number }
  >
>;

function sliceOf([name, terms]: readonly [string, SliceTerms]): DeclaredSlice {
  const where = Object.entries(terms).map(([column, wanted]): SliceTerm => {
    if (wanted === null) return { column, missing: true };
    if (typeof wanted === 'string') return { column, is: [wanted] };
    // As a model sees them true is 1 and false is 0.
    if (typeof wanted === 'boolean') return wanted ? { column, from: 1 } : { column, to: 1 };
    if (typeof wanted !== 'object') return { column };
    return 'length' in wanted
      ? { column, is: [...wanted] }
      : { column, ...(wanted as { from?: number; to?: number }) };
  });
  return { name, where };
}

/**
 * A model: trained on a training set, judged on the part that neither training nor the threshold has seen, published if it passes. With `labels` and
 * `inputs` instead of `from` it brings a training set of its own, named like it with `_training` after it.
 * @example
 * const fraud = model('fraud', {
 *   labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', knownAfter: '30d' },
 *   inputs: [activity, surprise], trainer: gbdt(), gates: [metric.rocAuc.atLeast(0.85)], cost: { falsePositive: 5, falseNegative: 120 },
 * });
 * const simple = model('simple', { from: fraudRows, trainer: logistic() });
 */
export function model<
  const Name extends string,
  C extends Columns,
  Target extends TargetKeysOf<C>,
  const X extends readonly AnyInput[],
  S extends AnyTrainingSet = SetOf<C, Target, X>,
>(
  name: Name,
  options: Training &
    (
      | ({ from?: undefined; labels: Labels<C, Target>; inputs: X } & Shape<KeyOf<X[number]>>)
      | { from: S; labels?: undefined; inputs?: undefined }
    ),
): Model<Name, S['~']['input'], S['~']['target'], S['~']['key'], S['~']['request']> {
  const { owner, description, from } = options;
  const place = declaredAt();
  const own =
    from === undefined ? trainingNode(`${name}_training`, options as unknown as DeclaredSet) : undefined;
  const training = own ?? ((from as Asset)['~'].nodes[0] as NodeSpec<TrainingSetBody>);
  const { labels, task, seed } = training.body;
  const create = options.trainer?.['~create'];
  const unknown = Object.keys(options).filter((option) => !Object.hasOwn(OPTIONS, option));
  const body: ModelBody = {
    trainingSet: training.name,
    target: labels.target,
    task,
    // What is no trainer is found by `check`.
    trainer: options.trainer?.['~'] ?? NO_TRAINER,
    // Node takes the types off without looking at them: what is no gate is told by check.
    gates: [options.gates ?? []].flat().map((g: Gate | undefined) => g?.['~'] as GateSpec),
    cost: options.cost ?? { falsePositive: 1, falseNegative: 1 },
    ...(options.calibrate === undefined ? {} : { calibrate: options.calibrate }),
    seed: options.seed ?? seed,
    ...(options.approval === undefined ? {} : { approval: options.approval }),
    ...(options.purpose === undefined ? {} : { purpose: options.purpose }),
    ...(options.notFor === undefined ? {} : { notFor: [options.notFor].flat() }),
    ...(options.costUnit === undefined ? {} : { costUnit: options.costUnit }),
    ...(options.slices === undefined ? {} : { slices: Object.entries(options.slices).map(sliceOf) }),
    ...(options.findSlices === undefined ? {} : { findSlices: options.findSlices }),
    ...(unknown.length === 0 ? {} : { unknown }),
  };
  const node: NodeSpec<ModelBody> = {
    kind: 'model',
    name,
    // What it is asked with is looked up for it: all that the training set is built from, but its labels.
    inputs: [training.name, ...training.inputs.filter((input) => input !== labels.from)],
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
    place,
    body,
  };
  return Object.freeze({
    kind: 'model',
    name,
    '~': Object.freeze({
      nodes: own === undefined ? [node] : [own, node],
      ...(create === undefined ? {} : { compute: create }),
    }),
  }) as never;
}
