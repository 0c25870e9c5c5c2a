/**
 * Of several tests, the share of false alarms among all that are at least as clear as each (Benjamini and Hochberg 1995): call those below
 * 0.05, and of what is called about one in 20 is chance, however many were tried.
 */
export function falseAlarmShares(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => (pValues[b] as number) - (pValues[a] as number));
  const shares = new Array<number>(pValues.length);
  let least = 1;
  for (const [i, at] of order.entries()) {
    const rank = pValues.length - i;
    least = Math.min(least, ((pValues[at] as number) * pValues.length) / rank);
    shares[at] = least;
  }
  return shares;
}
