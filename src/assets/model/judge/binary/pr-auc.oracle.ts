/** Average precision, re-counting every row at every distinct score. */
export function prAucByCounting(target: Float64Array, score: Float64Array): number | null {
  const positives = target.reduce((n, y) => n + y, 0);
  if (positives === 0) return null;
  const thresholds = [...new Set(score)].sort((a, b) => b - a);
  let sum = 0;
  let recallBefore = 0;
  for (const threshold of thresholds) {
    let yes = 0;
    let right = 0;
    for (let i = 0; i < target.length; i++) {
      if ((score[i] as number) < threshold) continue;
      yes++;
      right += target[i] as number;
    }
    sum += (right / positives - recallBefore) * (right / yes);
    recallBefore = right / positives;
  }
  return sum;
}
