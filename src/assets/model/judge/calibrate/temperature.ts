import type { ClassByRow } from '../multiclass/answers.ts';
import { CLIP, logOdds, sigmoid } from './calibrator.ts';

/** Sharpness (1 / temperature) is sought within these. */
const [LEAST, MOST] = [1e-3, 1e3];

/**
 * The temperature at which the log loss is lowest (Guo and others 2017): above 1 a model was too sure of itself. The loss is convex in the
 * sharpness 1 / temperature, so that its slope has one root, found by Newton's steps between bounds that close in.
 */
export function fitTemperature(
  probabilities: Float64Array,
  target: ClassByRow,
  classes: number,
  weights?: Float64Array,
): number {
  const slope =
    classes === 2
      ? binarySlope(probabilities, target, weights)
      : classSlope(probabilities, target, classes, weights);
  let [low, high] = [LEAST, MOST];
  let sharpness = 1;
  for (let round = 0; round < 200; round++) {
    const { first, second } = slope(sharpness);
    if (first === 0) break;
    if (first > 0) high = sharpness;
    else low = sharpness;
    const step = sharpness - first / second;
    const next = step > low && step < high ? step : Math.sqrt(low * high);
    const moved = Math.abs(next - sharpness);
    sharpness = next;
    if (moved < 1e-14 * sharpness) break;
  }
  return 1 / sharpness;
}

/** The first and second derivative of the loss by the sharpness. */
type Slope = (sharpness: number) => { readonly first: number; readonly second: number };

function binarySlope(probability: Float64Array, target: ClassByRow, weights?: Float64Array): Slope {
  const odds = probability.map((p) => logOdds(p, CLIP));
  return (sharpness) => {
    let [first, second] = [0, 0];
    for (let i = 0; i < odds.length; i++) {
      const z = odds[i] as number;
      const q = sigmoid(sharpness * z);
      const weight = weights?.[i] ?? 1;
      first += weight * (q - (target[i] as number)) * z;
      second += weight * q * (1 - q) * z * z;
    }
    return { first, second };
  };
}

function classSlope(
  probabilities: Float64Array,
  target: ClassByRow,
  classes: number,
  weights?: Float64Array,
): Slope {
  const odds = probabilities.map((p) => Math.log(Math.max(CLIP, p)));
  return (sharpness) => {
    let [first, second] = [0, 0];
    for (let row = 0, from = 0; from < odds.length; row++, from += classes) {
      let most = -Infinity;
      for (let c = from; c < from + classes; c++) most = Math.max(most, odds[c] as number);
      let [sum, mean, square] = [0, 0, 0];
      for (let c = from; c < from + classes; c++) {
        const z = odds[c] as number;
        const share = Math.exp(sharpness * (z - most));
        sum += share;
        mean += share * z;
        square += share * z * z;
      }
      const weight = weights?.[row] ?? 1;
      first += weight * (mean / sum - (odds[from + (target[row] as number)] as number));
      second += weight * (square / sum - (mean / sum) ** 2);
    }
    return { first, second };
  };
}
