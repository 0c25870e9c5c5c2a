import type { Json, Problem } from '../../base/index.ts';
import type { Node, Workspace } from '../../graph/index.ts';
import type { ContractSpec } from '../contract/index.ts';
import type { FoundFile } from './files/discover.ts';
import type { FileForm } from './files/spec.ts';
import type { SourceBody } from './spec.ts';

/** A load that is part of the table: what brought it, with which content. */
export interface RecordedLoad {
  readonly load: number;
  readonly path: string;
  readonly hash: string;
}

/** What the live version remembers of how far it has come. */
export interface Recorded {
  readonly loads: readonly RecordedLoad[];
  /** What the connector's last reading gave; undefined when there was none, or the rows came from elsewhere. */
  readonly progress: Json | undefined;
}

export interface Asked<Spec> {
  readonly node: Node<SourceBody>;
  readonly spec: Spec;
  readonly contract: ContractSpec;
  readonly workspace: Workspace;
  /** Undefined when nothing is live. */
  readonly recorded: Recorded | undefined;
}

/** What has arrived outside, beside what is recorded. */
export interface Look {
  /** Of everything the table would consist of: equal content, equal fingerprint. Undefined: nothing has arrived since. */
  readonly fingerprint: string | undefined;
  /** In words: `2 new files`; empty when there is nothing. */
  readonly reason: string;
  readonly bytes: number;
  /** What `read` needs to know of it. */
  readonly detail: Json;
}

export interface ReadOptions<Spec> extends Asked<Spec> {
  /** Whether only what has arrived since is wanted. Otherwise everything that is there. */
  readonly extend: boolean;
  /** The detail of the look that was planned from; null when it did not succeed. */
  readonly planned: Json;
  /** A folder for what has to be kept until it is loaded, made when it is asked for; it is removed afterwards. */
  readonly tempFolder: string;
  progress(share: number, what: string): void;
  /** Aborted when nobody waits for the rows any more. */
  readonly signal: AbortSignal;
}

/**
 * What came at once and is recorded as one load: a file on this machine, if only for as long as it is loaded. Where the reading has
 * `bring` it is still elsewhere.
 */
export interface Delivery {
  readonly found: FoundFile;
  /** SHA-256 of its bytes. */
  readonly hash: string;
}

export interface Reading {
  readonly deliveries: readonly Delivery[];
  readonly form: FileForm;
  /** Whether each row was judged when it came: a column that none of them has is then no column that was renamed. */
  readonly judged?: true;
  /** Recorded loads whose rows these rows replace. */
  readonly leaving: readonly number[];
  /** Whether a row takes the place of an earlier one of its key. Otherwise the first row keeps the key, and the second is bad. */
  readonly replaces: boolean;
  /** What to remember, as `Recorded.progress` of the next look. It is published with the rows, in one transaction. */
  readonly progress?: Json;
  /** The fingerprint a look would have had that saw exactly what was read. Absent when it must be what was planned. */
  readonly seen?: string | ((brought: readonly Delivery[]) => string);
  /**
   * Brings some of the deliveries, by their places, to this machine, just before they are loaded; they are removed when they have been.
   * So no more than one batch (load/batches.ts) is on disk.
   */
  readonly bring?: (places: readonly number[]) => Promise<readonly Delivery[]>;
  /** In words: `3 files`. */
  readonly from: string;
}

/**
 * A way in. `look` compares what is recorded with what the outside says and brings nothing into the table; `read` brings it, as
 * deliveries that the contract is enforced on. Both may be killed at any moment: until the version is published nothing has happened.
 * The suite every connector passes is connector.conformance.ts.
 */
export interface ConnectorPort<Spec> {
  readonly connector: string;
  /** The part of the spec that decides which rows there are. Default: all of it. */
  identity?(spec: Spec): unknown;
  /** Faults of the declaration. Looks at nothing outside. */
  check?(spec: Spec, contract: ContractSpec): readonly Omit<Problem, 'owner' | 'asset' | 'place'>[];
  /**
   * @throws MILL_CONNECTOR_UNREACHABLE (retry: true) when the outside does not answer, or whatever else keeps it from being seen: the
   * plan goes on without, and `read` is asked with `planned: null`, so that the source's own step says so.
   */
  look(asked: Asked<Spec>): Promise<Look>;
  read(options: ReadOptions<Spec>): Promise<Reading>;
}
