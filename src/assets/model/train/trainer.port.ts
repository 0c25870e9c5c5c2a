import type { Json, JsonObject } from '../../../base/index.ts';
import type { Study } from '../search/study.port.ts';
import type { Trial } from '../search/trial.ts';

/** A column of model input. NaN, or code −1, is a missing value. */
export type InputColumn =
  | { readonly name: string; readonly type: 'number'; readonly values: Float64Array }
  | {
      readonly name: string;
      readonly type: 'category';
      /** Index into `categories` by row; −1 for missing. A category may stand in no row to learn from. */
      readonly codes: Int32Array;
      readonly categories: readonly string[];
    };

/** Name and type of a column of model input, without its values. */
export type InputShape = Pick<InputColumn, 'name' | 'type'>;

/** A half-open range of rows [from, to). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * What is learnt to tell: yes or no, one class of several, a number, or an order among the rows of a group (the items of one question, say).
 */
export type Task = 'binary' | 'multiclass' | 'regression' | 'ranking';

export interface FitInput {
  readonly columns: readonly InputColumn[];
  /** By row; 0 or 1 for `binary`, an index into `classes` for `multiclass`, a grade of relevance from 0 on for `ranking`. */
  readonly target: Float64Array;
  readonly task: Task;
  /** Of `multiclass`: at least two names, by index. Absent for other tasks. */
  readonly classes?: readonly string[];
  /** Of `ranking`: the group of each row. Rows of one group follow each other. Absent for other tasks. */
  readonly groups?: Int32Array;
  /** For how many rows each stands, above 0, by row: its part in every loss. Default: 1 each. */
  readonly weights?: Float64Array;
  /** Rows to learn from. */
  readonly train: RowRange;
  /** Rows to stop by; never learnt from. */
  readonly validation: RowRange;
  readonly seed: number;
  /** Called now and then: steps done, steps there may be, and the loss on the validation rows (on the training rows when there are none). */
  readonly onProgress?: (done: number, total: number, loss: number) => void;
  /** Aborted, `fit` ends soon and throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A trained model, still in the trainer's own form. */
export interface Fitted {
  /**
   * By row of `columns` (same names and kinds as in training; new categories are what they are to the file: missing values, unless the trainer says otherwise): the probability of 1, the value or the
   * score. For `multiclass` the probabilities of all classes, row after row.
   */
  predict(columns: readonly InputColumn[]): Float64Array | Promise<Float64Array>;
  /**
   * One ONNX file with all preprocessing inside. Inputs: one tensor [n, 1] per column under its name, float32 for
   * numbers (NaN missing), string for categories ('' missing). Output `probabilities` float32 [n, 2] for binary, [n, classes] for
   * multiclass; `value` float32 [n, 1] otherwise. Equal to `predict` to 1e-5 (of the value, where that is above 1).
   */
  toOnnx(label?: ModelLabel): Uint8Array;
  /** Why each row is answered as it is. Absent where a trainer cannot tell. */
  attribute?(columns: readonly InputColumn[]): Attribution;
  /** What `attribute` needs, as bytes for `openKept` to tell why later. Absent where a trainer cannot tell. */
  keep?(): Uint8Array;
  /** What was learnt, as plain data: rounds used, losses, importances or coefficients by input. */
  readonly summary: FitSummary;
}

/**
 * What each input adds to the raw score of each row (log-odds, log of the rate, or the value itself), over what is expected of no row in particular.
 * `base` and the row's shares add up to its score.
 */
export interface Attribution {
  /** By output: one, or as many as there are classes. */
  readonly base: Float64Array;
  /** [row][output][column], flat, in the order of the columns that the model was trained on. */
  readonly shares: Float64Array;
  readonly outputs: number;
}

/** What a model file says about itself in its `metadata_props`. */
export interface ModelLabel {
  readonly name?: string;
  readonly version?: string;
}

export interface FitSummary {
  /** Trees kept, or iterations run; 0 when nobody knows. */
  readonly rounds: number;
  /** Mean over the rows, each by its weight, of the loss that is minimized: log loss (natural logarithm), squared error, or as the trainer's options say. */
  readonly trainLoss: number;
  /** The same over the validation rows; null when there are none. */
  readonly validationLoss: number | null;
  /** By input column: share of the total gain (trees) or of the absolute standardized weight (linear); sums to 1 unless nothing was learnt. */
  readonly importance: Readonly<Record<string, number>>;
  /** Of a search: the parameters that were chosen, by which trial and with which loss, how the others ended, and the losses in order. */
  readonly search?: {
    readonly trainer: string;
    readonly chosen: JsonObject;
    readonly trial: number;
    readonly loss: number;
    readonly done: number;
    readonly pruned: number;
    readonly failed: number;
    readonly losses: readonly Json[];
  };
  /** What a person should know of this fit, in sentences: that nothing could be learnt and why, say. Mostly empty. */
  readonly notes: readonly string[];
}

/** A model that answers in this very process. */
export interface FittedHere extends Fitted {
  predict(columns: readonly InputColumn[]): Float64Array;
}

/** What surrounds a fit, for trainers that need more than rows. */
export interface FitContext {
  /** Instants (microseconds) at which the questions were asked, by row. */
  readonly at?: Float64Array;
  /** So long after these the answers were known, in microseconds. */
  readonly knownAfter?: number;
  /** By row, whom it is about: rows of one entity have one number. */
  readonly entities?: Int32Array;
  /** Where trials of a search are kept. Default: in memory. */
  readonly study?: Study;
  /** Told of every trial that is settled here. */
  readonly onTrial?: (trial: Trial) => void;
}

/** A way to train, ready with its parameters. */
export interface Trainer<F extends Fitted = Fitted> {
  /** What it can learn to tell. */
  readonly tasks: readonly Task[];
  /**
   * Which loss its summaries tell, where its options decide that: a text that is equal where losses can be compared. A search takes trials of one only.
   * Default: options decide nothing about it.
   */
  readonly measures?: string;
  /**
   * Looks whether the inputs and classes that its options name are there, before there are rows; `classes` where they are known by then. Fitting does, too.
   * @throws MILL_TRAIN_OPTION_INVALID
   */
  checkNames?(columns: readonly InputShape[], classes: readonly string[] | undefined): void;
  /** Of several classes some may have no row to learn from: they are all but impossible then. */
  fit(input: FitInput, context?: FitContext): Promise<F>;
}
