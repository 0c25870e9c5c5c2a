import type { ColumnType, Instant, Json } from '../../base/index.ts';
import type { Audits } from './audits.ts';
import type { Batches } from './batches.ts';
import type { Leases } from './leases.ts';
import type { LookUps } from './look-ups.ts';
import type { Notices } from './notices.ts';
import type { Places } from './places.ts';
import type { RunningNotes } from './running-notes.ts';
import type { Trials } from './trials.ts';
import type { VersionNotes } from './version-notes.ts';

/** What became of a version: it passed its gates and was published; or it did not pass; or it was published and taken back. */
export type VersionStatus = 'published' | 'candidate' | 'rolled-back';

/** What others see of a version, and what it sees of others, column by column: decides what a change reaches. */
export interface Outline {
  /** Equal print, equal content. `rows` says which rows there are; a column's print includes it. Absent when it is seen whole or not at all. */
  readonly prints?: { readonly rows: string; readonly columns: Readonly<Record<string, string>> };
  /** What those see that are built from the whole of it; absent when that is its fingerprint. */
  readonly whole?: string;
  /** A print of the part of each input that it was built from. */
  readonly seen: Readonly<Record<string, string>>;
  /** The columns of each input that it was built from; null for all. */
  readonly reads: Readonly<Record<string, readonly string[] | null>>;
  /** What it promised about its columns. */
  readonly promises?: Readonly<Record<string, ColumnPromise>>;
  /** Of an asset whose content depends on its earlier versions: which of them this one goes on from. */
  readonly chain?: string;
}

/** What a dataset promises about a column. */
export interface ColumnPromise {
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** Plain JSON, each as its kind writes it. */
  readonly rules: readonly Json[];
  /** Where in what comes in its value is taken from, where that is declared. */
  readonly at?: string;
}

/** The immutable product of building an asset, with everything needed to know where it came from. */
export interface Version {
  /** `payments@3`. */
  readonly id: string;
  readonly asset: string;
  readonly kind: string;
  /** Counts from 1 by asset. */
  readonly number: number;
  /** Of definition, inputs and arrivals together: equal fingerprint, equal product. */
  readonly fingerprint: string;
  /** Of what was declared alone. */
  readonly definition: string;
  /** The versions it was built from, by asset name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The lake snapshot that holds its tables. */
  readonly snapshot: number;
  readonly rows: number | null;
  /** What its kind wants to remember: files, metrics, manifest. */
  readonly detail: Json;
  readonly outline?: Outline;
  readonly status: VersionStatus;
  readonly createdAt: Instant;
  readonly run: string;
}

/** The verdict of one gate or table-wide rule on a version. */
export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** A failed `block` keeps the version from being published; a failed `warn` is shown. */
  readonly severity: 'block' | 'warn';
  readonly observed: string;
  readonly wanted: string;
}

/** One file that came in, and what became of its rows. */
export interface Load {
  readonly id: number;
  readonly asset: string;
  /** The version that brought it. */
  readonly version: string;
  /** As the source names it: relative to the project's folder, with forward slashes. */
  readonly path: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  readonly bytes: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly loadedAt: Instant;
}

/** All loads of one asset with an id from the first to the last, both included; ids in between may be of other assets, or of none. */
export type LoadRange = readonly [first: number, last: number];

/** From where on a log counts that a source was read from; what was written before is in the lake, and may be gone. */
export interface LogStart {
  /** As its connector writes it. */
  readonly progress: Json;
  /** The highest load that what was before was loaded under. */
  readonly load: number;
}

export interface AliasMove {
  readonly asset: string;
  readonly alias: string;
  readonly from: string | null;
  readonly to: string;
  readonly at: Instant;
  readonly reason: string;
}

/** A movable name for a version. */
export interface Alias {
  readonly alias: string;
  readonly version: string;
}

export interface RunRecord {
  readonly id: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
  readonly outcome: 'running' | 'done' | 'failed';
}

export interface StepRecord {
  readonly run: string;
  readonly position: number;
  readonly asset: string;
  readonly action: string;
  readonly reason: string;
  readonly outcome: string;
  readonly note: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

/** What decides whether a version may go. */
export type VersionFacts = Pick<
  Version,
  'id' | 'asset' | 'kind' | 'number' | 'inputs' | 'status' | 'createdAt'
>;

export type NewVersion = Omit<Version, 'id' | 'number'>;

/** The project's memory: versions, aliases, checks, loads, runs. Every write joins the transaction it is called in. */
export interface State {
  /** The version an alias points to. */
  live(asset: string, alias?: string): Version | undefined;
  version(id: string): Version | undefined;
  /** Newest first. */
  versions(asset: string): Version[];
  /** The newest version of each definition that an asset has versions of; newest first. A stream makes thousands of one. */
  definitions(asset: string): Version[];
  /** The newest version of an asset that was rolled back. */
  takenBack(asset: string): Version | undefined;
  /** The newest version of an asset with this fingerprint. */
  byFingerprint(asset: string, fingerprint: string): Version | undefined;
  checks(version: string): CheckResult[];
  /** Of every version of every asset; newest first within an asset. */
  versionFacts(): VersionFacts[];
  /** The versions that aliases point to. */
  aliased(): string[];
  /**
   * Forgets versions, with their checks, the moves of aliases to them, and the runs that made nothing else; and runs begun before an
   * instant of which no version is left. Nobody may point at them any more.
   */
  retire(versions: readonly string[], runsBefore: Instant): void;
  /** Records a version with its checks and gives it the asset's next number. */
  addVersion(version: NewVersion, checks: readonly CheckResult[]): Version;
  setStatus(version: string, status: VersionStatus): void;
  /** A check that waited for a person's word has it. */
  passCheck(version: string, name: string, observed: string): void;
  /** Points an alias at a version and remembers the move. */
  moveAlias(asset: string, version: string, at: Instant, reason: string, alias?: string): void;
  aliasMoves(asset: string): AliasMove[];
  /** The aliases of an asset, by name. */
  aliases(asset: string): Alias[];
  /** Takes an alias away; false where there is none. Its moves stay on record. */
  dropAlias(asset: string, alias: string): boolean;
  /** Loads by their ids, in order of these. */
  loads(ids: readonly number[]): Load[];
  /** The loads of an asset that lie in ranges which do not overlap: a version's own ranges say which its table consists of. */
  loadsIn(asset: string, ranges: readonly LoadRange[]): Load[];
  /** The same loads in as few ranges as can be. `ranges` are in order and end with loads that are recorded. */
  joinRanges(asset: string, ranges: readonly LoadRange[]): LoadRange[];
  /** The highest id of an asset's recorded loads; 0 when there are none. */
  newestLoad(asset: string): number;
  /** Reserves load ids; a crash leaves a gap, never a double. */
  nextLoadIds(count: number): number[];
  addLoad(load: Load): void;
  /** What was remembered of a file's content: a text of whoever asks. Losing it costs time only. */
  fileHash(path: string): string | undefined;
  setFileHash(path: string, known: string): void;
  /** What was found out about an asset's declaration, if it was of this print. Losing it costs time only. */
  study(asset: string, print: string): Json | undefined;
  setStudy(asset: string, print: string, findings: Json): void;
  startRun(id: string, at: Instant): void;
  finishRun(id: string, at: Instant, outcome: 'done' | 'failed'): void;
  /** Takes back the record of a run that has done nothing. */
  forgetRun(id: string): void;
  addStep(step: StepRecord): void;
  /** Newest first. */
  runs(limit: number): RunRecord[];
  run(id: string): RunRecord | undefined;
  steps(run: string): StepRecord[];
  /** The next index to read of each stream of a log. */
  logOffsets(log: string): ReadonlyMap<string, number>;
  setLogOffset(log: string, stream: string, next: number): void;
  logStart(log: string): LogStart | undefined;
  setLogStart(log: string, start: LogStart): void;
  readonly leases: Leases;
  readonly places: Places;
  readonly notices: Notices;
  readonly audits: Audits;
  readonly trials: Trials;
  readonly lookUps: LookUps;
  readonly batches: Batches;
  readonly versionNotes: VersionNotes;
  readonly notes: RunningNotes;
  /** Runs `work` in one write transaction; joins the one under way, if any. */
  transaction<T>(work: () => T): T;
}
