/** The density of the standard normal distribution. */
const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** The chance that a standard normal number is at most z, to about 1e-15: Marsaglia's series (2004) near 0, a continued fraction outside. */
export function normalCdf(z: number): number {
  if (Math.abs(z) > 5) {
    const tail = upperTail(Math.abs(z));
    return z > 0 ? 1 - tail : tail;
  }
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 && k < 400; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + density(z) * sum;
}

/** The chance of a standard normal number as far from 0 as z, on either side. */
export function twoSided(z: number): number {
  const far = Math.abs(z);
  return far > 5 ? 2 * upperTail(far) : Math.min(1, 2 * (1 - normalCdf(far)));
}

function upperTail(z: number): number {
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / (z + fraction);
  return density(z) / (z + fraction);
}

/** The z below which a share of standard normal numbers lies: a bisection on `normalCdf`, which is called a few times for an interval. */
export function normalQuantile(share: number): number {
  if (share <= 0 || share >= 1) return share <= 0 ? -Infinity : Infinity;
  // In the lower half numbers near 0 keep all their digits.
  if (share > 0.5) return -normalQuantile(1 - share);
  let low = -39;
  let high = 0;
  while (true) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (normalCdf(middle) < share) low = middle;
    else high = middle;
  }
}

/**
 * The same of Student's t with some degrees of freedom, within 0.2 % from 9 on: the expansion about the normal one (Abramowitz and Stegun
 * 1964, 26.7.5).
 */
export function studentQuantile(share: number, freedom: number): number {
  const z = normalQuantile(share);
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}
