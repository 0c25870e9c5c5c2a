/** ROC AUC and its variance as DeLong and others (1988) write them: each positive beside each negative. */
export function delongByPairs(target: Float64Array, score: Float64Array) {
  const positives = [...score].filter((_, i) => target[i] === 1);
  const negatives = [...score].filter((_, i) => target[i] === 0);
  const wins = (x: number, y: number): number => (x > y ? 1 : x === y ? 0.5 : 0);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const v10 = positives.map((x) => mean(negatives.map((y) => wins(x, y))));
  const v01 = negatives.map((y) => mean(positives.map((x) => wins(x, y))));
  return { auc: mean(v10), v10, v01 };
}

/** The covariance of two lists of as many numbers, over n − 1. */
function covariance(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((sum, value, i) => sum + (value - ma) * ((b[i] as number) - mb), 0) / (a.length - 1);
}

/** The variance of one AUC, or of the difference of two, by the whole covariance matrix. */
export function delongVariance(target: Float64Array, first: Float64Array, second?: Float64Array): number {
  const a = delongByPairs(target, first);
  const of = (x: typeof a, y: typeof a): number =>
    covariance(x.v10, y.v10) / x.v10.length + covariance(x.v01, y.v01) / x.v01.length;
  if (second === undefined) return of(a, a);
  const b = delongByPairs(target, second);
  return of(a, a) + of(b, b) - 2 * of(a, b);
}
