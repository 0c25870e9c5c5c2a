import {
  apartInWords,
  FEWEST_APART,
  FIGURES,
  type FigureName,
  figuresFor,
  type Interval,
  leadingOf,
  saysNothing,
} from '../../judge/index.ts';
import type { Task } from '../../spec.ts';
import type { ModelReport } from '../model-report.ts';
import { withoutModel } from '../without-model.ts';
import { type Html, html } from './html.ts';
import { amount, figure, measure, NONE } from './numbers.ts';
import { tiles } from './tables.ts';

/** A figure as people read it: shares to three digits, amounts and measured values with their own; nothing where it says nothing. */
export function inWords(name: FigureName, value: number | null): string {
  if (saysNothing(name, value)) return NONE;
  return plainly(name, value).replace(/^-/, '−');
}

function plainly(name: FigureName, value: number | null): string {
  switch (FIGURES[name].unit) {
    case 'money':
      return amount(value);
    case 'target':
      return measure(value);
    case 'times':
      return value === null ? NONE : `${amount(value)} ×`;
    default:
      return figure(value);
  }
}

export function intervalInWords(name: FigureName, interval: Interval | null | undefined): string {
  if (interval && saysNothing(name, interval.high)) return '';
  return interval ? `${inWords(name, interval.low)} to ${inWords(name, interval.high)}` : '';
}

/** The figures that say most, large. A cost is told for a thousand. */
export function leadingTiles({ evaluation, costUnit }: ModelReport): Html {
  const { figures, task } = evaluation;
  return tiles(
    leadingOf({ task, figures })
      .slice(0, 5)
      .map((name) => {
        const value = figures[name] ?? null;
        if (name !== 'expectedCost') return [FIGURES[name].label, inWords(name, value)];
        return [`${costUnit ?? 'cost'} per 1,000 decisions`, amount(value === null ? null : value * 1000)];
      }),
  );
}

/** Every figure of the task that its rows define, with its interval, what could be had without a model, and what it says. */
export function figuresTable(report: ModelReport): Html {
  const { figures, intervals, task, apart } = report.evaluation;
  const known = figuresFor(task).filter((name) => (figures[name] ?? null) !== null);
  // These two are of trainers that are after them.
  const asked = (name: FigureName): boolean => name !== 'pinball' && name !== 'poissonDeviance';
  const undefinedOnes = figuresFor(task).filter((name) => figures[name] === null && asked(name));
  if (known.length === 0) return html`<p>These rows define no figure.</p>`;
  const without = withoutModel(report);
  const rows = known.map((name) => {
    const bare = without[name];
    return html`<tr><th>${FIGURES[name].label}</th><td class="n">${inWords(name, figures[name] as number)}</td><td class="n soft">${intervalInWords(name, intervals[name])}</td><td class="n">${bare === undefined ? '' : inWords(name, bare)}</td><td class="why">${FIGURES[name].says}</td></tr>\n`;
  });
  const empty = known.filter((name) => saysNothing(name, figures[name] as number));
  return html`<div class="wide"><table><thead><tr><th>figure</th><th class="n">this model</th><th class="n">95 % interval</th><th class="n">without a model</th><th class="why">what it says</th></tr></thead><tbody>
${rows}</tbody></table></div>${
    undefinedOnes.length === 0
      ? ''
      : html`<p class="note">Not defined by these rows: ${undefinedOnes.map((name) => FIGURES[name].label).join(', ')}.</p>`
  }${tooFew(apart, task)}${empty.map((name) => html`<p class="note">${FIGURES[name].label} says nothing here: there are targets of 0, or next to it, of which no error is a share.</p>`)}`;
}

/** Why no interval is told, where the rows are of too few. Versions of before do not say of how many. */
function tooFew(apart: number | null | undefined, task: Task): Html | '' {
  if (apart === undefined || apart === null || apart >= FEWEST_APART) return '';
  return html`<p class="note">No interval is told: these rows are of ${apartInWords(apart, task)}, and ${FEWEST_APART} are wanted to say how far one is from another.</p>`;
}

/** A difference with its sign: `+0.012`. */
export const signed = (name: FigureName, value: number | null): string =>
  value === null || saysNothing(name, Math.abs(value))
    ? NONE
    : `${value > 0 ? '+' : value < 0 ? '−' : ''}${inWords(name, Math.abs(value))}`;
