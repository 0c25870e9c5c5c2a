import { fingerprint, MillraceError } from '../../base/index.ts';
import { howBuilt, loggedOf, NEVER_BUILT } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Environment } from './environment.ts';
import type { InputPlan } from './inputs.ts';
import type { Calibrator, Comparison, Evaluation } from './judge/index.ts';
import type { InputSignature } from './matrix.ts';
import type { OnnxBinding } from './onnx-file/bind.ts';
import type { Task, TrainerSpec } from './spec.ts';
import type { FitSummary } from './train/index.ts';

/** A part of the training set: its rows and the instants (microseconds) of its first and last. */
export type PartPeriod = { readonly rows: number; readonly from: number; readonly to: number };

/** An ONNX file, by its content's name among the blobs. */
export type OnnxFile = {
  readonly format: 'onnx';
  readonly blob: string;
  /** How it is asked, where it was made elsewhere. */
  readonly binding?: OnnxBinding;
  /** What its probabilities go through, where that is not within the file. */
  readonly calibrator?: Calibrator;
};

/** A folder with `predict.py`, answered by a Python process. */
export type PythonFile = {
  readonly format: 'python';
  /** By path within the folder the blob. */
  readonly files: Readonly<Record<string, string>>;
  /** The blob with the requirements that its environment is made of. */
  readonly requirements?: string;
  readonly python?: string;
  /** Bytes that its process may fill. */
  readonly memory: number;
  /** What its probabilities go through. */
  readonly calibrator?: Calibrator;
};

/** What answers. */
export type ModelFile = OnnxFile | PythonFile;

/** What answers, by its content: an ONNX file by its blob, a folder by a hash of the blobs in it. */
export function contentOf(file: ModelFile): string {
  return file.format === 'onnx' ? file.blob : fingerprint(file.files);
}

/** The blobs that a version stands on, by what they hold. */
export function blobsOf({ file, kept, report, brought, stoodOn }: ModelVersion): ReadonlyMap<string, string> {
  const model: [string, string][] =
    file.format === 'onnx'
      ? [[file.blob, 'the model itself']]
      : [
          ...Object.entries(file.files).map(([path, blob]): [string, string] => [
            blob,
            `${path} of the model`,
          ]),
          ...(file.requirements === undefined
            ? []
            : [[file.requirements, 'the requirements of the model'] as [string, string]]),
        ];
  return new Map([
    // First, as an imported file is the model itself.
    ...Object.entries(stoodOn ?? {}).map(
      ([name, blob]) => [blob, `${name}, which it was made from`] as const,
    ),
    ...model,
    [report, 'the report'],
    ...(kept === undefined ? [] : [[kept, 'what tells why it answers so'] as const]),
    ...Object.entries(brought?.files ?? {}).map(([name, blob]) => [blob, `its file ${name}`] as const),
  ]);
}

/** How it was fitted. Its losses are known to nobody where that was elsewhere. */
export type VersionSummary = Omit<FitSummary, 'trainLoss'> & { readonly trainLoss: number | null };

/** What a model's version remembers. */
export interface ModelVersion {
  readonly task: Task;
  /** Where there are several: their names, in the order of the model's probabilities. */
  readonly classes?: readonly string[];
  readonly trainer: TrainerSpec;
  readonly file: ModelFile;
  /** The blob with what tells why it answers as it does; absent where its trainer cannot. */
  readonly kept?: string;
  /** The blob with all that the report tells, as JSON: a ModelReport. */
  readonly report: string;
  /** What it is asked with. */
  readonly inputs: readonly InputSignature[];
  /** How an ask becomes those inputs. */
  readonly plan: InputPlan;
  readonly trainingSet: string;
  readonly seed: number;
  /** From which probability on the decision is true; null for other tasks. */
  readonly threshold: number | null;
  readonly summary: VersionSummary;
  readonly parts: Readonly<Record<'train' | 'validation' | 'test', PartPeriod>>;
  /** Mean of the target in the part learnt from; null for classes. */
  readonly meanTarget: number | null;
  readonly evaluation: Evaluation;
  /** What probabilities go through, within the file or after it. */
  readonly calibrator?: Calibrator;
  /** Beside the version that was live, on the same rows. */
  readonly comparison?: { readonly champion: string } & Comparison;
  /** Of a model from outside: what its trainer stood on, a hash of each by its name. */
  readonly outside?: Readonly<Record<string, string>>;
  /** And what each of these held then, a blob: it can be made again though it was edited since. */
  readonly stoodOn?: Readonly<Record<string, string>>;
  /** And what it brought along: figures of its own, and files by name, each a blob. */
  readonly brought?: {
    readonly metrics: Readonly<Record<string, number>>;
    readonly files: Readonly<Record<string, string>>;
  };
  /** What it was trained with: code and machine. Absent in versions of long ago. */
  readonly environment?: Environment;
}

/**
 * What a model's version remembers, from its record.
 * @throws MILL_MODEL_LOGGED for one that was logged from outside and not built
 */
export function modelVersionOf(version: Version): ModelVersion {
  if (loggedOf(version) === undefined) return version.detail as unknown as ModelVersion;
  throw new MillraceError({
    code: 'MILL_MODEL_LOGGED',
    message: `${version.id} ${NEVER_BUILT}: it has no figures and answers nothing.`,
    todo: howBuilt(version.asset),
    owner: 'project',
    asset: version.asset,
  });
}
