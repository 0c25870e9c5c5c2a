import { type ColumnType, type Duration, parseDuration } from '../../../base/index.ts';
import { type Asset, declaredAt, type NodeSpec } from '../../../graph/index.ts';
import type {
  CellOf,
  Columns,
  Dataset,
  KeysOf,
  NumberKeysOf,
  Row,
  TimeKeysOf,
} from '../../contract/index.ts';
import type {
  AnyFeatures,
  AnyRequestFeatures,
  AnyThrough,
  FeatureMap,
  Features,
  RequestFeatures,
  Through,
  ValuesOf,
} from '../../feature/index.ts';
import type { NegativesSpec, SplitSpec, Task, TrainingSetBody, UnknownOption } from '../spec.ts';
import { unknownOptions } from '../train/check-options.ts';

export type AnyInput = AnyFeatures | AnyRequestFeatures | AnyThrough;

/** Flattens an intersection, so that hovering shows the fields and not how they came together. */
type Show<T> = { [K in keyof T]: T[K] };

/** All of a union at once. */
export type And<U> = (U extends unknown ? (u: U) => void : never) extends (all: infer All) => void
  ? Show<All>
  : never;

/** What an input brings to the model. */
export type InputOf<X> =
  X extends RequestFeatures<string, infer _C, infer _U, infer Out>
    ? Out
    : X extends Features<string, string, infer F extends FeatureMap>
      ? ValuesOf<F>
      : X extends Through<string, string, infer G extends FeatureMap>
        ? ValuesOf<G>
        : never;

/** The entity keys that must be known to look an input up. */
export type KeyOf<X> =
  X extends RequestFeatures<string, infer _C, infer U, infer _Out>
    ? KeyOf<U[keyof U]>
    : X extends Features<string, infer Key, infer _F>
      ? Key
      : X extends Through<string, infer Key, infer _G>
        ? Key
        : never;

type NoFields = Readonly<Record<never, never>>;

/** What a request must bring. */
export type RequestOf<X> =
  X extends RequestFeatures<string, infer C extends Columns, infer _U, infer _Out> ? Row<C> : NoFields;

/** Names of the columns a model can learn to tell: true or false, one text of several, or a number. */
export type TargetKeysOf<C extends Columns> = {
  [K in keyof C]: Exclude<CellOf<C[K]>, null> extends boolean | number | string ? K : never;
}[keyof C] &
  KeysOf<C>;

/**
 * Which rows carry the answer. Written once for several models or training sets, it wants `as const`, or `target` is any text:
 * `const labels = { from: outcomes, target: 'is_fraud', at: 'paid_at' } as const`.
 */
export interface Labels<C extends Columns, Target> {
  from: Dataset<string, C>;
  /**
   * What is to be predicted. True or false, a number, or a text of which each is a class of its own. Rows where it is null are left out.
   */
  target: Target;
  /** The instant the question would have been asked: features are as of then. */
  at: TimeKeysOf<C>;
  /**
   * The column that says which rows are ranked against each other: those of one question, or of one user on one day. The target is then a
   * grade of relevance, 0 for none, and the model learns their order.
   */
  group?: KeysOf<C>;
  /**
   * A column of numbers above 0: for how much a row counts, in training and in every figure (column `_weight`). It need not be known when
   * the question is asked, and is no input. A row without one stops the version. Not where rows are ranked. Default: all count alike.
   */
  weight?: NumberKeysOf<C>;
  /** How long after `at` the label is known; younger rows are left out. Default: at once. */
  knownAfter?: Duration;
  /**
   * What becomes of rows that stand on event time for which a rule about the table did not hold, or a rule under `warn`: they are kept, and the
   * column `_failed` of the training set names the checks (`keep`, the default), or they are left out.
   */
  onFailed?: 'keep' | 'leave-out';
}

/** How labelled rows become a training set, beyond labels and inputs. */
export interface Shape<Key extends string = string> {
  /**
   * Of a target that is true or false: how many of the rows that are false are kept, as a share of them or as about so many for each that is true. Which ones follows
   * from key, instant and seed. Those kept weigh 1/share (column `_weight`), in training and in every figure. Default: all.
   */
  negatives?: NegativesSpec;
  /**
   * How the rows are parted (column `_split`). Oldest first: shares of their number, or the days on which the second and third part begin.
   * `gap`: rows of a part that lie less than so much before the next begins are left out. Give it as long as a label looks ahead, so that
   * none that is learnt from tells of what is judged by.
   * Or by entity, all rows of one in one part: shares of the entities; `key` says of which, where there are several.
   * Default: train 0.7, validation 0.15, and the newest 0.15 judges.
   */
  split?:
    | { train: number; validation: number; gap?: Duration }
    | { validationFrom: Date; testFrom: Date; gap?: Duration }
    | { by: 'entity'; train: number; validation: number; key?: Key };
  /** What becomes of a version some of whose inputs seem to know the answer: it is published with a warning (the default), or not. */
  leakage?: 'warn' | 'block';
  /** Decides which negatives are kept and which part an entity is in, and the model's training. Default 1. */
  seed?: number;
  owner?: string;
  description?: string;
}

/** Every option of labels, and of a training set that is declared by itself. */
const LABELS: Readonly<Record<keyof Labels<Columns, string>, true>> = {
  ...{ from: true, target: true, at: true, group: true, weight: true, knownAfter: true, onFailed: true },
};
const OPTIONS: Readonly<Record<keyof Shape | 'labels' | 'inputs', true>> = {
  ...{ labels: true, inputs: true, negatives: true, split: true, leakage: true, seed: true },
  ...{ owner: true, description: true },
};

/** Labelled rows joined with what was known at their instants: one immutable table by version, for any number of models. */
export interface TrainingSet<Name extends string, Input, Target, Key extends string, Request> extends Asset {
  readonly kind: 'training-set';
  readonly name: Name;
  readonly '~': Asset['~'] & {
    readonly input: Input;
    readonly target: Target;
    readonly key: Key;
    readonly request: Request;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a training set of whatever shape
export type AnyTrainingSet = TrainingSet<any, any, any, any, any>;

/** The training set that labels and inputs make. */
export type SetOf<C extends Columns, Target extends keyof C, X extends readonly AnyInput[]> = TrainingSet<
  string,
  And<InputOf<X[number]>>,
  CellOf<C[Target]>,
  KeyOf<X[number]>,
  And<RequestOf<X[number]>>
>;

/**
 * A training set: labels joined point-in-time with features, one immutable table by version, with a manifest from which it can be built
 * again. Several models can learn from one.
 * @example
 * const fraudRows = trainingSet('fraud_rows', {
 *   labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', knownAfter: '30d' },
 *   inputs: [activity, surprise], negatives: { perPositive: 20 }, leakage: 'block',
 * });
 * const fraud = model('fraud', { from: fraudRows, trainer: gbdt() });
 */
export function trainingSet<
  const Name extends string,
  C extends Columns,
  Target extends TargetKeysOf<C>,
  const X extends readonly AnyInput[],
>(
  name: Name,
  options: { labels: Labels<C, Target>; inputs: X } & Shape<KeyOf<X[number]>>,
): TrainingSet<
  Name,
  And<InputOf<X[number]>>,
  CellOf<C[Target]>,
  KeyOf<X[number]>,
  And<RequestOf<X[number]>>
> {
  const nodes = [trainingNode(name, options as never, unknownIn('The training set', options, OPTIONS))];
  return Object.freeze({ kind: 'training-set', name, '~': Object.freeze({ nodes }) }) as never;
}

/** What is declared, without the types that hold it together. */
export type DeclaredSet = { labels: Labels<Columns, string>; inputs: readonly AnyInput[] } & Shape;

/** The node of a training set. `unknown`: what else was found among its options. */
export function trainingNode(
  name: string,
  options: DeclaredSet,
  unknown: readonly UnknownOption[] = [],
): NodeSpec<TrainingSetBody> {
  const { labels, owner, description, negatives } = options;
  const { split = { train: 0.7, validation: 0.15 } } = options;
  const notThere = [
    ...unknown,
    ...unknownIn("'labels'", labels, LABELS),
    ...unknownIn("'split'", split, splitOptions(split)),
    ...(negatives === undefined
      ? []
      : unknownIn("'negatives'", negatives, 'share' in negatives ? { share: true } : { perPositive: true })),
  ];
  const inputs = options.inputs.map((input) => (input as Asset).name);
  const { type = 'double' } = labels.from.columns[labels.target]?.['~'].spec ?? {};
  return {
    kind: 'training-set',
    name,
    inputs: [...new Set([labels.from.name, ...neededBy(options.inputs)])],
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
    place: declaredAt(),
    body: {
      labels: {
        from: labels.from.name,
        target: labels.target,
        at: labels.at,
        ...(labels.group === undefined ? {} : { group: labels.group }),
        ...(labels.weight === undefined ? {} : { weight: labels.weight }),
        knownAfter: labels.knownAfter === undefined ? 0 : parseDuration(labels.knownAfter),
        ...(labels.onFailed === 'leave-out' ? { leaveOutFailed: true } : {}),
      },
      inputs,
      task: taskOf(type, labels.group !== undefined),
      ...(negatives === undefined ? {} : { negatives }),
      split: splitSpec(split),
      seed: options.seed ?? 1,
      leakage: options.leakage ?? 'warn',
      ...(notThere.length === 0 ? {} : { unknown: notThere }),
    },
  };
}

/** What is said of each option that there is none of: types overlook it where labels are shared, or where another kind of split has it. */
function unknownIn(of: string, options: object, known: object): UnknownOption[] {
  return unknownOptions(options, Object.keys(known), of);
}

/** What can be said of a split beside its kind. */
function splitOptions(split: object): object {
  if ('by' in split) return { by: true, train: true, validation: true, key: true };
  return 'train' in split
    ? { train: true, validation: true, gap: true }
    : { validationFrom: true, testFrom: true, gap: true };
}

/** What there is to learn of a target. */
function taskOf(type: ColumnType, grouped: boolean): Task {
  if (grouped) return 'ranking';
  return type === 'boolean' ? 'binary' : type === 'string' ? 'multiclass' : 'regression';
}

/** The assets that must be asked for inputs: what request features use is looked up too, whether or not it is an input of its own. */
function neededBy(inputs: readonly AnyInput[]): string[] {
  const used = inputs.flatMap((input) =>
    input.kind === 'request-features'
      ? Object.values((input as AnyRequestFeatures).uses as Record<string, Asset>)
      : [],
  );
  // And what is looked up through another needs both.
  return [...inputs, ...used].flatMap((asset) => {
    const { name, kind, '~': declared } = asset as Asset;
    return [name, ...(kind === 'through' ? (declared.nodes[0]?.inputs ?? []) : [])];
  });
}

function splitSpec(split: NonNullable<Shape['split']>): SplitSpec {
  if ('by' in split)
    return { by: 'entity', key: split.key ?? null, train: split.train, validation: split.validation };
  const gap = split.gap === undefined ? {} : { gap: parseDuration(split.gap) };
  if ('train' in split) return { train: split.train, validation: split.validation, ...gap };
  const { validationFrom, testFrom } = split;
  return { validationFrom: instantOf(validationFrom), testFrom: instantOf(testFrom), ...gap };
}

/** NaN, which `check` finds, for what is no date. */
function instantOf(date: unknown): number {
  return date instanceof Date ? date.getTime() * 1000 : Number.NaN;
}
