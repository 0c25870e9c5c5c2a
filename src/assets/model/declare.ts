import { type Asset, declaredAt, type NodeSpec } from '../../graph/index.ts';
import type { Columns } from '../contract/index.ts';
import type { GateSpec, MetricName, ModelBody, TrainerSpec, TrainingSetBody } from './spec.ts';
import type { GbdtOptions, LogisticOptions } from './train/index.ts';
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
  /** What errors cost; the decision threshold minimizes it. Default: both 1. */
  cost?: { falsePositive: number; falseNegative: number };
  seed?: number;
  owner?: string;
  description?: string;
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
  const body: ModelBody = {
    trainingSet: training.name,
    target: labels.target,
    task,
    trainer: options.trainer['~'],
    gates: (options.gates ?? []).map((g) => g['~']),
    cost: options.cost ?? { falsePositive: 1, falseNegative: 1 },
    seed: options.seed ?? seed,
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
    '~': Object.freeze({ nodes: own === undefined ? [node] : [own, node] }),
  }) as never;
}
