import type { Instant } from '../../base/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Point } from './history.ts';
import { isOfLoad, type Measured } from './measures.ts';
import { tableRuleName } from './rule-names.ts';
import type { ContractSpec } from './spec.ts';

/** The numbers of one load that later ones are held against; kept in the version's detail. */
export interface Statistics {
  /** Whether the load was the whole table, or came on top of what was there: the two are not alike. */
  readonly whole: boolean;
  /** By the name of the check; null where there was no number. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** Of what was measured, all that a version remembers: what is of the load, and what is of the table. */
export function statisticsOf(measured: Measured, whole: boolean): Statistics {
  return { whole, values: Object.fromEntries(measured) };
}

/** What earlier published versions remember, by the name of the check, of loads of the same sort. */
export type History = ReadonlyMap<string, readonly Point[]>;

/** The history that a contract's rules are held against. Versions that did not pass or were taken back say nothing. */
export function historyOf(contract: ContractSpec, versions: readonly Version[], whole: boolean): History {
  const names = contract.tableRules.filter(isOfLoad).map(tableRuleName);
  const history = new Map<string, { at: Instant; value: number }[]>(names.map((name) => [name, []]));
  if (names.length === 0) return history;
  for (const { status, createdAt, detail } of versions) {
    const { statistics } = detail as { statistics?: Statistics };
    if (status !== 'published' || statistics === undefined || statistics.whole !== whole) continue;
    for (const [name, points] of history) {
      const value = statistics.values[name];
      if (typeof value === 'number') points.push({ at: createdAt, value });
    }
  }
  return history;
}
