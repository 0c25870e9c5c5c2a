import { counted } from '../../../../base/index.ts';
import {
  FIGURES,
  type FigureName,
  type Interval,
  type RegressionEvaluation,
  saysNothing,
} from '../../judge/index.ts';
import { listed } from '../in-sentence.ts';
import type { ModelReport } from '../model-report.ts';
import { count, figure, measure, share } from '../page/numbers.ts';
import { isImported, isScore } from '../rows-used.ts';
import { withoutModel } from '../without-model.ts';
import { day } from './wording.ts';

const spread = (
  value: string,
  interval: Interval | null | undefined,
  show: (value: number) => string,
): string => (interval ? `${value} (95 % interval ${show(interval.low)} to ${show(interval.high)})` : value);

export function howGood(report: ModelReport): string[] {
  const { evaluation, data } = report;
  if (evaluation.rows === 0) return ['No row was left to judge it on.'];
  const { from, to } = data.parts.test;
  const period = `rows from ${day(from)} to ${day(to)}`;
  const when = isImported(report)
    ? `${period}. Whether it has learnt from them is not known: if so, it is worse than this says`
    : data.splitBy === 'time'
      ? `${period}, later than all it learnt from`
      : 'rows of entities it learnt nothing from';
  const judged = `Judged on ${counted(evaluation.rows, 'row')}: ${when}.`;
  const beside = ({ comparison }: ModelReport): string[] =>
    comparison === undefined ? [] : [championSentence(comparison)];
  return [judged, ...figureSentences(report), ...beside(report)];
}

function figureSentences(report: ModelReport): string[] {
  const { evaluation } = report;
  const { figures, intervals } = evaluation;
  const without = withoutModel(report);
  const told = (
    name: FigureName,
    say: (value: string) => string,
    show: (v: number) => string = figure,
  ): string[] => {
    const value = figures[name] ?? null;
    if (value === null) return [];
    const bare = without[name];
    return [
      `${say(spread(show(value), intervals[name], show))}${bare === undefined ? '' : `; without a model ${show(bare)}`}.`,
    ];
  };
  switch (evaluation.task) {
    case 'binary': {
      const { positives, confusion, rows } = evaluation;
      const all =
        confusion.truePositives +
        confusion.falsePositives +
        confusion.falseNegatives +
        confusion.trueNegatives;
      if (positives === 0 || positives === all)
        return [
          `All ${count(rows)} of these rows have the same answer, ${positives === 0 ? 'no' : 'yes'}: how well it tells yes from no cannot be said.`,
          ...told('logLoss', (value) => `Its log loss is ${value}`),
        ];
      return [
        ...told(
          'rocAuc',
          (value) =>
            `A case with the answer yes is given a higher ${isScore(report) ? 'score' : 'probability'} than one with the answer no in ${value} of pairs`,
          share,
        ),
        ...told('prAuc', (value) => `Average precision is ${value}`),
        ...calibrationSentence(report),
      ];
    }
    case 'multiclass':
      return [
        ...told('accuracy', (value) => `Right in ${value} of rows`, share),
        ...told('macroF1', (value) => `F1, each class counted alike, is ${value}`),
        ...calibrationSentence(report),
      ];
    case 'regression': {
      const { quantile, r2 } = evaluation;
      if (quantile !== null)
        return [
          ...told('pinball', (value) => `Its pinball loss is ${value}`, measure),
          ...coveredSentence(evaluation),
        ];
      return [
        ...told('poissonDeviance', (value) => `Its Poisson deviance is ${value}`),
        ...told('rmse', (value) => `The root mean squared error is ${value}`, measure),
        ...told('mae', (value) => `The mean error is ${value}`, measure),
        ...(r2 !== null && r2 < 0
          ? ['It explains nothing of the variance: always answering the mean would be closer.']
          : told('r2', (value) => `It explains ${value} of the variance`, share)),
        ...(saysNothing('mape', figures.mape ?? null)
          ? [
              'How large errors are as a share of the number (MAPE) says nothing here: there are numbers of 0, or next to it.',
            ]
          : []),
      ];
    }
    case 'ranking':
      return [
        ...told('ndcg', (value) => `NDCG@10 is ${value}`),
        ...told('recallAt10', (value) => `Recall@10 is ${value}`),
        ...told('mrr', (value) => `The mean of 1 / the place of the first relevant item is ${value}`),
      ];
  }
}

/** Of a quantile, how often what is told is enough. */
export function coveredSentence({ quantile, covered = null }: RegressionEvaluation): string[] {
  if (quantile === null || covered === null) return [];
  return [
    `Of the numbers it was judged by ${share(covered)} are no more than what it says; ${share(quantile)} are wanted.`,
  ];
}

function calibrationSentence(report: ModelReport): string[] {
  const error = report.evaluation.figures.calibrationError ?? null;
  if (error === null || isScore(report)) return [];
  return [
    error < 0.005
      ? 'Its probabilities come true as often as they say, as far as these rows can tell.'
      : `Its probabilities are off by ${share(error)} on average, beyond what chance makes.`,
  ];
}

function championSentence({ champion, figures }: NonNullable<ModelReport['comparison']>): string {
  const all = Object.entries(figures) as [FigureName, NonNullable<(typeof figures)[FigureName]>][];
  const told = all.filter(
    ([name, { champion, challenger }]) =>
      // Of a quantile only its own loss says which is better.
      (figures.pinball === undefined || name === 'pinball') &&
      !saysNothing(name, champion) &&
      !saysNothing(name, challenger),
  );
  const by = (verdict: 'better' | 'worse'): string[] =>
    told.flatMap(([name, one]) => (one.verdict === verdict ? [FIGURES[name].label.replace(', ', ' ')] : []));
  const [better, worse] = [by('better'), by('worse')];
  if (better.length + worse.length === 0)
    return `Beside ${champion}, which was live, no difference is clear of chance on the same rows.`;
  const said = [
    ...(better.length > 0 ? [`clearly better in ${listed(better)}`] : []),
    ...(worse.length > 0 ? [`clearly worse in ${listed(worse)}`] : []),
  ];
  return `Beside ${champion}, which was live, it is ${said.join(' and ')}, on the same rows.`;
}
