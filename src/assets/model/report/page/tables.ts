import { formatInstant } from '../../../../base/index.ts';
import type { Why } from '../why.ts';
import { type Html, html } from './html.ts';
import { figure, NONE, share } from './numbers.ts';

/** Large figures side by side, each with its name. */
export function tiles(figures: readonly (readonly [name: string, value: string])[]): Html {
  return html`<div class="tiles">${figures.map(([name, value]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`)}</div>`;
}

/** `2026-09-30 14:05` UTC. */
export function minute(instant: number | undefined): string {
  return !Number.isFinite(instant)
    ? NONE
    : formatInstant(instant as number)
        .slice(0, 16)
        .replace('T', ' ');
}

/** Most inputs listed; the rest is one line. */
const MOST_INPUTS = 25;

/** Inputs by falling importance, with bars relative to the first, and by how much each moves answers where that is known. */
export function importanceTable(importance: Readonly<Record<string, number>>, why?: Why): Html {
  const all = Object.entries(importance).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const most = all[0]?.[1] ?? 0;
  if (all.length === 0) return html`<p>What it looks at is not known: its trainer does not tell.</p>`;
  if (most === 0) return html`<p>Nothing was learnt from any input.</p>`;
  const moves = new Map(why?.inputs.map(({ input, mean }) => [input, mean]));
  // What nothing was learnt from needs no line of its own.
  const shown = all.slice(0, MOST_INPUTS).filter(([, value]) => value > 0);
  const rest = all.slice(shown.length);
  const left = rest.reduce((sum, [, value]) => sum + value, 0);
  const moved = (name: string): Html | string =>
    why === undefined ? '' : html`<td class="n">${figure(moves.get(name) ?? null)}</td>`;
  return html`<div class="wide"><table class="rank"><thead><tr><th>input</th><th></th><th class="n">share of what was learnt</th>${why === undefined ? '' : html`<th class="n">moves the score by</th>`}</tr></thead><tbody>
${shown.map(([name, value]) => html`<tr><th>${name}</th><td class="track"><i style="width:${((100 * value) / most).toFixed(1)}%"></i></td><td class="n">${share(value)}</td>${moved(name)}</tr>\n`)}${
  rest.length === 0
    ? []
    : html`<tr><th>${rest.length} more</th><td></td><td class="n">${share(left)}</td>${why === undefined ? '' : html`<td></td>`}</tr>`
}</tbody></table></div>`;
}
