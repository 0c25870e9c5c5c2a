import type { Version } from '../../store/state/index.ts';
import type { InputPlan } from './inputs.ts';
import type { Evaluation } from './judge/index.ts';
import type { InputSignature } from './matrix.ts';
import type { TrainerSpec } from './spec.ts';
import type { FitSummary } from './train/index.ts';

/** A part of the training set: its rows and the instants (microseconds) of its first and last. */
export type PartPeriod = { readonly rows: number; readonly from: number; readonly to: number };

/** What a model's version remembers. */
export interface ModelVersion {
  readonly task: 'binary' | 'regression';
  readonly trainer: TrainerSpec;
  /** The blob with the ONNX file. */
  readonly onnx: string;
  /** The blob with the report, an HTML page. */
  readonly report: string;
  /** The ONNX file's inputs. */
  readonly inputs: readonly InputSignature[];
  /** How an ask becomes those inputs. */
  readonly plan: InputPlan;
  readonly trainingSet: string;
  readonly seed: number;
  /** From which probability on the decision is true; null for numbers. */
  readonly threshold: number | null;
  readonly summary: FitSummary;
  readonly parts: Readonly<Record<'train' | 'validation' | 'test', PartPeriod>>;
  /** Of the target in the part learnt from. */
  readonly positiveRate: number;
  readonly evaluation: Evaluation;
}

/** What a model's version remembers, from its record. */
export function modelVersionOf(version: Version): ModelVersion {
  return version.detail as unknown as ModelVersion;
}
