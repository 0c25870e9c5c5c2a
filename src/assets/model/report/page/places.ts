import { DAY } from '../../../../base/index.ts';
import { FIGURES, leadingOf } from '../../judge/index.ts';
import type { ModelReport } from '../model-report.ts';
import { chart } from './binary-charts.ts';
import { inWords } from './figures.ts';
import { type Html, html } from './html.ts';
import { amount, count, share } from './numbers.ts';
import { ACROSS, type Axis, curve, dots, type Point, plot, UP } from './plot.ts';
import { linear } from './scale.ts';
import { minute } from './tables.ts';

const tick = (value: number): string => String(Number(value.toPrecision(4)));

/** The first figure by period, and the target beside the answers. */
export function periodCharts({ periods, evaluation }: ModelReport): Html {
  const x: Axis = {
    scale: { ...linear(0, periods.length - 1, ACROSS), ticks: fewOf(periods.length) },
    label: `periods from ${day(periods[0]?.from)} to ${day(periods.at(-1)?.from)}`,
    tick: (i) => shortly(periods, i),
  };
  const { task } = evaluation;
  const [first = 'rmse'] = leadingOf(evaluation);
  const series = (of: (i: number) => number | null): Point[] =>
    periods.flatMap((_, i): Point[] => {
      const value = of(i);
      return value === null ? [] : [[i, value]];
    });
  const axis = (points: readonly Point[], label: string): Axis => {
    const values = points.map(([, value]) => value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = (high - low || Math.abs(high) || 1) * 0.15;
    return { scale: linear(low >= 0 ? Math.max(0, low - room) : low - room, high + room, UP), label, tick };
  };
  const line = (kind: string, y: Axis, points: readonly Point[]): Html =>
    html`${curve(kind, x, y, points)}${dots(x, y, points)}`;
  const told = series((i) => periods[i]?.figures[first] ?? null);
  const [truth, answers] = [
    series((i) => periods[i]?.target ?? null),
    series((i) => periods[i]?.answer ?? null),
  ];
  const y = axis(told, FIGURES[first].label);
  const means = axis([...truth, ...answers], 'mean');
  return html`<div class="charts">${
    told.length < 2
      ? ''
      : chart(
          `${FIGURES[first].label} over time`,
          plot('By period', x, y, [line('curve', y, told)]),
          html`A dot for each period. Those of few rows are moved by chance.`,
        )
  }${
    truth.length < 2 || task === 'ranking'
      ? ''
      : chart(
          'What came true, and what was predicted',
          plot('Means by period', x, means, [
            line('curve', means, answers),
            line('curve second', means, truth),
          ]),
          html`<span class="key first"></span>mean prediction, <span class="key yes"></span>mean of what came true.`,
        )
  }</div>`;
}

const day = (instant: number | undefined): string => minute(instant).slice(0, 10);

/** At most seven of so many periods, evenly far apart from the first on. */
function fewOf(periods: number): number[] {
  const step = Math.ceil(periods / 7);
  return Array.from({ length: Math.ceil(periods / step) }, (_, i) => i * step);
}

/** When a period begins, as short as its length allows: `14:00`, `09-30`, `2026-09`. */
function shortly(periods: ModelReport['periods'], i: number): string {
  const { from, to } = periods[i] as ModelReport['periods'][number];
  const text = minute(from);
  return to - from < DAY ? text.slice(11) : to - from < 28 * DAY ? text.slice(5, 10) : text.slice(0, 7);
}

export function periodTable({ periods, evaluation }: ModelReport): Html {
  const { task } = evaluation;
  const names = leadingOf(evaluation);
  const hours = periods.some(({ from, to }) => to - from < DAY);
  const when = (from: number): string => minute(from).slice(0, hours ? 16 : 10);
  const mean = (value: number | null): string => (task === 'binary' ? share(value) : amount(value));
  const ofValues = task === 'binary' || task === 'regression';
  return html`<div class="wide"><table><thead><tr><th>from</th><th class="n">rows</th>${ofValues ? html`<th class="n">came true</th><th class="n">predicted</th>` : ''}${names.map((name) => html`<th class="n">${FIGURES[name].label}</th>`)}</tr></thead><tbody>
${periods.map((one) => html`<tr><th>${when(one.from)}</th><td class="n">${count(one.rows)}</td>${ofValues ? html`<td class="n">${mean(one.target)}</td><td class="n">${mean(one.answer)}</td>` : ''}${names.map((name) => html`<td class="n">${inWords(name, one.figures[name] ?? null)}</td>`)}</tr>\n`)}</tbody></table></div>`;
}

/** Rows with something missing beside the others. */
export function missingTable({ missing, evaluation }: ModelReport): Html {
  const names = leadingOf(evaluation).slice(0, 3);
  return html`<div class="wide"><table><thead><tr><th>missing</th><th class="n">rows</th><th class="n">share</th>${names.map((name) => html`<th class="n">${FIGURES[name].label}</th><th class="n">where it is there</th>`)}</tr></thead><tbody>
${missing.map((one) => html`<tr><th>${one.input ?? 'any input'}</th><td class="n">${count(one.rows)}</td><td class="n">${share(one.share)}</td>${names.map((name) => html`<td class="n">${inWords(name, one.missing[name] ?? null)}</td><td class="n soft">${inWords(name, one.present[name] ?? null)}</td>`)}</tr>\n`)}</tbody></table></div>`;
}
