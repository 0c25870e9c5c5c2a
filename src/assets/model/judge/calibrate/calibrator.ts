/**
 * How raw probabilities become ones that come true as often as they say. Plain JSON, frozen; each form is easy to write down in a model's
 * file. `clip` is the least distance a probability keeps from 0 and 1 before its logarithm is taken.
 */
export type Calibrator =
  | {
      /** σ(slope · ln(p / (1 − p)) + intercept). */
      readonly kind: 'sigmoid';
      readonly slope: number;
      readonly intercept: number;
      readonly clip: number;
    }
  | {
      /** The straight line between the nearest thresholds x, which rise; y at the ends, beyond them. As scikit-learn has it. */
      readonly kind: 'isotonic';
      readonly x: readonly number[];
      readonly y: readonly number[];
    }
  | {
      /** softmax(ln(p) / temperature) over the classes; of two classes σ(ln(p / (1 − p)) / temperature), p being that of yes. */
      readonly kind: 'temperature';
      readonly temperature: number;
      /** 2: one probability for each row. More: so many. */
      readonly classes: number;
      readonly clip: number;
    };

export type CalibratorKind = Calibrator['kind'];

/** As near to 1 as a 32-bit float comes, in which models' files count. */
export const CLIP = 1e-7;

/** ln(p / (1 − p)), with p kept off 0 and 1. */
export function logOdds(p: number, clip: number): number {
  const kept = Math.min(1 - clip, Math.max(clip, p));
  return Math.log(kept / (1 - kept));
}

export const sigmoid = (z: number): number =>
  z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));

/** Calibrated probabilities: of the same rows and classes as those given, which stay as they are. */
export function applyCalibrator(calibrator: Calibrator, probabilities: Float64Array): Float64Array {
  switch (calibrator.kind) {
    case 'sigmoid': {
      const { slope, intercept, clip } = calibrator;
      return probabilities.map((p) => sigmoid(slope * logOdds(p, clip) + intercept));
    }
    case 'isotonic':
      return probabilities.map((p) => interpolate(calibrator.x, calibrator.y, p));
    case 'temperature': {
      const { temperature, classes, clip } = calibrator;
      if (classes === 2) return probabilities.map((p) => sigmoid(logOdds(p, clip) / temperature));
      return softened(probabilities, classes, 1 / temperature, clip);
    }
  }
}

function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  const last = x.length - 1;
  if (at <= (x[0] as number)) return y[0] as number;
  if (at >= (x[last] as number)) return y[last] as number;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((x[middle] as number) <= at) low = middle;
    else high = middle;
  }
  const [x0, x1, y0, y1] = [x[low], x[high], y[low], y[high]] as [number, number, number, number];
  return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}

function softened(
  probabilities: Float64Array,
  classes: number,
  sharpness: number,
  clip: number,
): Float64Array {
  const found = new Float64Array(probabilities.length);
  for (let from = 0; from < found.length; from += classes) {
    let most = 0;
    for (let c = from; c < from + classes; c++) most = Math.max(most, probabilities[c] as number);
    let sum = 0;
    for (let c = from; c < from + classes; c++) {
      const odds = Math.log(Math.max(clip, probabilities[c] as number) / Math.max(clip, most));
      found[c] = Math.exp(sharpness * odds);
      sum += found[c] as number;
    }
    for (let c = from; c < from + classes; c++) found[c] = (found[c] as number) / sum;
  }
  return found;
}
