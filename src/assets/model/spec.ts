import type { Instant, JsonObject, Micros } from '../../base/index.ts';
import type { CalibratorKind, DeclaredSlice, FigureName } from './judge/index.ts';
import type { StressGate } from './stress/spec.ts';
import type { Task } from './train/index.ts';

export type { Task } from './train/index.ts';

/** Whether what a model of a task tells is probabilities. */
export const tellsProbabilities = (task: Task): boolean => task === 'binary' || task === 'multiclass';

/** A target in words. */
export const SAID: Readonly<Record<Task, string>> = {
  binary: 'true or false',
  multiclass: 'one of several classes',
  regression: 'a number',
  ranking: 'a grade within a group',
};

/** What a decision costs and brings, in one unit of the user's choice. */
export type CostSpec = {
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly truePositive?: number;
  readonly trueNegative?: number;
};

/** A condition on a figure of the held-out rows. */
export type FigureGate = {
  readonly metric: FigureName;
  readonly must: 'atLeast' | 'atMost' | 'beatChampion';
  readonly than?: number;
  /** By how much the live version must be beaten; below 0, by how much it may be missed. */
  readonly by?: number;
  /** The worse end of the interval counts, not the figure. */
  readonly surely?: true;
};

/** A condition on how the live model's features were served. */
export type SamenessGate = { readonly metric: 'sameness'; readonly must: 'atLeast'; readonly than: number };

export type GateSpec = FigureGate | SamenessGate | StressGate;

export type TrainerSpec = {
  readonly trainer: string;
  readonly options: JsonObject;
  /** Of a trainer of the project's own: which revision of it. */
  readonly own?: number;
};

/** Which rows carry the answer. */
export type LabelsSpec = {
  readonly from: string;
  readonly target: string;
  /** The column with the instant the question would have been asked. */
  readonly at: string;
  /** The column that says which rows are ranked against each other, where the target is a grade of relevance. */
  readonly group?: string;
  /** The column that says for how much a row counts. Absent: all count alike. */
  readonly weight?: string;
  /** How long after that the answer is known. */
  readonly knownAfter: Micros;
  /** Rows are left out of which a rule did not hold for the event time that they stand on. */
  readonly leaveOutFailed?: true;
};

/** How many of the rows whose answer is no are kept: a share of them, or about so many for each whose answer is yes. */
export type NegativesSpec = { readonly share: number } | { readonly perPositive: number };

type Gap = {
  /** Microseconds: of the rows before a border, those less than so much before it are left out. Absent: none. */
  readonly gap?: number;
};

/**
 * The three parts of the labelled rows: to learn from, to stop and choose the threshold by, to judge on. Oldest first, by shares
 * of the number of rows or by the instants (microseconds) at which the second and the third begin; or by entity, all rows of one in one
 * part, by shares of the entities.
 */
export type SplitSpec =
  | ({ readonly train: number; readonly validation: number } & Gap)
  | ({ readonly validationFrom: Instant; readonly testFrom: Instant } & Gap)
  | {
      readonly by: 'entity';
      /** The key column that names the entity; null for the only one. */
      readonly key: string | null;
      readonly train: number;
      readonly validation: number;
    };

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
  /** Options that there are none of: `check` refuses them. */
  readonly unknown?: readonly UnknownOption[];
};

/** What is said of an option that there is none of. */
export type UnknownOption = { readonly message: string; readonly todo: string };

export type ModelBody = {
  readonly trainingSet: string;
  readonly target: string;
  readonly task: Task;
  readonly trainer: TrainerSpec;
  readonly gates: readonly GateSpec[];
  readonly cost: CostSpec;
  /** How probabilities are calibrated, on the validation rows. Absent: they are as the trainer gives them. */
  readonly calibrate?: CalibratorKind;
  readonly seed: number;
  /** A candidate that has passed its gates waits until a person promotes it. */
  readonly approval?: 'required';
  /** What it is for, and what it is not for, in a person's words. */
  readonly purpose?: string;
  readonly notFor?: readonly string[];
  /** The unit of the costs: EUR, minutes. */
  readonly costUnit?: string;
  /** On which it is judged by itself. */
  readonly slices?: readonly DeclaredSlice[];
  /** Whether the worst slices are looked for besides. Default true. */
  readonly findSlices?: boolean;
  /** Options that there are none of: `check` refuses them. */
  readonly unknown?: readonly string[];
};
