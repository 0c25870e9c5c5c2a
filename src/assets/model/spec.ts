import type { Instant, Micros } from '../../base/index.ts';

/** What the two kinds of error cost, in one unit of the user's choice. */
export type CostSpec = { readonly falsePositive: number; readonly falseNegative: number };

export type MetricName =
  | 'rocAuc'
  | 'prAuc'
  | 'logLoss'
  | 'brier'
  | 'calibrationError'
  | 'expectedCost'
  | 'rmse'
  | 'mae'
  | 'r2'
  | 'sameness';

/** A condition on a metric of the held-out time. */
export type GateSpec = {
  readonly metric: MetricName;
  readonly must: 'atLeast' | 'atMost' | 'beatChampion';
  readonly than?: number;
};

export type TrainerSpec = { readonly trainer: string; readonly options: Readonly<Record<string, number>> };

/** Which rows carry the answer. */
export type LabelsSpec = {
  readonly from: string;
  readonly target: string;
  /** The column with the instant the question would have been asked. */
  readonly at: string;
  /** How long after that the answer is known. */
  readonly knownAfter: Micros;
  /** Rows are left out of which a rule did not hold for the event time that they stand on. */
  readonly leaveOutFailed?: true;
};

/** How many of the rows whose answer is no are kept: a share of them, or about so many for each whose answer is yes. */
export type NegativesSpec = { readonly share: number } | { readonly perPositive: number };

/**
 * The three parts of the labelled rows: to learn from, to stop and choose the threshold by, to judge on. Oldest first, by shares
 * of the number of rows or by the instants (microseconds) at which the second and the third begin; or by entity, all rows of one in one
 * part, by shares of the entities.
 */
export type SplitSpec =
  | { readonly train: number; readonly validation: number }
  | { readonly validationFrom: Instant; readonly testFrom: Instant }
  | {
      readonly by: 'entity';
      /** The key column that names the entity; null for the only one. */
      readonly key: string | null;
      readonly train: number;
      readonly validation: number;
    };

export type Task = 'binary' | 'regression';

/** A training set in its plain form. `inputs` in the order in which their columns follow each other. */
export type TrainingSetBody = {
  readonly labels: LabelsSpec;
  readonly inputs: readonly string[];
  readonly task: Task;
  readonly negatives?: NegativesSpec;
  readonly split: SplitSpec;
  /** Decides which negatives are kept, and which part an entity is in. */
  readonly seed: number;
  /** Whether a suspicion of leakage keeps a version from being published. */
  readonly leakage: 'block' | 'warn';
};

export type ModelBody = {
  readonly trainingSet: string;
  readonly target: string;
  readonly task: Task;
  readonly trainer: TrainerSpec;
  readonly gates: readonly GateSpec[];
  readonly cost: CostSpec;
  readonly seed: number;
};
