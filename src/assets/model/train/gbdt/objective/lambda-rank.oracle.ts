/**
 * What LambdaMART pulls at: the first derivatives of one group by definition. Each pair's weight is the change of NDCG (at `places`) when the two
 * swap places, computed by swapping; its loss is weight · log(1 + e^−lead), differentiated by differences with all weights held. Then LightGBM's scaling.
 */
export function slopesBySwaps(
  grades: readonly number[],
  scores: readonly number[],
  places: number,
): number[] {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const dcg = (ranked: readonly number[], most: number): number =>
    ranked
      .slice(0, most)
      .reduce((sum, row, place) => sum + (2 ** grades[row]! - 1) / Math.log2(place + 2), 0);
  const ideal = dcg(
    [...grades.keys()].sort((a, b) => grades[b]! - grades[a]!),
    places,
  );
  const pairs: { better: number; worse: number; weight: number }[] = [];
  const spread = new Set(scores).size > 1;
  for (let i = 0; i < order.length; i++)
    for (let j = i + 1; j < order.length; j++) {
      const [a, b] = [order[i]!, order[j]!];
      if (grades[a] === grades[b] || i >= places) continue;
      const swapped = order.slice();
      swapped[i] = b;
      swapped[j] = a;
      const change = Math.abs(dcg(order, Infinity) - dcg(swapped, Infinity)) / ideal;
      const [better, worse] = grades[a]! > grades[b]! ? [a, b] : [b, a];
      const gap = Math.abs(scores[a]! - scores[b]!);
      pairs.push({ better, worse, weight: spread ? change / (0.01 + gap) : change });
    }
  const loss = (at: readonly number[]): number =>
    pairs.reduce(
      (sum, { better, worse, weight }) => sum + weight * Math.log1p(Math.exp(at[worse]! - at[better]!)),
      0,
    );
  const step = 1e-5;
  const slopes = scores.map((_, row) => {
    const moved = (by: number): number => loss(scores.map((score, i) => (i === row ? score + by : score)));
    return (moved(step) - moved(-step)) / (2 * step);
  });
  const pulls = pairs.reduce(
    (sum, { better, worse, weight }) => sum + (2 * weight) / (1 + Math.exp(scores[better]! - scores[worse]!)),
    0,
  );
  return pulls === 0 ? slopes : slopes.map((slope) => (slope * Math.log2(1 + pulls)) / pulls);
}
