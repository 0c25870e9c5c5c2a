import { formatDuration, formatIntervals, type Micros, quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { CheckResult } from '../../../store/state/index.ts';
import type { ContractSpec, Failing } from '../../contract/index.ts';
import type { Progress } from '../version.ts';

const LATE = 'late rows';

/** Whether rows have come for intervals that are closed. Only where intervals are ever closed. */
export function lateCheck(table: string, lookBack: Micros | undefined, { late }: Progress): CheckResult[] {
  if (lookBack === undefined) return [];
  const [first] = late;
  return [
    {
      name: LATE,
      passed: first === undefined,
      severity: 'warn',
      observed: first === undefined ? 'none' : `for ${formatIntervals(late)}`,
      wanted: `none later than ${formatDuration(lookBack)}; \`millrace run ${table} --from … --to …\` takes them in`,
    },
  ];
}

/** Closed intervals that lack rows stand on a failed check, until they are built again. */
export function lateStanding({ late }: Progress): Failing {
  return late.length === 0 ? {} : { [LATE]: late };
}

/**
 * Whether a key of the intervals that were built stands in another interval too. A key that has the event time in it cannot.
 * @param relations after FROM: the rows that were built, and those that stay
 */
export async function keysApart(
  session: Session,
  contract: ContractSpec,
  relations: { readonly made: string; readonly kept: string },
): Promise<CheckResult[]> {
  const { key, eventTime } = contract;
  if (key.length === 0 || key.includes(eventTime as string)) return [];
  const names = key.map(quoteName).join(', ');
  const [found] = await session.rows<{ n: number }>(
    `select count(*) as n from (select distinct ${names} from ${relations.made}) semi join ${relations.kept} using (${names})`,
  );
  const n = Number(found?.n ?? 0);
  return [
    {
      name: 'key: in two intervals',
      passed: n === 0,
      severity: contract.onBreach === 'warn' ? 'warn' : 'block',
      observed: n === 1 ? '1 key' : `${n} keys`,
      wanted: 'no key',
    },
  ];
}
