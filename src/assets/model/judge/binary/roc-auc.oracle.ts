/** ROC AUC by asking every pair of a positive and a negative. */
export function rocAucByPairs(target: Float64Array, score: Float64Array): number | null {
  let won = 0;
  let pairs = 0;
  for (let i = 0; i < target.length; i++)
    for (let j = 0; j < target.length; j++) {
      if (target[i] !== 1 || target[j] !== 0) continue;
      pairs++;
      if ((score[i] as number) > (score[j] as number)) won += 1;
      else if (score[i] === score[j]) won += 0.5;
    }
  return pairs === 0 ? null : won / pairs;
}
