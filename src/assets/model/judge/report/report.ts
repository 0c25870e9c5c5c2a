import type { Evaluation, RegressionEvaluation } from '../evaluation.ts';
import { binaryCharts } from './binary-charts.ts';
import { answersCard, binaryFigures } from './binary-figures.ts';
import { type Html, html } from './html.ts';
import { amount, count, figure, measure } from './numbers.ts';
import { regressionCharts } from './regression-charts.ts';
import { STYLE } from './style.ts';
import { figuresTable, importanceTable, minute, partsTable, type ReportParts, tiles } from './tables.ts';

export interface ReportInput {
  readonly model: string;
  readonly version?: string;
  readonly trainer: string;
  readonly evaluation: Evaluation;
  /** Share of what was learnt, by input. */
  readonly importance: Readonly<Record<string, number>>;
  readonly parts: ReportParts;
}

/**
 * One HTML page that says how good a model is: complete in itself, without scripts, light or dark. Every text that
 * comes from outside is escaped, and the page's own policy forbids it to load or run anything.
 */
export function renderReport(input: ReportInput): string {
  const { model, version, trainer, evaluation, parts, importance } = input;
  const what = evaluation.task === 'binary' ? 'binary classifier' : 'regressor';
  const { from, to } = parts.test;
  const when = from === undefined ? '' : `, ${minute(from).slice(0, 10)} to ${minute(to).slice(0, 10)}`;
  const charts =
    evaluation.task === 'binary'
      ? [...binaryCharts(evaluation), answersCard(evaluation)]
      : regressionCharts(evaluation);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="Millrace"><title>${model}: report</title><style>${STYLE}</style></head>
<body><main>
<h1>${model}</h1>
<p class="under">${version === undefined ? '' : `version ${version} · `}${what} trained by ${trainer} · judged on ${count(evaluation.rows)} rows it has not seen${when}</p>
${evaluation.task === 'binary' ? binaryFigures(evaluation) : regressionFigures(evaluation)}
<h2>Charts</h2>
<div class="charts">${charts}</div>
<h2>What it looks at</h2>
${importanceTable(importance)}
<h2>Rows</h2>
${partsTable(parts)}
<footer>Written by Millrace. Times are UTC. Figures are of the test rows unless they say otherwise.</footer>
</main></body></html>
`.markup;
}

function regressionFigures(evaluation: RegressionEvaluation): Html {
  const { rmse, mae, r2, baseline, meanTarget, meanPrediction } = evaluation;
  const always = `always answering ${amount(baseline.value)}, the mean it learnt from`;
  return html`${tiles([
    ['RMSE', measure(rmse)],
    ['MAE', measure(mae)],
    ['R²', figure(r2)],
  ])}
<h2>Key figures</h2>
${figuresTable([
  [
    'RMSE',
    measure(rmse),
    measure(baseline.rmse),
    `root of the mean squared error; without a model: ${always}`,
  ],
  ['MAE', measure(mae), measure(baseline.mae), 'mean absolute error'],
  ['R²', figure(r2), '', 'share of the target’s variance that is explained'],
  ['Mean prediction', measure(meanPrediction), '', `the mean of what came true is ${measure(meanTarget)}`],
])}`;
}
