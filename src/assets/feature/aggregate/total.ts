import type { Monoid } from './aggregate.ts';
import { ExactSum } from './exact-sum.ts';

/** How many values there are, and their exact sum. */
export interface Total {
  n: number;
  readonly sum: ExactSum;
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
  load: (saved) => {
    const [n, ...limbs] = saved as number[];
    return { n: n as number, sum: ExactSum.of(limbs) };
  },
});
