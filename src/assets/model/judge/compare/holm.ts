/**
 * Of several tests, the chance that any of those as clear as each is a false alarm, at most, however they hang together (Holm 1979): call those below
 * 0.05, and in 19 of 20 times no call is chance alone.
 */
export function anyFalseAlarm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => (pValues[a] as number) - (pValues[b] as number));
  const chances = new Array<number>(pValues.length);
  let most = 0;
  for (const [i, at] of order.entries()) {
    most = Math.max(most, Math.min(1, (pValues[at] as number) * (pValues.length - i)));
    chances[at] = most;
  }
  return chances;
}
