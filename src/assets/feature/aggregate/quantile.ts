import type { StateValue } from '../../../store/online/index.ts';
import type { Aggregate, Monoid } from './aggregate.ts';

/** A bucket's bounds are in this proportion, so the middle of one is within 1 % of everything in it. */
const GROWTH = 1.02;
const LOG = Math.log(GROWTH);

/** How many values lie in each bucket: bucket i > 0 of the positive, −i of the negative ones; zero is apart. */
type Buckets = Map<number, number>;

/** Where zero is. Values below 1e-300 are zero too. */
const ZERO = 0;
/** Indexes are moved so that those of every double are positive. */
const SHIFT = Math.ceil(Math.log(1e300) / LOG) + 1;

function bucketOf(value: number): number {
  const size = Math.abs(value);
  if (size < 1e-300) return ZERO;
  const index = Math.ceil(Math.log(size) / LOG) + SHIFT;
  return value > 0 ? index : -index;
}

/** The middle of a bucket. */
function middleOf(bucket: number): number {
  if (bucket === ZERO) return 0;
  const middle = (2 * GROWTH ** (Math.abs(bucket) - SHIFT)) / (1 + GROWTH);
  return bucket > 0 ? middle : -middle;
}

const buckets: Monoid<Buckets> = {
  empty: () => new Map(),
  add: (state, value) => {
    const bucket = bucketOf(value as number);
    return state.set(bucket, (state.get(bucket) ?? 0) + 1);
  },
  merge: (a, b) => {
    for (const [bucket, n] of b) a.set(bucket, (a.get(bucket) ?? 0) + n);
    return a;
  },
  remove: (a, b) => {
    for (const [bucket, n] of b) {
      const left = (a.get(bucket) ?? 0) - n;
      if (left === 0) a.delete(bucket);
      else a.set(bucket, left);
    }
    return a;
  },
  save: (state) => [...state] as StateValue,
  load: (saved) => new Map(saved as unknown as readonly (readonly [number, number])[]),
};

/**
 * The q-quantile, within 1 % of a value of that rank (DDSketch, Masson et al., VLDB 2019: buckets that grow by a factor). The rank is
 * ⌈q·n⌉, at least 1, as of DuckDB's quantile_disc.
 */
export const quantile: Aggregate<Buckets> = {
  state: 'buckets',
  monoid: () => buckets,
  result: (state, _, q) => {
    if (state.size === 0) return null;
    let n = 0;
    for (const count of state.values()) n += count;
    let left = Math.max(1, Math.ceil(q * n));
    for (const bucket of [...state.keys()].sort((a, b) => a - b)) {
      left -= state.get(bucket) as number;
      if (left <= 0) return middleOf(bucket);
    }
    return null;
  },
  sql: ({ value, seen, parameter }) => `quantile_disc(${value}, ${parameter}) filter (where ${seen})`,
};
