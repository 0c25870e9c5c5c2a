import type { Version } from '../../store/state/index.ts';

/** What a version of a source remembers. */
export interface SourceVersion {
  /** The loads that its table consists of. */
  readonly loads: readonly number[];
  /** Rows in its quarantine. */
  readonly quarantined: number;
  /** Rows of this version's own loads that broke each rule. */
  readonly broken: Readonly<Record<string, number>>;
}

/** What a version of a source remembers, from its record. */
export function sourceVersionOf(version: Version): SourceVersion {
  return version.detail as unknown as SourceVersion;
}
