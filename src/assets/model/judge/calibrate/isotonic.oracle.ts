/** By probability the level of the nearest rising steps: the highest, over all starts, of the lowest mean, over all ends, of a stretch around it. */
export function isotonicByAllMeans(
  probability: Float64Array,
  target: Float64Array,
  weights: Float64Array,
): Map<number, number> {
  const sums = new Map<number, [weight: number, sum: number]>();
  for (const [i, p] of [...probability.entries()].toSorted((a, b) => a[1] - b[1])) {
    if (weights[i] === 0) continue;
    const [weight, sum] = sums.get(p) ?? [0, 0];
    const own = weights[i] as number;
    sums.set(p, [weight + own, sum + own * (target[i] as number)]);
  }
  const points = [...sums.entries()];
  const mean = (from: number, to: number): number => {
    const stretch = points.slice(from, to + 1).map(([, sum]) => sum);
    return (
      stretch.reduce((all, [, sum]) => all + sum, 0) / stretch.reduce((all, [weight]) => all + weight, 0)
    );
  };
  return new Map(
    points.map(([p], at) => {
      const ends = points.keys().filter((to) => to >= at);
      const all = [...ends];
      const lowest = (from: number): number => Math.min(...all.map((to) => mean(from, to)));
      return [p, Math.max(...[...points.keys()].filter((from) => from <= at).map(lowest))];
    }),
  );
}
