/**
 * The quantile of numbers by weight: the number below which `share` of the whole weight lies; halfway between two numbers where
 * exactly the share lies below the upper (so the median of 1 and 3 is 2). A weight of 3 is three numbers. NaN for none.
 * `values` and `weights` are left as they are.
 */
export function quantileOf(values: Float64Array, share: number, weights?: Float64Array): number {
  if (values.length === 0) return Number.NaN;
  if (weights === undefined) {
    const sorted = values.slice().sort();
    const at = share * sorted.length;
    const near = Math.round(at);
    if (Math.abs(at - near) <= ROUNDING * sorted.length && near > 0 && near < sorted.length)
      return sorted[near - 1]! / 2 + sorted[near]! / 2;
    return sorted[Math.min(sorted.length - 1, Math.floor(at))]!;
  }
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  let whole = 0;
  for (const weight of weights) whole += weight;
  const wanted = share * whole;
  let below = 0;
  for (let i = 0; i < order.length; i++) {
    const value = values[order[i]!]!;
    below += weights[order[i]!]!;
    if (Math.abs(below - wanted) <= ROUNDING * whole && i + 1 < order.length)
      return value / 2 + values[order[i + 1]!]! / 2;
    if (below > wanted) return value;
  }
  return values[order.at(-1)!]!;
}

/** A share of the whole that sums of weights may be off by. */
const ROUNDING = 1e-12;
