import { atMost, type Interval, type Intervals, subtracted, united } from '../../base/index.ts';
import type { Version } from '../../store/state/index.ts';
import { letInRules } from './enforce.ts';
import { tableRuleName } from './rule-names.ts';
import type { ContractSpec } from './spec.ts';
import type { Check } from './table-rules.ts';

/** Event time that stands on failed checks, by the name of the check: rows are in the table, and something about them did not hold. */
export type Failing = Readonly<Record<string, Intervals>>;

/** What a version of a dataset with event time remembers about where its rows lie. */
export interface Standing {
  /** Between which instants the rows lie that its own build brought. */
  readonly built: Intervals;
  readonly failing: Failing;
}

/** More intervals of one check are joined: then it says of some time too much that it stands on failed checks, never too little. */
const MOST = 100;

/**
 * Which event time stands on failed checks after a build. `replaced` says that the build's rows took the place of all others of their intervals;
 * otherwise they came on top of them.
 */
export function standingAfter(
  before: Failing | undefined,
  built: Intervals,
  failed: readonly string[],
  replaced: boolean,
): Standing {
  const failing: Record<string, Intervals> = {};
  for (const name of new Set([...Object.keys(before ?? {}), ...failed])) {
    const old = before?.[name] ?? [];
    const intervals = atMost(
      MOST,
      united(replaced ? subtracted(old, built) : old, failed.includes(name) ? built : []),
    );
    if (intervals.length > 0) failing[name] = intervals;
  }
  return { built, failing };
}

/**
 * The failed checks that say something about rows in the table. Rows that were set aside are not in it, and that the newest row is old is no fault of
 * any row.
 */
export function failedInTable(contract: ContractSpec, checks: readonly Check[]): string[] {
  const about = new Set([...contract.tableRules.map(tableRuleName), ...letInRules(contract)]);
  return checks.filter(({ name, passed }) => !passed && about.has(name)).map(({ name }) => name);
}

/** From the first to the last of some rows; nothing of none. */
export function spanOf(first: number | null | undefined, last: number | null | undefined): Interval[] {
  return typeof first === 'number' && typeof last === 'number' ? [{ from: first, to: last + 1 }] : [];
}

/** What a version of a dataset says of itself; undefined where it has no event time, or is from before this was kept. */
export function standingOf({ detail }: Version): Standing | undefined {
  return (detail as { standing?: Standing } | null)?.standing;
}

/** The failing checks of a version and of all datasets that it was built from, each as `asset: check`. */
export function failingBehind(
  version: Version,
  versionOf: (id: string) => Version | undefined,
): Map<string, Intervals> {
  const found = new Map<string, Intervals>();
  const seen = new Set<string>();
  const visit = (one: Version): void => {
    if (seen.has(one.id)) return;
    seen.add(one.id);
    for (const [name, intervals] of Object.entries(standingOf(one)?.failing ?? {})) {
      const key = `${one.asset}: ${name}`;
      found.set(key, united(found.get(key) ?? [], intervals));
    }
    for (const id of Object.values(one.inputs)) {
      const input = versionOf(id);
      if (input) visit(input);
    }
  };
  visit(version);
  return found;
}
