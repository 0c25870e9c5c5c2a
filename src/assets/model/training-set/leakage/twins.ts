import { quoteName } from '../../../../base/index.ts';
import type { Session } from '../../../../engine/index.ts';

/** Rows to judge by that are among those learnt from as well, with the same inputs and answer. */
export interface Twins {
  /** Rows of validation and test. */
  readonly judging: number;
  readonly twins: number;
  /** The share of the rows learnt from that have no twin among themselves: where it is low, inputs repeat by their nature. */
  readonly unlike: number;
}

/** Counts rows by all of their inputs and the target. */
export async function twinsOf(
  session: Session,
  relation: string,
  columns: readonly string[],
): Promise<Twins> {
  const same = columns.map(quoteName).join(', ');
  const [row] = await session.rows<{ judging: number; twins: number; learnt: number; single: number }>(
    `select coalesce(sum(j), 0)::BIGINT as judging, coalesce(sum(j) filter (t > 0), 0)::BIGINT as twins,
       coalesce(sum(t), 0)::BIGINT as learnt, coalesce(sum(t) filter (t = 1), 0)::BIGINT as single
     from (select count(*) filter (_split = 'train') as t, count(*) filter (_split <> 'train') as j from ${relation} group by ${same})`,
  );
  const { judging = 0, twins = 0, learnt = 0, single = 0 } = row ?? {};
  return { judging, twins, unlike: learnt === 0 ? 0 : single / learnt };
}
