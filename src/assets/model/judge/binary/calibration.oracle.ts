/** ECE with equal-width bins floor(bins × p), last one closed: each bin looks through all rows. */
export function eceEqualWidth(target: Float64Array, probability: Float64Array, bins: number): number {
  let error = 0;
  for (let b = 0; b < bins; b++) {
    const rows = [...probability.keys()].filter(
      (i) => Math.min(bins - 1, Math.floor((probability[i] as number) * bins)) === b,
    );
    error += gap(target, probability, rows);
  }
  return error / target.length;
}

/** ECE with equal-mass bins: each row looks through all others for the middle rank of its ties. */
export function eceEqualMass(target: Float64Array, probability: Float64Array, bins: number): number {
  const n = target.length;
  const binOf = (i: number) => {
    const p = probability[i] as number;
    const higher = probability.filter((q) => q > p).length;
    const equal = probability.filter((q) => q === p).length;
    return Math.min(bins - 1, Math.floor((1 - (higher + equal / 2) / n) * bins));
  };
  let error = 0;
  for (let b = 0; b < bins; b++) {
    error += gap(
      target,
      probability,
      [...probability.keys()].filter((i) => binOf(i) === b),
    );
  }
  return error / n;
}

function gap(target: Float64Array, probability: Float64Array, rows: readonly number[]): number {
  return Math.abs(rows.reduce((sum, i) => sum + (target[i] as number) - (probability[i] as number), 0));
}
