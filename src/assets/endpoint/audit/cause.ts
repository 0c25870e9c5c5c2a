/**
 * Why a feature is not what it was served as. Each is said on evidence; what none explains is a bug.
 *
 * - `late row`: rows that should have been known before the question came in after the answer.
 * - `state behind`: rows were in the lake before the answer, and the state that answered stood at an older version.
 * - `changed row`: rows that were seen have since been replaced, or left with their file.
 * - `set aside`: rows that were seen in the log are in the quarantine now.
 * - `duplicate key`: a row was posted under the key of another, and the answer counted both.
 * - `code version`: the function or the declaration was edited since.
 * - `default`: the online store had nothing of the entity, though the snapshot has.
 * - `store loss`: the state in the online store is not what its snapshot gives.
 * - `log trimmed`: the rows between snapshot and answer are no longer in the log; there is nothing to compare with.
 * - `bug`: none of these.
 */
export type Cause =
  | 'late row'
  | 'state behind'
  | 'changed row'
  | 'set aside'
  | 'duplicate key'
  | 'code version'
  | 'default'
  | 'store loss'
  | 'log trimmed'
  | 'bug';

/** A row that an explanation rests on. */
export interface RowEvidence {
  readonly dataset: string;
  /** Null for a row that is in the log alone. */
  readonly rowId: number | null;
  readonly load: number | null;
  /** Where it stands in the log of its source; null for a row of the table. */
  readonly position: { readonly stream: string; readonly index: number } | null;
  /** When it came in, as an instant (microseconds); null where nobody knows. */
  readonly arrivedAt: number | null;
}

/** A cause, in words, and what shows it. */
export interface Explanation {
  readonly cause: Cause;
  readonly why: string;
  readonly rows: readonly RowEvidence[];
  /** Of a bug: what it takes to see it again. */
  readonly reproduce?: unknown;
}

/** What to do about each. */
export const REMEDIES: Readonly<Record<Cause, string>> = {
  'late row':
    'Declare when rows are known (availableAt, availableAfter), so that training sees them as late as serving does; or bring them sooner.',
  'state behind': 'Run the features as often as their dataset.',
  'changed row':
    'Nothing, if rows were meant to go or to be mended: a load rolled back, a file corrected. Otherwise leave those that were seen as they are, and bring other values as rows of their own.',
  'set aside': 'Nothing, if the contract was meant to be tightened; otherwise `millrace readmit`.',
  'duplicate key':
    'Give each row a key of its own: that a key was there is known for a while only, until the lake puts one in place of the other.',
  'code version': 'Nothing, if the edit was meant; `millrace run` trains with it.',
  default:
    'Look whether something else evicts from the online store. Empty it, and `millrace run` builds all states again from the lake.',
  'store loss': 'Empty the online store, and `millrace run` builds all states again from the lake.',
  'log trimmed': 'Nothing: it is longer ago than the log is kept.',
  bug: 'Report it with what `millrace audit features --json` says under `reproduce`.',
};
