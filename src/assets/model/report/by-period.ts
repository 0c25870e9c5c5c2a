import { DAY, type Instant } from '../../../base/index.ts';
import { type Figures, leadingOf as leadingNames } from '../judge/index.ts';
import type { Labelled } from '../labelled.ts';
import { figuresOf, type JudgedRows, meansOf } from './some-rows.ts';

/** How a model did on the rows of one stretch of time. */
export interface PeriodFigures {
  readonly from: Instant;
  readonly to: Instant;
  readonly rows: number;
  /** Means; null of classes. */
  readonly target: number | null;
  readonly answer: number | null;
  readonly figures: Figures;
}

/** Most periods told apart. */
const MOST = 24;

/** Periods of a length, or of calendar months, over the rows to judge by; those without rows are left out. */
export function byPeriod(judged: JudgedRows, every: 'month' | number): PeriodFigures[] {
  return byPeriodRows(judged.labelled, every).map(({ from, to, rows }) => ({
    ...{ from, to, rows: rows.length },
    ...meansOf(judged, rows),
    figures: leadingOf(figuresOf(judged, rows), judged),
  }));
}

/** The rows of each period, counted from the first of the rows to judge by. All of a group are in the period of its first. */
export function byPeriodRows(
  { at, groups, parts }: Pick<Labelled, 'at' | 'groups' | 'parts'>,
  every: 'month' | number,
): { readonly from: Instant; readonly to: Instant; readonly rows: readonly number[] }[] {
  const { from, to } = parts.test;
  const rowsBy = new Map<number, number[]>();
  let instant = Number.NaN;
  for (let row = from; row < to; row++) {
    if (groups === undefined || row === from || groups[row] !== groups[row - 1]) instant = at[row] as number;
    const start = startOf(instant, every);
    const rows = rowsBy.get(start);
    if (rows) rows.push(row - from);
    else rowsBy.set(start, [row - from]);
  }
  return [...rowsBy]
    .sort(([a], [b]) => a - b)
    .map(([start, rows]) => ({ from: start, to: endOf(start, every), rows }));
}

/** Months, weeks, days or hours, so that there are some, and not too many. */
export function periodFor(at: ArrayLike<number>): 'month' | number {
  let [first, last] = [Infinity, -Infinity];
  for (let i = 0; i < at.length; i++) {
    first = Math.min(first, at[i] as number);
    last = Math.max(last, at[i] as number);
  }
  const days = (last - first) / DAY;
  if (days > MOST * 30) return Math.ceil(days / MOST / 30) * 30 * DAY;
  if (days >= 90) return 'month';
  if (days >= 21) return 7 * DAY;
  return days >= 3 ? DAY : DAY / 24;
}

function startOf(instant: number, every: 'month' | number): number {
  if (every !== 'month') return Math.floor(instant / every) * every;
  const date = new Date(instant / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) * 1000;
}

function endOf(start: number, every: 'month' | number): number {
  if (every !== 'month') return start + every;
  const date = new Date(start / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) * 1000;
}

/** Those figures that people ask for. */
export function leadingOf(figures: Figures, { judging: { task } }: Pick<JudgedRows, 'judging'>): Figures {
  return Object.fromEntries(leadingNames({ task, figures }).map((name) => [name, figures[name] ?? null]));
}
