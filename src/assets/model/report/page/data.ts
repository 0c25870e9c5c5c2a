import { formatDuration } from '../../../../base/index.ts';
import type { ModelReport } from '../model-report.ts';
import { doneByValidation, firstRows, isImported } from '../rows-used.ts';
import { type Html, html } from './html.ts';
import { amount, count, NONE, share } from './numbers.ts';
import { minute } from './tables.ts';

/** What the rows of each part were used for. */
function usedFor(report: ModelReport): ReportParts<string> {
  const done = doneByValidation(report);
  return {
    train: isImported(report) ? 'not at all: what it learnt from is not known' : 'to learn from',
    validation: done === '' ? 'not at all' : `to ${done} by`,
    test: 'to judge by: everything on this page',
  };
}

type ReportParts<T> = Readonly<Record<keyof ModelReport['data']['parts'], T>>;

/** From which versions the rows are. */
export function madeOf({ data, environment, trainer, seed, target }: ModelReport): Html {
  const { trainingSet, labels, sources, asOf, knownAfter, unknownYet, unanswered } = data;
  const { negativesKept, weighedBy } = data;
  const lines: readonly (readonly [string, string])[] = [
    ['training set', trainingSet],
    ['labels', `${labels}, column ${target}`],
    ...(sources.length === 0 ? [] : [['sources', sources.join(', ')] as const]),
    ['known by', minute(asOf)],
    ['answers known after', knownAfter === 0 ? 'at once' : formatDuration(knownAfter)],
    ['not known yet', count(unknownYet)],
    ...(unanswered === undefined ? [] : [['without an answer', `${count(unanswered)}, left out`] as const]),
    ...(negativesKept === undefined ? [] : [['negatives kept', share(negativesKept)] as const]),
    ...(weighedBy === undefined ? [] : [['rows count', `for their ${weighedBy}`] as const]),
    ['trainer', `${trainer.trainer}, seed ${seed}`],
    ['code', environment.code.revision ?? environment.code.declaration],
    ['made with', `Millrace ${environment.millrace}, Node ${environment.node}, ${environment.platform}`],
  ];
  return html`<div class="wide"><table class="plain"><tbody>${lines.map(([name, value]) => html`<tr><th>${name}</th><td>${value}</td></tr>\n`)}</tbody></table></div>`;
}

/** The parts, and how often the answer was yes in each. */
export function partsTable(report: ModelReport): Html {
  const { data, task, classes } = report;
  const used = usedFor(report);
  const told = (mean: number | null, shares: readonly number[] | undefined): string => {
    if (shares === undefined) return task === 'binary' ? share(mean) : amount(mean);
    return shares
      .map((part, i) => [classes?.[i] ?? '', part] as const)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 4)
      .map(([name, part]) => `${name} ${share(part)}`)
      .join(', ');
  };
  return html`<h3>Rows</h3><div class="wide"><table><thead><tr><th>part</th><th class="n">rows</th><th>from</th><th>to</th><th>${task === 'binary' ? 'answer yes' : task === 'multiclass' ? 'classes' : 'mean'}</th><th class="why">used</th></tr></thead><tbody>
${(['train', 'validation', 'test'] as const).map((name) => {
  const { rows, from, to, mean, shares } = data.parts[name];
  return html`<tr><th>${name}</th><td class="n">${count(rows)}</td><td class="verdict">${minute(from)}</td><td class="verdict">${minute(to)}</td><td${task === 'multiclass' ? '' : html` class="verdict"`}>${told(mean, shares)}</td><td class="why">${used[name]}</td></tr>\n`;
})}</tbody></table></div>`;
}

/** Inputs shown; the rest is one line. */
const MOST = 40;

/** What inputs were in the rows learnt from. */
export function inputsSeen(report: ModelReport): Html {
  const { inputs } = report.data;
  if (inputs.length === 0) return html``;
  return html`<details><summary>Inputs, as they were in ${firstRows(report)}</summary><div class="wide"><table><thead><tr><th>input</th><th>values</th><th class="n">missing</th></tr></thead><tbody>
${inputs.slice(0, MOST).map((one) => html`<tr><th class="long">${one.input}</th><td>${valuesOf(one)}</td><td class="n">${share(one.missing)}</td></tr>\n`)}${inputs.length > MOST ? html`<tr><th>${inputs.length - MOST} more</th><td></td><td></td></tr>` : ''}</tbody></table></div></details>`;
}

function valuesOf({ type, range, categories }: ModelReport['data']['inputs'][number]): string {
  if (categories !== undefined)
    return `${count(categories.count)} categories${categories.count === 0 ? '' : `: ${categories.first.join(', ')}${categories.count > categories.first.length ? ', …' : ''}`}`;
  if (!range) return NONE;
  if (type === 'boolean') return range.min === range.max ? `always ${range.min === 1}` : 'true and false';
  if (type === 'timestamp') return `${minute(range.min * 1e6)} to ${minute(range.max * 1e6)}`;
  return range.min === range.max
    ? `always ${amount(range.min)}`
    : `${amount(range.min)} to ${amount(range.max)}`;
}

/** Checks of the training set and of the candidate: those that failed first. */
export function alarms({ data, checks }: ModelReport): Html {
  const all = [...data.checks, ...checks].sort((a, b) => Number(a.passed) - Number(b.passed));
  if (all.length === 0) return html``;
  return html`<h3>Checks</h3><div class="wide"><table><thead><tr><th>check</th><th>verdict</th><th>observed</th><th>wanted</th></tr></thead><tbody>
${all.map(({ name, observed, wanted, passed, severity }) => html`<tr><th class="long">${name}</th><td class="verdict ${passed ? 'good' : 'bad'}">${passed ? 'passed' : severity === 'block' ? 'failed' : 'to look at'}</td><td class="said">${observed}</td><td class="said soft">${wanted}</td></tr>\n`)}</tbody></table></div>`;
}
