import { MillraceError } from '../../base/index.ts';
import type { ModelVersion } from './detail.ts';

/** What a model says of one row, whatever its task. */
export interface Answer {
  /** By class, in their order; null where there are none. */
  readonly probabilities: readonly number[] | null;
  /** False and true, or the names of the classes; null where there are none. */
  readonly classes: readonly (boolean | string)[] | null;
  /** The class decided for, or the value itself. */
  readonly decision: boolean | string | number;
  /** The number behind the decision: the probability of true, that of the class decided for, or the value. */
  readonly output: number;
}

const YES_OR_NO: readonly boolean[] = Object.freeze([false, true]);

/**
 * From what a scorer gives for one row. Probabilities that rounding has put past 0 or 1 are put back.
 * @throws MILL_MODEL_ANSWERS where it gives something that is no number
 */
export function answerOf(
  { task, classes, threshold }: Pick<ModelVersion, 'task' | 'classes' | 'threshold'>,
  scores: ArrayLike<number>,
): Answer {
  for (let i = 0; i < scores.length; i++)
    if (!Number.isFinite(scores[i])) throw noAnswer(scores[i] as number);
  if (task === 'binary') {
    const yes = withinOne(scores[0] as number);
    const decision = yes >= (threshold ?? 0.5);
    return { probabilities: [1 - yes, yes], classes: YES_OR_NO, decision, output: yes };
  }
  if (task === 'multiclass') {
    const names = classes as readonly string[];
    const probabilities = Array.from(scores, withinOne);
    const best = probabilities.indexOf(Math.max(...probabilities));
    const decision = names[best] as string;
    return { probabilities, classes: names, decision, output: probabilities[best] as number };
  }
  const value = scores[0] as number;
  return { probabilities: null, classes: null, decision: value, output: value };
}

function noAnswer(score: number): MillraceError {
  return new MillraceError({
    code: 'MILL_MODEL_ANSWERS',
    message: `The model answers ${score} to this row; wanted a finite number.`,
    todo: 'Let it answer where inputs are missing too: a number is NaN then, a text is empty.',
    owner: 'project',
  });
}

const withinOne = (p: number): number => Math.min(1, Math.max(0, p));
