/** A column of model input. NaN, or code −1, is a missing value. */
export type InputColumn =
  | { readonly name: string; readonly type: 'number'; readonly values: Float64Array }
  | {
      readonly name: string;
      readonly type: 'category';
      /** Index into `categories` by row; −1 for missing. */
      readonly codes: Int32Array;
      readonly categories: readonly string[];
    };

/** A half-open range of rows [from, to). */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export type Task = 'binary' | 'regression';

export interface FitInput {
  readonly columns: readonly InputColumn[];
  /** By row; 0 or 1 for `binary`. */
  readonly target: Float64Array;
  readonly task: Task;
  /** For how many rows each stands, above 0, by row: its part in every loss. Default: 1 each. */
  readonly weights?: Float64Array;
  /** Rows to learn from. */
  readonly train: RowRange;
  /** Rows to stop by; never learnt from. */
  readonly validation: RowRange;
  readonly seed: number;
  readonly onProgress?: (done: number, total: number, loss: number) => void;
  readonly signal?: AbortSignal;
}

/** A trained model, still in the trainer's own form. */
export interface Fitted {
  /** By row of `columns` (same names and kinds as in training; new categories are missing values): probability of 1, or the value. */
  predict(columns: readonly InputColumn[]): Float64Array;
  /**
   * One ONNX file with all preprocessing inside. Inputs: one tensor [n, 1] per column under its name, float32 for
   * numbers (NaN missing), string for categories ('' missing). Output `probabilities` float32 [n, 2] for binary,
   * `value` float32 [n, 1] for regression. Equal to `predict` to 1e-5 (of the value, where that is above 1).
   */
  toOnnx(label?: ModelLabel): Uint8Array;
  /** What was learnt, as plain data: rounds used, losses, importances or coefficients by input. */
  readonly summary: FitSummary;
}

/** What a model file says about itself in its `metadata_props`. */
export interface ModelLabel {
  readonly name?: string;
  readonly version?: string;
}

export interface FitSummary {
  /** Trees kept, or iterations run. */
  readonly rounds: number;
  /** Mean over the rows, each by its weight: log loss (natural logarithm) for binary, squared error for regression. */
  readonly trainLoss: number;
  /** The same over the validation rows; null when there are none. */
  readonly validationLoss: number | null;
  /** By input column: share of the total gain (trees) or of the absolute standardized weight (linear); sums to 1 unless nothing was learnt. */
  readonly importance: Readonly<Record<string, number>>;
  /** What a person should know of this fit, in sentences: that nothing could be learnt and why, say. Mostly empty. */
  readonly notes: readonly string[];
}

/** A way to train, ready with its parameters. */
export interface Trainer {
  fit(input: FitInput): Promise<Fitted>;
}
