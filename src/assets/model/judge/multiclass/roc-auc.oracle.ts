import { rocAucByPairs } from '../binary/roc-auc.oracle.ts';

/** One against another as scikit-learn does it: for each pair of classes their rows alone, ordered by either's probability. */
export function pairwiseByPairs(
  target: Int32Array,
  probabilities: Float64Array,
  classes: number,
): number | null {
  const found: number[] = [];
  for (let a = 0; a < classes; a++)
    for (let b = a + 1; b < classes; b++) {
      const rows = [...target.keys()].filter((row) => target[row] === a || target[row] === b);
      const by = (own: number): number | null =>
        rocAucByPairs(
          Float64Array.from(rows, (row) => (target[row] === own ? 1 : 0)),
          Float64Array.from(rows, (row) => probabilities[row * classes + own] as number),
        );
      const [one, other] = [by(a), by(b)];
      if (one !== null && other !== null) found.push((one + other) / 2);
    }
  return found.length === 0 ? null : found.reduce((sum, value) => sum + value, 0) / found.length;
}
