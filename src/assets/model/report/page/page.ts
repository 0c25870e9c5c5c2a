import { type CardSection, cardOf } from '../card/card.ts';
import type { CardVersion } from '../card/how-made.ts';
import type { ModelReport } from '../model-report.ts';
import { isImported } from '../rows-used.ts';
import { binaryCharts } from './binary-charts.ts';
import { answersCard } from './binary-figures.ts';
import { comparisonTable } from './comparison.ts';
import { alarms, inputsSeen, madeOf, partsTable } from './data.ts';
import { driftTable } from './drift.ts';
import { figuresTable, leadingTiles } from './figures.ts';
import { type Html, html } from './html.ts';
import { confusionTable, multiclassCharts } from './multiclass.ts';
import { count } from './numbers.ts';
import { missingTable, periodCharts, periodTable } from './places.ts';
import { rankingCharts } from './ranking.ts';
import { regressionCharts } from './regression-charts.ts';
import { slicesTable } from './slices.ts';
import { STYLE } from './style.ts';
import { importanceTable, minute } from './tables.ts';
import { trainingNotes } from './training.ts';
import { whyChart } from './why.ts';

/**
 * One HTML page that says how good a model is, for whom and why: complete in itself, without scripts, light or dark, wide or narrow. Every text that
 * comes from outside is escaped, and the page's own policy forbids it to load or run anything. `version` is not known yet where it is judged.
 */
export function renderReport(report: ModelReport, version?: CardVersion): string {
  const { model, trainer, evaluation, data, importance, slices, drift, periods, missing, why, comparison } =
    report;
  const { from, to } = data.parts.test;
  const when = Number.isFinite(from) ? `, ${minute(from).slice(0, 10)} to ${minute(to).slice(0, 10)}` : '';
  const [lead, ...rest] = cardOf(report, version).sections;
  const charts = chartsOf(report);
  const sections = [
    section(
      'In plain words',
      html`<div class="card-parts">${rest.map((one) => html`<div><h3>${one.heading}</h3>${cardSection(one)}</div>`)}</div>`,
    ),
    section('Figures', figuresTable(report)),
    section('Charts', charts.length === 0 ? '' : html`<div class="charts">${charts}</div>`),
    section('Beside the version that was live', comparison === undefined ? '' : comparisonTable(comparison)),
    section('For whom it is worse', slices === null ? '' : slicesTable(slices)),
    section('Over time', periods.length < 2 ? '' : html`${periodCharts(report)}${periodTable(report)}`),
    section('When something is missing', missing.length === 0 ? '' : missingTable(report)),
    section('What it looks at', importanceTable(importance, why), why === undefined ? '' : whyChart(why)),
    section('Drift', drift.length === 0 ? '' : driftTable(report)),
    section('Data', madeOf(report), partsTable(report), inputsSeen(report), alarms(report)),
    section('Training', trainingNotes(report)),
  ].filter((one) => one !== undefined);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="Millrace"><title>${version?.id ?? model}: report</title><style>${STYLE}</style></head>
<body><main>
<h1>${version?.id ?? model}</h1>
<p class="under">${WHAT[evaluation.task]} ${isImported(report) ? 'brought in' : 'trained'} by ${trainer.trainer} · judged on ${count(evaluation.rows)} rows${isImported(report) ? '' : ' it has not seen'}${when}</p>
${lead === undefined ? '' : cardSection(lead, 'lead')}
${leadingTiles(report)}
<nav aria-label="On this page">${sections.map(({ id, heading }, i) => html`${i === 0 ? '' : ' · '}<a href="#${id}">${heading}</a>`)}</nav>
${sections.map(({ id, heading, parts }) => html`<section id="${id}"${id === 'in-plain-words' ? html` class="card"` : ''}><h2>${heading}</h2>\n${parts}</section>\n`)}
<footer>Written by Millrace. Times are UTC. Figures are of the test rows unless they say otherwise; intervals hold 95 % of what chance could have made of them.</footer>
</main></body></html>
`.markup;
}

/** A part of the page; undefined where there is nothing to tell. */
function section(heading: string, ...parts: readonly (Html | '')[]) {
  if (parts.every((part) => part === '')) return undefined;
  return { id: heading.toLowerCase().replaceAll(' ', '-'), heading, parts };
}

const WHAT = {
  binary: 'binary classifier',
  multiclass: 'classifier of several classes',
  regression: 'regressor',
  ranking: 'ranker',
} as const;

function cardSection({ paragraphs, items }: CardSection, kind = ''): Html {
  return html`${paragraphs.map((text) => html`<p class="${kind}">${text}</p>`)}${items.length === 0 ? '' : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`}`;
}

/** What only a task of its own has; a chart that its rows do not define is left out. */
function chartsOf({ evaluation, costUnit }: ModelReport): readonly Html[] {
  switch (evaluation.task) {
    case 'binary':
      return [...binaryCharts(evaluation, costUnit), answersCard(evaluation)];
    case 'multiclass':
      return [confusionTable(evaluation), ...multiclassCharts(evaluation)];
    case 'regression':
      return regressionCharts(evaluation);
    case 'ranking':
      return rankingCharts(evaluation);
  }
}
