import type { BinaryEvaluation } from '../../judge/index.ts';
import { listed } from '../in-sentence.ts';
import type { ModelReport } from '../model-report.ts';
import { figure, share } from '../page/numbers.ts';
import { isScore } from '../rows-used.ts';
import { duration } from './wording.ts';

export function whatItTells(report: ModelReport): string[] {
  const { task, target, classes, keys, data, evaluation } = report;
  const of = keys.length === 0 ? 'of each request by itself' : `for one ${keys.join(' and ')}`;
  const scale = isScore(report) ? 'score' : 'probability';
  const quantile = evaluation.task === 'regression' ? evaluation.quantile : null;
  const what = {
    binary: `whether ${target} is true, as a ${scale} and a decision`,
    multiclass: `which ${target} it is${classes === undefined ? '' : `, of ${classes.length}: ${listed(classes, 8)}`}`,
    regression:
      quantile === null
        ? `the number ${target}`
        : `a number that ${target} does not pass in ${share(quantile)} of cases`,
    ranking: `in which order items stand by ${target}`,
  }[task];
  const known =
    data.knownAfter === 0
      ? 'The answer is known at once.'
      : `Whether it was right is known ${duration(data.knownAfter)} later.`;
  const decided = evaluation.task === 'binary' ? ` ${decisionSentence(evaluation, scale)}` : '';
  return [
    `It tells ${what}, ${of}, as of the instant the question is asked: nothing that became known later is used.${decided} ${known}`,
  ];
}

/** From where on it says yes. A threshold that no row reaches is told as such: rounded, it could be taken for one that some do. */
function decisionSentence({ threshold, confusion: c }: BinaryEvaluation, scale: string): string {
  if (threshold > 1) return 'It never says yes: at these costs that is cheapest.';
  const none = c.truePositives + c.falsePositives === 0;
  const reached = none ? ', which none of the rows judged by reaches' : '';
  return `It says yes from a ${scale} of ${figure(threshold)} on${reached}.`;
}
