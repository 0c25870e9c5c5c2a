import type { StateValue } from '../../../store/online/index.ts';
import type { Monoid } from './aggregate.ts';
import { ExactSum } from './exact-sum.ts';

/** How many values there are, and their exact sum. */
export interface Total {
  n: number;
  readonly sum: ExactSum;
}

function take(total: Total, saved: StateValue): Total {
  const numbers = saved as readonly number[];
  total.n += numbers[0] as number;
  total.sum.take(numbers, 1);
  return total;
}

/** What `sum` and `mean` keep. */
export const totals = (where: string): Monoid<Total> => ({
  empty: () => ({ n: 0, sum: new ExactSum() }),
  add: (total, value) => {
    total.sum.add(value as number, where);
    total.n++;
    return total;
  },
  merge: (a, b) => {
    a.sum.merge(b.sum);
    a.n += b.n;
    return a;
  },
  remove: (a, b) => {
    a.sum.remove(b.sum);
    a.n -= b.n;
    return a;
  },
  save: ({ n, sum }) => [n, ...sum.save()],
  load: (saved) => take({ n: 0, sum: new ExactSum() }, saved),
  take,
});
