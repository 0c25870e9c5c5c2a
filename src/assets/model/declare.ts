import { type Duration, parseDuration } from '../../base/index.ts';
import { type Asset, declaredAt, type NodeSpec } from '../../graph/index.ts';
import type { CellOf, Columns, Dataset, KeysOf, Row, TimeKeysOf } from '../contract/index.ts';
import type {
  AnyFeatures,
  AnyRequestFeatures,
  AnyThrough,
  FeatureMap,
  Features,
  RequestFeatures,
  Through,
  ValuesOf,
} from '../feature/index.ts';
import type { GateSpec, MetricName, ModelBody, SplitSpec, TrainerSpec, TrainingSetBody } from './spec.ts';
import type { GbdtOptions, LogisticOptions } from './train/index.ts';

type AnyInput = AnyFeatures | AnyRequestFeatures | AnyThrough;

/** Flattens an intersection, so that hovering shows the fields and not how they came together. */
type Show<T> = { [K in keyof T]: T[K] };

/** All of a union at once. */
type And<U> = (U extends unknown ? (u: U) => void : never) extends (all: infer All) => void
  ? Show<All>
  : never;

/** What an input brings to the model. */
type InputOf<X> =
  X extends RequestFeatures<string, infer _C, infer _U, infer Out>
    ? Out
    : X extends Features<string, string, infer F extends FeatureMap>
      ? ValuesOf<F>
      : X extends Through<string, string, infer G extends FeatureMap>
        ? ValuesOf<G>
        : never;

/** The entity keys that must be known to look an input up. */
type KeyOf<X> =
  X extends RequestFeatures<string, infer _C, infer U, infer _Out>
    ? KeyOf<U[keyof U]>
    : X extends Features<string, infer Key, infer _F>
      ? Key
      : X extends Through<string, infer Key, infer _G>
        ? Key
        : never;

type NoFields = Readonly<Record<never, never>>;

/** What a request must bring. */
type RequestOf<X> =
  X extends RequestFeatures<string, infer C extends Columns, infer _U, infer _Out> ? Row<C> : NoFields;

/** A declared way to train. */
export interface Trainer {
  readonly '~': TrainerSpec;
}

const trainer = (name: string, options: object): Trainer =>
  Object.freeze({
    '~': Object.freeze({ trainer: name, options: Object.freeze({ ...options }) as TrainerSpec['options'] }),
  });

/** Gradient-boosted decision trees: missing values and categories as they are, early stopping on the validation time. */
export const gbdt = (options: GbdtOptions = {}): Trainer => trainer('gbdt', options);

/** Logistic regression for true/false targets, ridge regression for numbers; inputs standardized. */
export const logistic = (options: LogisticOptions = {}): Trainer => trainer('logistic', options);

/** A condition that a new version must meet before it is published. */
export interface Gate {
  readonly '~': GateSpec;
}

const gate = (spec: GateSpec): Gate => Object.freeze({ '~': Object.freeze(spec) });

const higherIsBetter = (metric: MetricName) =>
  Object.freeze({
    atLeast: (than: number): Gate => gate({ metric, must: 'atLeast', than }),
    /** At least as good as the live version's figure; passes when there is none. */
    beatsChampion: (): Gate => gate({ metric, must: 'beatChampion' }),
  });

const lowerIsBetter = (metric: MetricName) =>
  Object.freeze({
    atMost: (than: number): Gate => gate({ metric, must: 'atMost', than }),
    /** At least as good as the live version's figure; passes when there is none. */
    beatsChampion: (): Gate => gate({ metric, must: 'beatChampion' }),
  });

/** Gates over the figures of the held-out time. */
export const metric = Object.freeze({
  /** Area under the ROC curve, 0 to 1. */
  rocAuc: higherIsBetter('rocAuc'),
  /** Average precision, 0 to 1. */
  prAuc: higherIsBetter('prAuc'),
  /** Mean negative log-likelihood, natural logarithm. */
  logLoss: lowerIsBetter('logLoss'),
  /** Mean squared error of the probability. */
  brier: lowerIsBetter('brier'),
  /** Expected calibration error beyond what a perfectly calibrated model of as many rows would show by chance. */
  calibrationError: lowerIsBetter('calibrationError'),
  /** Mean cost of a decision, in the unit of the declared cost. */
  expectedCost: lowerIsBetter('expectedCost'),
  rmse: lowerIsBetter('rmse'),
  mae: lowerIsBetter('mae'),
  r2: higherIsBetter('r2'),
  /** Share of features that were served exactly as they are replayed, 0 to 1, in the newest audited predictions of the live model. */
  sameness: Object.freeze({
    atLeast: (than: number): Gate => gate({ metric: 'sameness', must: 'atLeast', than }),
  }),
});

function splitSpec(
  split: { train: number; validation: number } | { validationFrom: Date; testFrom: Date },
): SplitSpec {
  if ('train' in split) return split;
  return { validationFrom: split.validationFrom.getTime() * 1000, testFrom: split.testFrom.getTime() * 1000 };
}

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

/** Names of the columns a model can learn to tell: true or false, or a number. */
type TargetKeysOf<C extends Columns> = {
  [K in keyof C]: Exclude<CellOf<C[K]>, null> extends boolean | number ? K : never;
}[keyof C] &
  KeysOf<C>;

/**
 * A model: labels joined point-in-time with features, split by time, trained, judged on the newest part, published if it passes.
 * @example
 * const fraud = model('fraud', {
 *   labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', knownAfter: '30d' },
 *   inputs: [activity, surprise], trainer: gbdt(), gates: [metric.rocAuc.atLeast(0.85)], cost: { falsePositive: 5, falseNegative: 120 },
 * });
 */
export function model<
  const Name extends string,
  C extends Columns,
  Target extends TargetKeysOf<C>,
  const X extends readonly AnyInput[],
>(
  name: Name,
  options: {
    labels: {
      from: Dataset<string, C>;
      /** What is to be predicted: a boolean or number column. Rows where it is null are left out. */
      target: Target;
      /** The instant the question would have been asked: features are as of then. */
      at: TimeKeysOf<C>;
      /** How long after `at` the label is known; younger rows are left out. Default: at once. */
      knownAfter?: Duration;
      /**
       * What becomes of rows that stand on event time for which a rule about the table did not hold, or a rule under `warn`: they are kept, and the
       * column `_failed` of the training set names the checks (`keep`, the default), or they are left out.
       */
      onFailed?: 'keep' | 'leave-out';
    };
    inputs: X;
    trainer: Trainer;
    gates?: readonly Gate[];
    /** What errors cost; the decision threshold minimizes it. Default: both 1. */
    cost?: { falsePositive: number; falseNegative: number };
    /**
     * How the labelled rows are parted, oldest first: shares of their number, or the days on which the second and third part begin.
     * Default: train 0.7, validation 0.15, and the newest 0.15 judges.
     */
    split?: { train: number; validation: number } | { validationFrom: Date; testFrom: Date };
    seed?: number;
    owner?: string;
    description?: string;
  },
): Model<Name, And<InputOf<X[number]>>, CellOf<C[Target]>, KeyOf<X[number]>, And<RequestOf<X[number]>>> {
  const { labels, owner, description } = options;
  const place = declaredAt();
  const trainingSet = `${name}_training`;
  const inputs = options.inputs.map((input) => (input as Asset).name);
  // What request features use is looked up too, whether or not it is an input of its own.
  const used = options.inputs.flatMap((input) =>
    input.kind === 'request-features'
      ? Object.values((input as AnyRequestFeatures).uses as Record<string, Asset>)
      : [],
  );
  const through = [...options.inputs, ...used].flatMap((input) =>
    (input as Asset).kind === 'through' ? ((input as Asset)['~'].nodes[0]?.inputs ?? []) : [],
  );
  const needed = [...new Set([...inputs, ...used.map((asset) => asset.name), ...through])];
  const described = {
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
  };
  const trainingBody: TrainingSetBody = {
    labels: {
      from: labels.from.name,
      target: labels.target,
      at: labels.at,
      knownAfter: labels.knownAfter === undefined ? 0 : parseDuration(labels.knownAfter),
      ...(labels.onFailed === 'leave-out' ? { leaveOutFailed: true } : {}),
    },
    inputs,
  };
  const body: ModelBody = {
    trainingSet,
    target: labels.target,
    task: labels.from.columns[labels.target]?.['~'].spec.type === 'boolean' ? 'binary' : 'regression',
    trainer: options.trainer['~'],
    gates: (options.gates ?? []).map((g) => g['~']),
    cost: options.cost ?? { falsePositive: 1, falseNegative: 1 },
    split: splitSpec(options.split ?? { train: 0.7, validation: 0.15 }),
    seed: options.seed ?? 1,
  };
  const nodes: NodeSpec[] = [
    {
      kind: 'training-set',
      name: trainingSet,
      inputs: [...new Set([labels.from.name, ...needed])],
      ...described,
      place,
      body: trainingBody,
    },
    { kind: 'model', name, inputs: [trainingSet, ...needed], ...described, place, body },
  ];
  return Object.freeze({ kind: 'model', name, '~': Object.freeze({ nodes }) }) as never;
}
