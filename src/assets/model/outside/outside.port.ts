import type { Workspace } from '../../../graph/index.ts';
import type { ModelFile } from '../detail.ts';
import type { InputSignature } from '../matrix.ts';
import type { FitSummary, Task } from '../train/index.ts';

/** What a model is to tell, and from what. */
export interface Question {
  readonly model: string;
  readonly task: Task;
  readonly inputs: readonly InputSignature[];
  /** Of `multiclass`, in the order of the probabilities. Unknown before rows are read. */
  readonly classes?: readonly string[];
}

/** What a trainer stands on outside of the declaration: files, or what somebody has logged. */
export interface Outside {
  /** A hash of each, by what people call it: a path in the project, say. Equal hashes, equal model. */
  readonly parts: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/** The columns of the files that `Room.write` makes. */
export interface PartColumns {
  readonly target: string;
  /** For how many rows each stands; null when each stands for itself. */
  readonly weight: string | null;
  /** Which rows are ranked against each other; null for other tasks. */
  readonly group: string | null;
}

/** Where a trainer works that is not of this process. */
export interface Room {
  /** Empty, its own, gone afterwards; absolute. */
  readonly desk: string;
  readonly workspace: Workspace;
  readonly question: Question;
  readonly seed: number;
  /** What it stood on then, by the names of `Outside.parts`: a model is made again from it, whatever lies in the project now. */
  readonly then?: ReadonlyMap<string, Uint8Array>;
  readonly columns: PartColumns;
  /** Rows of each part that may be learnt from. */
  readonly rows: Readonly<Record<'train' | 'validation', number>>;
  /**
   * Writes a part as one Parquet file, in the order of its rows. Inputs are as the model will be asked: numbers as 32 bits (true is 1, an instant its
   * seconds since 1970, null where it is missing), texts as they are ('' where it is missing). The target of yes or no is 0 or 1. Rows to judge by never leave.
   */
  write(part: 'train' | 'validation', path: string): Promise<void>;
  /** Passes on a line of what it says. */
  say(line: string): void;
  readonly progress: (share: number, what: string) => void;
  /** Aborted, whatever runs is ended and the signal's reason thrown. */
  readonly signal: AbortSignal;
}

/** A model that came from outside. */
export interface Brought {
  readonly file: ModelFile;
  /** What it stood on, by the names of `Outside.parts`: what each held is a blob. With it the model can be made again. */
  readonly stoodOn: Readonly<Record<string, string>>;
  /** What it says of its own rounds, inputs and how it went. */
  readonly summary: Pick<FitSummary, 'rounds' | 'importance' | 'notes'>;
  /** Figures it gave of itself; nothing is judged by them. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Files it brought along, by name: what they hold is a blob. */
  readonly files: Readonly<Record<string, string>>;
  /** Packages that it was trained with, `name==version` each. */
  readonly packages?: readonly string[];
  /** Its own answers for the first rows of the validation part, row after row: what is served must give the same. */
  readonly answers?: Float64Array;
}

/** A way to a model that is trained elsewhere, ready with its options. */
export interface OutsideTrainer {
  readonly tasks: readonly Task[];
  /** Finds what is wrong without any rows. @throws MillraceError with all of it */
  check(question: Question, folder: string): Promise<void>;
  /** Looks at what it stands on. @throws where something of it is missing */
  look(workspace: Pick<Workspace, 'folder' | 'tracking'>, model: string): Promise<Outside>;
  /** Brings the model. Idempotent; nothing is left behind where it throws. */
  bring(room: Room): Promise<Brought>;
}
