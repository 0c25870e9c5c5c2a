import { FEWEST_APART, type Groups, worthAmong } from '../interval/groups.ts';
import type { Interval } from '../interval/interval.ts';
import { LEVEL } from '../interval/interval.ts';
import { shareInterval, shareOfGroups } from '../interval/share.ts';
import { wilson } from '../interval/wilson.ts';
import { orderOf } from '../order.ts';
import { selected } from './median.ts';

interface Judged {
  readonly target: Float64Array;
  readonly predicted: Float64Array;
  readonly weights?: Float64Array;
}

/**
 * Where the median absolute error lies: between the errors below which the ends of the interval of a share lie, that of the errors up to the
 * median (Woodruff 1952). Null without a median, and of fewer than ten groups.
 */
export function medianInterval(
  { target, predicted, weights }: Judged,
  groups: Groups,
  median: number | null,
): Interval | null {
  const rows = target.length;
  if (median === null || groups.apart < FEWEST_APART) return null;
  const off = target.map((y, row) => Math.abs((predicted[row] as number) - y));
  const worth = weights === undefined ? rows : worthAmong(rows, (row) => weights[row] as number);
  const share = groups.apart === rows ? wilson(0.5, worth) : shareUpTo(off, median, weights, groups, worth);
  if (share === null) return null;
  const at = quantiles(off, weights);
  return { low: at(share.low), high: at(share.high), level: LEVEL };
}

/** The interval of the share of errors up to the median, which is about a half. */
function shareUpTo(
  off: Float64Array,
  median: number,
  weights: Float64Array | undefined,
  groups: Groups,
  worth: number,
): Interval | null {
  const [upTo, all] = [new Float64Array(groups.count), new Float64Array(groups.count)];
  for (let row = 0; row < off.length; row++) {
    const group = groups.of[row] as number;
    const weight = weights?.[row] ?? 1;
    all[group] = (all[group] as number) + weight;
    if ((off[row] as number) <= median) upTo[group] = (upTo[group] as number) + weight;
  }
  const { variance, spread } = shareOfGroups(upTo, all);
  if (variance === null) return null;
  return shareInterval({
    share: 0.5,
    variance: Math.max(variance, 0.25 / worth),
    spread,
    least: () => groups.apart,
  });
}

/** By share of their weight, the error below which so much lies. */
function quantiles(off: Float64Array, weights: Float64Array | undefined): (share: number) => number {
  if (weights === undefined)
    return (share) => selected(off, Math.min(off.length - 1, Math.floor(share * off.length)));
  const order = orderOf(off).filter((row) => (weights[row] as number) > 0);
  const whole = order.reduce((sum, row) => sum + (weights[row] as number), 0);
  return (share) => {
    let below = 0;
    for (const row of order) {
      below += weights[row] as number;
      if (below > share * whole) return off[row] as number;
    }
    return off[order[order.length - 1] as number] as number;
  };
}
