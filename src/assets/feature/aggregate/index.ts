import type { AggregateName } from '../spec.ts';
import type { Aggregate } from './aggregate.ts';
import { count } from './count.ts';
import { distinct } from './distinct.ts';
import { max, min } from './extreme.ts';
import { first, last } from './first-last.ts';
import { lastK } from './last-k.ts';
import { mean } from './mean.ts';
import { quantile } from './quantile.ts';
import { share } from './share.ts';
import { sinceLast } from './since-last.ts';
import { sum } from './sum.ts';
import { topK } from './top-k.ts';
import { stddev, variance } from './variance.ts';

export * from './aggregate.ts';
export { MOST_EXACT } from './distinct.ts';
export { SUM_LIMIT } from './exact-sum.ts';

// biome-ignore lint/suspicious/noExplicitAny: each has a state of its own
const all: { readonly [Name in AggregateName]: Aggregate<any> } = {
  count,
  sum,
  mean,
  variance,
  stddev,
  min,
  max,
  first,
  last,
  lastK,
  distinct,
  quantile,
  topK,
  share,
  sinceLast,
};

export const aggregateOf = (name: AggregateName): Aggregate => all[name];
