import { sigmoid } from '../loss.ts';

/** How raw scores become an answer: as they are, log-odds to a probability, one score a class to probabilities, the log of a rate to the rate. */
export type Link = 'identity' | 'logistic' | 'softmax' | 'exp';

/** The answer by row, from scores by output and row; for `softmax` the probabilities of all outputs, row after row. */
export function answer(link: Link, scores: readonly Float64Array[]): Float64Array {
  const [only] = scores as readonly [Float64Array];
  switch (link) {
    case 'identity':
      return only.slice();
    case 'logistic':
      return only.map(sigmoid);
    case 'exp':
      return only.map(Math.exp);
    case 'softmax':
      return softmax(scores);
  }
}

function softmax(scores: readonly Float64Array[]): Float64Array {
  const outputs = scores.length;
  const norms = logSumExp(scores);
  const probabilities = new Float64Array(norms.length * outputs);
  scores.forEach((own, output) => {
    for (let row = 0; row < own.length; row++)
      probabilities[row * outputs + output] = Math.exp(own[row]! - norms[row]!);
  });
  return probabilities;
}

/** By row: log Σ e^score over the outputs, without overflow. */
export function logSumExp(scores: readonly Float64Array[], into?: Float64Array): Float64Array {
  const rows = scores[0]!.length;
  const norms = into ?? new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let most = -Infinity;
    for (const own of scores) if (own[row]! > most) most = own[row]!;
    let sum = 0;
    for (const own of scores) sum += Math.exp(own[row]! - most);
    norms[row] = most + Math.log(sum);
  }
  return norms;
}
