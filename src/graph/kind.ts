import type { Instant, Interval, Intervals, Json, Micros, Problem } from '../base/index.ts';
import type { Session } from '../engine/index.ts';
import type { LakeChange } from '../store/lake/index.ts';
import type { CheckResult, ColumnPromise, Version } from '../store/state/index.ts';
import type { Lineage } from './lineage.ts';
import type { Portrait, PortraitContext } from './portrait.ts';
import type { Graph, Node } from './project.ts';
import type { Workspace } from './workspace.ts';

/** What has arrived from outside since the live version was built. */
export interface Arrivals {
  /** Of everything the asset would consist of after building: equal content, equal fingerprint. */
  readonly fingerprint: string;
  /** In words: `2 new files, 1 changed file`; empty when there is nothing. */
  readonly reason: string;
  readonly bytes: number;
  /** What `build` needs to know of it. */
  readonly detail: Json;
  /** Whether it takes the place of what was there before: nothing is added to what is live, it is built anew. */
  readonly anew?: true;
}

export interface BuildContext<Body = unknown> {
  readonly node: Node<Body>;
  readonly graph: Graph;
  readonly workspace: Workspace;
  /** The version that is live now, if any. */
  readonly live: Version | undefined;
  /** Whether only new arrivals are to be added to the live version. Otherwise everything is built anew. */
  readonly extend: boolean;
  readonly arrivals: Arrivals | undefined;
  /** Event time that is to be built again whatever has changed. */
  readonly backfill?: Interval;
  /** The live version of an input. */
  input(name: string): Version;
  /** A name of its own for what is being built, for stores that want one before the version has its number. */
  readonly buildId: string;
  /** The snapshot on which a commit of this build is based. */
  readonly base: number;
  /** Says how far it is, 0 to 1, and with what. */
  progress(share: number, what: string): void;
  /** Passes on a line that a program at work has written; it is kept in the step's log. Whoever passes lines on bounds how many. */
  say(line: string): void;
  /** Aborted when nobody waits for the result any more: its time is over. Heeding it saves work; what is built then is never published. */
  readonly signal: AbortSignal;
}

/** What a build made. Nobody sees it until its gates have passed and it is published. */
export interface Candidate {
  readonly rows: number | null;
  /** In a few words, for people. */
  readonly note: string;
  readonly checks: readonly CheckResult[];
  readonly detail: Json;
  /** Tables that appear with it. */
  readonly changes: readonly LakeChange[];
  /** What `settle` is given once the version is live; it may be lost. */
  readonly staged?: unknown;
  /** What else becomes true in the same transaction. */
  readonly publish?: (version: Version) => void;
}

/** How old what is live may be, and is. */
export interface Freshness {
  /** The newest event time; null without rows. */
  readonly newest: Instant | null;
  /** No older than so long before now. */
  readonly atMost: Micros;
  /** The column of event times. */
  readonly column: string;
  /** The check that said the same when the version was built. */
  readonly check: string;
}

/** What a kind may ask while checking: the graph, and an engine to prepare SQL on empty tables. No data. */
export interface CheckContext {
  readonly graph: Graph;
  readonly session: Session;
  /** What was found out about a declaration before, so that it need not be asked again. Absent where there is no state. */
  readonly studies?: Studies;
  /** The project's folder, absolute, for files that a declaration names. Absent where there is none: they are then found missing when they are read. */
  readonly folder?: string;
}

/** Findings by asset, valid for one print of everything they follow from. */
export interface Studies {
  study(asset: string, print: string): Json | undefined;
  setStudy(asset: string, print: string, findings: Json): void;
}

/**
 * A sort of asset. The graph walks nodes and never asks which kind one is: each kind answers for itself.
 * `Body` is the kind's part of the plain JSON form.
 */
export interface Kind<Body = unknown> {
  readonly kind: string;
  /** Raised when the same declaration over the same inputs would now build something else; part of every fingerprint. */
  readonly revision: number;
  /** Whether a build sees the rows of its inputs, or only how they are declared. Default: their rows. */
  readonly sees?: 'rows' | 'declaration';
  /** The part of the body that decides what is built. Owner, description, gates and the like stay out. Default: the body. */
  definition?(body: Body): unknown;
  /** How what it builds is laid into files. Changed, it is built anew; what is built from it sees no difference. */
  storage?(body: Body): unknown;
  /** Faults of the declaration, all of them. Reads no data. */
  check?(node: Node<Body>, context: CheckContext): readonly Problem[] | Promise<readonly Problem[]>;
  /**
   * How its columns come from those of its inputs, by the declaration as it stands. Reads no data. Undefined, and by default: it is
   * built from the whole of every input, and seen as a whole.
   */
  lineage?(node: Node<Body>, context: CheckContext): Lineage | undefined | Promise<Lineage | undefined>;
  /** What it promises about its columns, for telling breaking changes from safe ones. */
  promises?(body: Body): Readonly<Record<string, ColumnPromise>>;
  /** What it is to those outside, who are told of runs. Default: something of this kind, and no more. */
  portray?(node: Node<Body>, context: PortraitContext): Portrait;
  /** Looks outside. Only for kinds that take in something from there; undefined where this one of them takes in nothing. */
  arrivals?(node: Node<Body>, live: Version | undefined, workspace: Workspace): Promise<Arrivals | undefined>;
  /** How it goes on from its live version. Undefined, and by default: what has changed is built anew. */
  continues?(body: Body): Continuation | undefined;
  /**
   * The intervals of event time that the inputs' changes since the live version touch, from the catalog alone: never less than the truth,
   * sometimes more. Undefined where it is not built by intervals.
   */
  pending?(node: Node<Body>, live: Version, graph: Graph, workspace: Workspace): Intervals | undefined;
  /** Whether what a version keeps outside the lake is still there. Default: it keeps nothing there. */
  intact?(version: Version, workspace: Workspace): Promise<boolean>;
  /**
   * Brings what is kept outside the lake, and read beside it, in line with the live version; nothing to do where it is. Called after a version
   * has become live, with what its build had staged, and at the start of every run: killed in between, the next one does it.
   */
  settle?(node: Node<Body>, live: Version, workspace: Workspace, staged?: unknown): Promise<void>;
  /** Versions, of whatever asset, that something else refers to: an answer that was given, a copy. They must not be forgotten. */
  names?(asset: string, workspace: Workspace): Promise<Iterable<string>>;
  /** Whether a version that was set aside is whole without the lake, so that a person can let it become visible later. Default: no. */
  readonly promotable?: boolean;
  /** How fresh a version is beside what is promised. Default, and undefined: nothing is promised. */
  freshness?(
    node: Node<Body>,
    version: Version,
    workspace: Workspace,
  ): Promise<Freshness | undefined> | Freshness | undefined;
  /** Makes a candidate. Idempotent: what a killed build left behind must not matter. */
  build(context: BuildContext<Body>): Promise<Candidate>;
}

/** How a version goes on from the live one, instead of beginning anew, when what it is built from has changed. */
export interface Continuation {
  /** Inputs whose changed rows are taken in by an `extend`; that of any other input is a `rebuild`. */
  readonly grows: readonly string[];
  /** Inputs that are looked up as they are at the time: their new rows are no reason to build. */
  readonly looksUp?: readonly string[];
  /**
   * Whether a version's content depends on those before it, and not on declaration and inputs alone. It then takes part in the
   * fingerprint, so that no earlier version is taken for the same.
   */
  readonly remembers?: boolean;
  /** Whether a changed declaration goes on from what is live too. */
  readonly carries?: boolean;
  /** Whether it is built by intervals of event time, any of which can be built again. */
  readonly byIntervals?: boolean;
}

/** The kinds by name. */
export type Kinds = ReadonlyMap<string, Kind>;
