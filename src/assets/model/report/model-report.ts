import type { ColumnType, Instant } from '../../../base/index.ts';
import type { CheckResult } from '../../../store/state/index.ts';
import type { ModelVersion, PartPeriod, VersionSummary } from '../detail.ts';
import type { Environment } from '../environment.ts';
import type { Evaluation, Slices } from '../judge/index.ts';
import type { Task } from '../spec.ts';
import type { MissingFigures } from './by-missing.ts';
import type { PeriodFigures } from './by-period.ts';
import type { InputDrift } from './drift.ts';
import type { Why } from './why.ts';

/** A part of the labelled rows, and how often the answer is yes in it (or the mean, or the share of each class). */
export type ReportPart = PartPeriod & {
  readonly mean: number | null;
  readonly shares?: readonly number[];
};

/** What an input was in the rows learnt from: outside of it the model has seen nothing. */
export interface SeenInput {
  readonly input: string;
  readonly type: ColumnType;
  readonly missing: number;
  /** Of numbers (instants in seconds since 1970); null where none was there. */
  readonly range?: { readonly min: number; readonly max: number } | null;
  /** Of categories: how many, and the most frequent. */
  readonly categories?: { readonly count: number; readonly first: readonly string[] };
}

/**
 * All that is told of a model's version, as plain JSON: its report, its card and `report.json` are made from this alone. Instants are microseconds since
 * 1970, undefined figures null.
 */
export interface ModelReport {
  /** The version of this form. */
  readonly millrace: 1;
  readonly model: string;
  readonly task: Task;
  readonly target: string;
  readonly classes?: readonly string[];
  readonly description?: string;
  readonly owner?: string;
  readonly purpose?: string;
  readonly notFor: readonly string[];
  readonly costUnit?: string;
  /** Whom a question is about. */
  readonly keys: readonly string[];
  readonly trainer: ModelVersion['trainer'];
  readonly calibrated?: string;
  readonly seed: number;
  readonly environment: Environment;
  readonly data: {
    readonly trainingSet: string;
    readonly labels: string;
    /** Versions of the sources that all of it goes back to. */
    readonly sources: readonly string[];
    readonly asOf: Instant;
    /** How long after a question its answer is known, in microseconds. */
    readonly knownAfter: number;
    readonly rows: number;
    readonly unknownYet: number;
    /** Rows that were left out as they have no answer; absent where there are none. */
    readonly unanswered?: number;
    /** Which share of the rows whose answer is no were kept; absent where all were. */
    readonly negativesKept?: number;
    /** The column that says for how much a row counts; absent where all count alike. */
    readonly weighedBy?: string;
    /** Rows are parted by their time, or by whom they are about. */
    readonly splitBy: 'time' | 'entity';
    readonly parts: Readonly<Record<'train' | 'validation' | 'test', ReportPart>>;
    readonly inputs: readonly SeenInput[];
    /** Of the training set. */
    readonly checks: readonly CheckResult[];
  };
  readonly evaluation: Evaluation;
  /** Null for ranked rows. */
  readonly slices: Slices | null;
  readonly drift: readonly InputDrift[];
  readonly periods: readonly PeriodFigures[];
  readonly missing: readonly MissingFigures[];
  readonly importance: Readonly<Record<string, number>>;
  /** Where the trainer can tell why it answers so. */
  readonly why?: Why;
  /** Beside the version that was live. */
  readonly comparison?: NonNullable<ModelVersion['comparison']>;
  readonly training: Pick<VersionSummary, 'rounds' | 'trainLoss' | 'validationLoss' | 'search' | 'notes'>;
  /** Of the candidate: its gates, and whether its file answers as it did in training. */
  readonly checks: readonly CheckResult[];
}
