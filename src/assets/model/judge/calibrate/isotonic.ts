import { orderOf } from '../order.ts';

/** Probabilities nearer to each other are one, as for scikit-learn. */
const SAME = 1e-15;

/**
 * The rising steps that are nearest to the targets, by pooling neighbours that fall (Barlow and others 1972): thresholds x and the share of
 * positives y at each. Points within a level stretch are left out but for its ends, between which lines are drawn.
 */
export function fitIsotonic(probability: Float64Array, target: Float64Array, weights?: Float64Array) {
  const x: number[] = [];
  const pooled: Pool[] = [];
  for (const row of orderOf(probability)) {
    const weight = weights?.[row] ?? 1;
    if (weight === 0) continue;
    const p = probability[row] as number;
    const sum = weight * (target[row] as number);
    const last = x.length - 1;
    if (last >= 0 && p - (x[last] as number) < SAME) {
      const pool = pooled[last] as Pool;
      pool.weight += weight;
      pool.sum += sum;
    } else {
      x.push(p);
      pooled.push({ weight, sum, points: 1 });
    }
  }
  const y = rising(pooled);
  const kept = x.flatMap((_, i) =>
    i === 0 || i === x.length - 1 || y[i] !== y[i - 1] || y[i] !== y[i + 1] ? [i] : [],
  );
  return { x: kept.map((i) => x[i] as number), y: kept.map((i) => y[i] as number) };
}

interface Pool {
  weight: number;
  sum: number;
  points: number;
}

function rising(points: readonly Pool[]): number[] {
  const pools: Pool[] = [];
  for (const point of points) {
    pools.push({ ...point });
    for (;;) {
      const last = pools.at(-1) as Pool;
      const before = pools.at(-2);
      if (before === undefined || before.sum / before.weight < last.sum / last.weight) break;
      pools.pop();
      before.weight += last.weight;
      before.sum += last.sum;
      before.points += last.points;
    }
  }
  return pools.flatMap(({ sum, weight, points: count }) => new Array<number>(count).fill(sum / weight));
}
