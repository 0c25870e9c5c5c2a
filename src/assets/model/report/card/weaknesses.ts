import { counted, DAY } from '../../../../base/index.ts';
import { APPROVAL } from '../../../../graph/index.ts';
import { FIGURES, type FigureName, leadingOf } from '../../judge/index.ts';
import { listed, sentences } from '../in-sentence.ts';
import type { ModelReport } from '../model-report.ts';
import { count, figure, measure } from '../page/numbers.ts';
import { firstRows, isImported } from '../rows-used.ts';
import { day } from './wording.ts';

/** Rows with the rarer answer below which figures say little. */
const FEW = 100;

export function weaknesses(report: ModelReport): [string[], string[]] {
  const { data, checks, drift, evaluation, training, periods } = report;
  const constant = data.inputs.filter(({ range, categories }) =>
    categories === undefined ? !range || range.min === range.max : categories.count <= 1,
  );
  const drifted = drift.filter((one) => one.drifted);
  // That a person has yet to look at it is no weakness of it.
  const failed = [...data.checks, ...checks].filter(({ passed, name }) => !passed && name !== APPROVAL);
  const imported = isImported(report);
  const first = firstRows(report);
  const shares = Object.values(report.importance);
  const span = data.parts.train.to - data.parts.train.from;
  const items = [
    ...(imported
      ? ['What it learnt from is not known: it may have seen the rows that it is judged by.']
      : []),
    ...failed.map(
      ({ name, observed, wanted, severity }) =>
        `${severity === 'block' ? 'Failed' : 'To look at'}: ${name}: ${observed} (wanted ${wanted}).`,
    ),
    ...(drifted.length === 0
      ? []
      : [
          `Drift: between ${first} and those judged by ${listed(drifted.map(({ input, psi }) => `${input} (PSI ${figure(psi)})`))} moved.`,
        ]),
    ...fewRows(evaluation),
    ...(constant.length === 0
      ? []
      : [
          `Inputs with one value only, or none, in ${first}, which tell nothing${imported ? ' here' : ''}: ${listed(constant.map(({ input }) => input))}.`,
        ]),
    ...(shares.length > 0 && shares.every((value) => value === 0)
      ? ['Nothing was learnt from any input: it answers the same to all.']
      : []),
    ...(!imported && Number.isFinite(span) && span < 30 * DAY && data.splitBy === 'time'
      ? ['It learnt from less than 30 days: of seasons it knows nothing.']
      : []),
    ...weakestPeriod(periods, evaluation),
    ...sentences(training.notes),
  ];
  return items.length === 0 ? [['None was found by the checks that ran.'], []] : [[], items];
}

function fewRows(evaluation: ModelReport['evaluation']): string[] {
  if (evaluation.task === 'binary') {
    const { confusion: c } = evaluation;
    const rarer = Math.min(c.truePositives + c.falseNegatives, c.falsePositives + c.trueNegatives);
    return rarer > 0 && rarer < FEW
      ? [
          `Only ${count(rarer)} of the rows judged by have the rarer answer: figures are unsure, see their intervals.`,
        ]
      : [];
  }
  if (evaluation.task === 'multiclass') {
    const rare = evaluation.byClass.filter(({ support }) => support < 20).map((one) => one.class);
    return rare.length === 0 ? [] : [`Classes with fewer than 20 rows to judge by: ${listed(rare)}.`];
  }
  return evaluation.rows < FEW ? [`It was judged on ${counted(evaluation.rows, 'row')} only.`] : [];
}

function weakestPeriod(periods: ModelReport['periods'], evaluation: ModelReport['evaluation']): string[] {
  const { task } = evaluation;
  if (task !== 'binary' && task !== 'regression') return [];
  const name = task === 'binary' ? 'rocAuc' : (leadingOf(evaluation)[0] as FigureName);
  const large = periods.filter(({ rows, figures }) => rows >= 200 && (figures[name] ?? null) !== null);
  if (large.length < 3) return [];
  const sign = FIGURES[name].better === 'lower' ? 1 : -1;
  const of = (one: (typeof large)[number]): number => one.figures[name] as number;
  const [worst, best] = [
    large.toSorted((a, b) => sign * (of(b) - of(a)))[0],
    large.toSorted((a, b) => sign * (of(a) - of(b)))[0],
  ] as [(typeof large)[number], (typeof large)[number]];
  const apart = task === 'binary' ? Math.abs(of(worst) - of(best)) >= 0.1 : of(worst) >= 1.5 * of(best);
  return apart
    ? [
        `Not the same at all times: ${FIGURES[name].label} ${task === 'binary' ? figure(of(worst)) : measure(of(worst))} from ${day(worst.from)} on, ${task === 'binary' ? figure(of(best)) : measure(of(best))} from ${day(best.from)} on.`,
      ]
    : [];
}
