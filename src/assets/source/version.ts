import type { Json } from '../../base/index.ts';
import type { LoadRange, Version } from '../../store/state/index.ts';
import type { ContractSpec, Standing, Statistics } from '../contract/index.ts';

/** What a version of a source remembers. */
export interface SourceVersion {
  /** The connector that brought its rows. */
  readonly connector?: string;
  /** The loads that its table consists of: as many ranges as loads have left it, and not one for each that came. */
  readonly loads: readonly LoadRange[];
  /** Rows in its quarantine. */
  readonly quarantined: number;
  /** Rows of this version's own loads that broke each rule. */
  readonly broken: Readonly<Record<string, number>>;
  /** What its load gave, for later ones to be held against. */
  readonly statistics?: Statistics;
  /** What it was judged by. */
  readonly contract?: ContractSpec;
  /** Which event time its rows are of, and which of it stands on failed checks. */
  readonly standing?: Standing;
  /** Set when rows were let in from its quarantine since its loads came; the token makes a version of its own of it. */
  readonly readmitted?: { readonly token: string };
  /** How far its connector has come; absent where the loads say it. */
  readonly reached?: Reached;
}

/** How far a connector has come in an outside that goes on moving. */
export interface Reached {
  /** The fingerprint of the connector's identity: progress means something only there. */
  readonly where: string;
  readonly progress: Json;
  /** The fingerprint of the arrivals that the version was planned from, which is part of the version's own. */
  readonly planned: string;
  /** The fingerprint of what was really read, some time after the plan. */
  readonly seen: string;
}

/** What a version of a source remembers, from its record. */
export function sourceVersionOf(version: Version): SourceVersion {
  return version.detail as unknown as SourceVersion;
}
