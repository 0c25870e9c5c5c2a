/** The index by its definition, bin by bin. */
export function psiSlow(train: readonly number[], test: readonly number[]): number {
  const bins = train.map((_, bin) => bin).filter((bin) => (train[bin] as number) + (test[bin] as number) > 0);
  const shareOf = (counts: readonly number[], bin: number): number => {
    let whole = 0;
    for (const other of bins) whole += (counts[other] as number) + 0.5;
    return ((counts[bin] as number) + 0.5) / whole;
  };
  let sum = 0;
  for (const bin of bins) {
    const [p, q] = [shareOf(train, bin), shareOf(test, bin)];
    sum += (q - p) * Math.log(q / p);
  }
  return sum;
}

/** The distance of two samples as the mean distance of their quantiles, over as many as both sizes divide. */
export function wassersteinSlow(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a.toSorted((p, q) => p - q), b.toSorted((p, q) => p - q)];
  const steps = a.length * b.length;
  let sum = 0;
  for (let i = 0; i < steps; i++)
    sum += Math.abs((x[Math.floor(i / b.length)] as number) - (y[Math.floor(i / a.length)] as number));
  return sum / steps;
}
