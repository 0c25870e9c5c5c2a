import { EARLIEST, type Intervals, LATEST, type Micros, quoteText } from '../../../base/index.ts';
import type { BuildContext } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { failingBehind } from '../../contract/index.ts';
import { aggregatesOf } from '../../feature/index.ts';
import type { InputPlan } from '../inputs.ts';
import type { TrainingSetBody } from '../spec.ts';

/** A failed check, and the instants at which an ask sees rows that stand on it. */
export interface FailedBehind {
  /** `payments: mean amount`. */
  readonly check: string;
  readonly asks: Intervals;
}

/**
 * The failed checks that stand behind a training set: of the dataset of its labels at the instant of the ask, of those behind its features
 * anywhere in their windows, and of all that these were built from.
 */
export function failedBehind(
  { node, workspace: { state }, input }: Pick<BuildContext<TrainingSetBody>, 'node' | 'workspace' | 'input'>,
  plan: InputPlan,
): FailedBehind[] {
  const versionOf = (id: string): Version | undefined => state.version(id);
  const found = new Map<string, Intervals>();
  const add = (version: Version | undefined, reach: Micros): void => {
    if (version === undefined) return;
    for (const [check, intervals] of failingBehind(version, versionOf)) {
      // An ask at t sees what happened from t − reach on.
      const asks = intervals.map(({ from, to }) => ({ from, to: to + reach }));
      found.set(check, [...(found.get(check) ?? []), ...asks]);
    }
  };
  add(input(node.body.labels.from), 0);
  for (const { of, body } of plan.lookups) {
    const source = input(of).inputs[body.from];
    // The oldest row of a window lies up to a hop before it.
    const reach = Math.max(
      ...aggregatesOf(body).map(({ window, hop, ending }) =>
        window === null ? LATEST - EARLIEST : window + hop + ending,
      ),
    );
    add(source === undefined ? undefined : versionOf(source), reach);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([check, asks]) => ({ check, asks }));
}

/** SQL: the failed checks that a row at the instant `at` (microseconds) stands on, one after the other; null for none. */
export function onFailedSql(failed: readonly FailedBehind[], at: string): string {
  if (failed.length === 0) return 'null::VARCHAR';
  const cases = failed.map(({ check, asks }) => {
    const inside = asks.map(({ from, to }) => `(${at} >= ${from} and ${at} < ${to})`).join(' or ');
    return `case when ${inside} then ${quoteText(check)} end`;
  });
  return `nullif(array_to_string(list_filter([${cases.join(', ')}], lambda x: x is not null), '; '), '')`;
}
