/** Rounds after which input is taken to be made to be slow, and is sorted; a round leaves about half of the values. */
const PATIENCE = 100;

/** The k-th smallest of values, from 0, which are put out of order: by Hoare's selection, in about 3 n steps where sorting takes n log n. */
export function selected(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  for (let round = 0; low < high; round++) {
    if (round === PATIENCE) return values.sort()[k] as number;
    // The middle of three keeps sorted and sawtooth input from being slow.
    const [a, b, c] = [values[low], values[(low + high) >>> 1], values[high]] as [number, number, number];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const kept = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = kept;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return pivot;
  }
  return values[k] as number;
}

/** The middle of values, which are put out of order; the mean of two where they are even in number. */
export function medianOf(values: Float64Array): number {
  const upper = selected(values, values.length >> 1);
  if (values.length % 2 === 1) return upper;
  // What selection left below is all that is not above.
  let lower = -Infinity;
  for (let i = 0; i < values.length >> 1; i++) if ((values[i] as number) > lower) lower = values[i] as number;
  return (lower + upper) / 2;
}
