import { counted } from '../../../../base/index.ts';
import type { BinaryEvaluation, RegressionEvaluation } from '../../judge/index.ts';
import { sentences } from '../in-sentence.ts';
import type { ModelReport } from '../model-report.ts';
import { amount, measure, share } from '../page/numbers.ts';
import { isImported } from '../rows-used.ts';
import { withoutModel } from '../without-model.ts';
import { coveredSentence } from './how-good.ts';

export function inShort(report: ModelReport): string[] {
  const { purpose, description } = report;
  return [...sentences([purpose?.trim() ? purpose : description]), inOneSentence(report)];
}

/** What it does, with the figures that say most to whoever has to rely on it. */
function inOneSentence(report: ModelReport): string {
  const { evaluation, data, costUnit } = report;
  if (evaluation.rows === 0)
    return 'There were no rows to judge it on, so nothing is known of how good it is.';
  switch (evaluation.task) {
    case 'binary':
      return decisionsInShort(evaluation, costUnit);
    case 'multiclass': {
      const { accuracy, baseline } = evaluation;
      const without =
        baseline.accuracy === null
          ? ''
          : `; always naming the most frequent class, ${share(baseline.accuracy)} would be`;
      return `Of its answers ${share(accuracy)} are right${without}.`;
    }
    case 'regression':
      return numbersInShort(evaluation);
    case 'ranking': {
      const { figures } = evaluation;
      const of = isImported(report) ? '' : ` of ${data.splitBy === 'time' ? 'later' : 'other'} questions`;
      return `Of the relevant items of a list ${share(figures.recallAt10 ?? null)} stand among the first ten it names, over ${counted(evaluation.groups, 'list')}${of}.`;
    }
  }
}

function decisionsInShort(evaluation: BinaryEvaluation, costUnit: string | undefined): string {
  const { confusion, positives } = evaluation;
  if (positives === 0)
    return 'None of the rows it was judged on had the answer yes: whether it finds any cannot be said.';
  const worth = worthSentence(evaluation, costUnit);
  if (confusion.precision === null)
    return `It said yes to none of the rows it was judged on, and so found no case with the answer yes.${worth}`;
  return `Of its yes answers ${share(confusion.precision)} are right, and it finds ${share(confusion.recall)} of the cases with the answer yes.${worth}`;
}

/** What its decisions are worth beside the cheaper of always yes and always no: as a share where both cost, else as an amount. */
function worthSentence(evaluation: BinaryEvaluation, costUnit: string | undefined): string {
  const cost = evaluation.expectedCost;
  const { expectedCost: cheapest } = withoutModel({ evaluation });
  if (cost === null || cheapest === undefined) return '';
  const best = 'the best one can do without a model';
  const useless = ': at these costs it is not worth using';
  if (alike(cost, cheapest)) return ` Its decisions are worth no more than ${best}${useless}.`;
  const [less, doubt] = [cost < cheapest, cost < cheapest ? '' : useless];
  if (cost >= 0 && cheapest > 0)
    return ` Its decisions cost ${share(Math.abs(1 - cost / cheapest))} ${less ? 'less' : 'more'} than ${best}${doubt}.`;
  const unit = costUnit?.trim() ? ` ${costUnit}` : '';
  return ` Over 1,000 decisions it is worth ${amount(1000 * Math.abs(cost - cheapest))}${unit} ${less ? 'more' : 'less'} than ${best}${doubt}.`;
}

function numbersInShort(evaluation: RegressionEvaluation): string {
  const { medianAbsoluteError, quantile } = evaluation;
  const than = besideAlways(evaluation);
  if (quantile !== null) return [...coveredSentence(evaluation), than].join(' ').trim();
  return `Half of its answers are off by no more than ${measure(medianAbsoluteError)}.${than === '' ? '' : ` ${than}`}`;
}

/** What it was trained by, beside always answering the same. */
function besideAlways({ quantile, figures, baseline }: RegressionEvaluation): string {
  const [name, said, same] =
    quantile !== null
      ? ([
          'pinball',
          'Its pinball loss is',
          `that of always answering the ${share(quantile)} quantile`,
        ] as const)
      : (figures.poissonDeviance ?? null) !== null
        ? (['poissonDeviance', 'Its Poisson deviance is', 'that of always answering the mean'] as const)
        : (['rmse', 'Its errors (RMSE) are', 'those of always answering the mean'] as const);
  const [own, always] = [figures[name] ?? null, baseline[name] ?? null];
  if (own === null || !always) return '';
  if (alike(own, always)) return `${said} as large as ${same}.`;
  return `${said} ${share(Math.abs(1 - own / always))} ${own < always ? 'smaller' : 'larger'} than ${same}.`;
}

/** To what is left of a figure where answers are 32 bits. */
const alike = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
