import { wholeWeight } from '../input.ts';
import { CLIP, logOdds, sigmoid } from './calibrator.ts';

/**
 * Platt's two numbers (1999) on the log odds of the raw probability: the slope and intercept that make the smoothed targets likeliest.
 * Targets are (positives + 1) / (positives + 2) and 1 / (negatives + 2) instead of 1 and 0, which keeps few rows from being believed too
 * much. The loss is convex; Newton's steps, halved until they help, meet its lowest point to the last digits.
 */
export function fitSigmoid(probability: Float64Array, target: Float64Array, weights?: Float64Array) {
  const odds = probability.map((p) => logOdds(p, CLIP));
  const whole = wholeWeight(target.length, weights);
  let positives = 0;
  for (let i = 0; i < target.length; i++) positives += (target[i] as number) * (weights?.[i] ?? 1);
  const negatives = whole - positives;
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);
  const loss = (slope: number, intercept: number): number => {
    let sum = 0;
    for (let i = 0; i < odds.length; i++) {
      const z = slope * (odds[i] as number) + intercept;
      const t = target[i] === 1 ? high : low;
      // ln(1 + e^z) − t z, without overflow.
      sum += (weights?.[i] ?? 1) * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - t * z);
    }
    return sum;
  };
  let slope = 0;
  let intercept = Math.log((positives + 1) / (negatives + 1));
  let here = loss(slope, intercept);
  for (let round = 0; round < 100; round++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 0, 0, 0];
    for (let i = 0; i < odds.length; i++) {
      const f = odds[i] as number;
      const q = sigmoid(slope * f + intercept);
      const weight = weights?.[i] ?? 1;
      const off = weight * (q - (target[i] === 1 ? high : low));
      const bend = weight * q * (1 - q);
      g0 += off * f;
      g1 += off;
      h00 += bend * f * f;
      h01 += bend * f;
      h11 += bend;
    }
    // A trace of ridge where all odds are alike and the slope is anything.
    h00 += 1e-12 * (h00 + h11);
    const determinant = h00 * h11 - h01 * h01;
    if (!(determinant > 0)) break;
    const toSlope = (h11 * g0 - h01 * g1) / determinant;
    const toIntercept = (h00 * g1 - h01 * g0) / determinant;
    let share = 1;
    // Near the lowest point the loss is flat to its last digits, while steps still help.
    const enough = here + 1e-13 * Math.abs(here);
    let next = loss(slope - toSlope, intercept - toIntercept);
    while (!(next <= enough) && share > 1e-10) {
      share /= 2;
      next = loss(slope - share * toSlope, intercept - share * toIntercept);
    }
    if (!(next <= enough)) break;
    slope -= share * toSlope;
    intercept -= share * toIntercept;
    const moved = Math.abs(share * toSlope) + Math.abs(share * toIntercept);
    here = next;
    if (moved < 1e-13 * (1 + Math.abs(slope) + Math.abs(intercept))) break;
  }
  return { slope, intercept };
}
