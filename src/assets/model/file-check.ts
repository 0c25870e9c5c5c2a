import type { CheckResult } from '../../store/state/index.ts';

/** How far what will be served may be from what was trained: in probability, or as a share of the largest value. */
const FILE_TOLERANCE = 1e-5;

/** What a file answers to some rows, and what it is to answer. */
export interface Answers {
  readonly found: Float64Array;
  readonly wanted: Float64Array;
}

/** Whether the file that will be served answers as the trainer did: of several comparisons the worst. */
export function checkFile(
  answers: readonly Answers[],
  { probabilities }: { readonly probabilities: boolean },
): CheckResult {
  const error = Math.max(...answers.map((one) => apart(one, probabilities)));
  return {
    name: 'file answers as trained',
    passed: error <= FILE_TOLERANCE,
    severity: 'block',
    observed: error.toExponential(1),
    wanted: `≤ ${FILE_TOLERANCE}`,
  };
}

function apart({ found, wanted }: Answers, probabilities: boolean): number {
  let worst = 0;
  let largest = 0;
  wanted.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    // NaN is no answer either.
    const distance = Math.abs((found[i] as number) - value);
    worst = distance <= worst ? worst : distance;
  });
  return worst / (probabilities || largest === 0 ? 1 : largest);
}
