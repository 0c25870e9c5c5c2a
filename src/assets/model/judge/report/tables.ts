import { formatInstant } from '../../../../base/index.ts';
import { type Html, html } from './html.ts';
import { count, NONE, share } from './numbers.ts';

/** Large figures side by side, each with its name. */
export function tiles(figures: readonly (readonly [name: string, value: string])[]): Html {
  return html`<div class="tiles">${figures.map(([name, value]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`)}</div>`;
}

export type FigureRow = readonly [name: string, value: string, withoutModel: string, meaning: string];

/** Figures with what a model that knows nothing would reach, and what they say. */
export function figuresTable(rows: readonly FigureRow[]): Html {
  return html`<div class="wide"><table><thead><tr><th>figure</th><th class="n">this model</th><th class="n">without a model</th><th>what it says</th></tr></thead><tbody>
${rows.map(([name, value, without, meaning]) => html`<tr><th>${name}</th><td class="n">${value}</td><td class="n">${without}</td><td class="why">${meaning}</td></tr>\n`)}</tbody></table></div>`;
}

/** A part of the labelled rows: how many, and the instants (microseconds) of the first and the last. */
export interface ReportPart {
  readonly rows: number;
  readonly from?: number;
  readonly to?: number;
}

export type ReportParts = Readonly<Record<'train' | 'validation' | 'test', ReportPart>>;

const PART_WORDS = {
  train: 'to learn from',
  validation: 'to stop by and to choose the threshold',
  test: 'to judge by: everything on this page',
} as const;

export function partsTable(parts: ReportParts): Html {
  return html`<div class="wide"><table><thead><tr><th>part</th><th class="n">rows</th><th>from</th><th>to</th><th>used</th></tr></thead><tbody>
${(['train', 'validation', 'test'] as const).map((name) => {
  const { rows, from, to } = parts[name];
  return html`<tr><th>${name}</th><td class="n">${count(rows)}</td><td>${minute(from)}</td><td>${minute(to)}</td><td class="why">${PART_WORDS[name]}</td></tr>\n`;
})}</tbody></table></div>`;
}

/** `2026-09-30 14:05` UTC. */
export function minute(instant: number | undefined): string {
  return instant === undefined ? NONE : formatInstant(instant).slice(0, 16).replace('T', ' ');
}

/** Most inputs listed; the rest is one line. */
const MOST_INPUTS = 25;

/** Inputs by falling importance, with bars relative to the first. */
export function importanceTable(importance: Readonly<Record<string, number>>): Html {
  const all = Object.entries(importance).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const most = all[0]?.[1] ?? 0;
  if (most === 0) return html`<p>Nothing was learnt from any input.</p>`;
  const rest = all.slice(MOST_INPUTS);
  const left = rest.reduce((sum, [, value]) => sum + value, 0);
  return html`<div class="wide"><table class="rank"><tbody>
${all.slice(0, MOST_INPUTS).map(([name, value]) => html`<tr><th>${name}</th><td class="track"><i style="width:${((100 * value) / most).toFixed(1)}%"></i></td><td class="n">${share(value)}</td></tr>\n`)}${
  rest.length === 0
    ? []
    : html`<tr><th>${rest.length} more</th><td></td><td class="n">${share(left)}</td></tr>`
}</tbody></table></div>`;
}
