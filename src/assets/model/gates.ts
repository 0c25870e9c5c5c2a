import { APPROVAL } from '../../graph/index.ts';
import type { CheckResult } from '../../store/state/index.ts';
import {
  type Comparison,
  FEWEST_APART,
  FIGURES,
  type FigureName,
  type Figures,
  type Intervals,
  saysNothing,
} from './judge/index.ts';
import type { FigureGate, ModelBody } from './spec.ts';

/** What gates judge: a candidate's figures, and those of the live version beside them. */
export interface GateFigures {
  readonly figures: Figures;
  readonly intervals: Intervals;
  /** Of how many entities, rows or lists these are; too few tell no interval. */
  readonly apart?: number | null;
  /** The live version's figures on the very same rows, or as they were recorded when it cannot be asked any more; undefined when nothing is live. */
  readonly champion: Figures | undefined;
  /** Why the live version could not be asked about these rows, where it could not. */
  readonly unasked?: string | undefined;
  /** Both on the same rows, figure by figure; undefined when the live version cannot be asked. */
  readonly comparison: Comparison | undefined;
}

/** Judges a candidate's figures. A figure that is undefined passes no gate. */
export function judgeGates(gates: readonly FigureGate[], judged: GateFigures): CheckResult[] {
  return gates.map((gate) =>
    gate.must === 'beatChampion' ? againstChampion(gate, judged) : againstBound(gate, judged),
  );
}

/** Against a number: the figure itself, or with `surely` the worse end of its interval. */
function againstBound(
  { metric, must, than = 0, surely }: FigureGate,
  { figures, intervals, apart }: GateFigures,
): CheckResult {
  const sign = must === 'atMost' ? '≤' : '≥';
  const figure = figures[metric] ?? null;
  const interval = intervals[metric];
  const end = surely === undefined ? figure : worseEnd(metric, interval);
  return {
    name: `${metric} ${surely ? 'surely ' : ''}${sign} ${than}`,
    passed: end !== null && (must === 'atMost' ? end <= than : end >= than),
    severity: 'block',
    observed:
      own(metric, figure) +
      (surely === undefined || saysNothing(metric, figure)
        ? ''
        : interval
          ? `, ${shown(interval.low)} to ${shown(interval.high)}`
          : `, no interval${whyNone(apart)}`),
    wanted: `${sign} ${shown(than)}`,
  };
}

/** Against the live version: at least as good, or better by so much; with `surely` also the worse end of the difference's interval. */
function againstChampion(
  { metric, by = 0, surely }: FigureGate,
  { figures, champion, comparison, unasked, apart }: GateFigures,
): CheckResult {
  const lower = FIGURES[metric].better === 'lower';
  const figure = figures[metric] ?? null;
  const bound = champion?.[metric] ?? null;
  const compared = comparison?.figures[metric];
  const name = `${metric} ${surely ? 'surely ' : ''}beats champion${by === 0 ? '' : ` by ${by}`}`;
  const result = (passed: boolean, observed: string, wanted: string): CheckResult => {
    return { name, passed, severity: 'block', observed, wanted };
  };
  if (champion === undefined) return result(figure !== null, shown(figure), 'no champion yet');
  if (bound === null)
    return result(figure !== null, shown(figure), 'a figure that the champion does not have');
  // It was judged on other rows then, which is better than not to compare at all.
  const then = unasked === undefined ? '' : `, as the champion was judged on its own rows: ${unasked}`;
  const wanted = `${lower ? '≤' : '≥'} ${shown(lower ? bound - by : bound + by)}${then}`;
  if (figure === null) return result(false, 'undefined', wanted);
  const gain = lower ? bound - figure : figure - bound;
  if (surely === undefined) return result(gain >= by, own(metric, figure), wanted);
  const interval = compared?.interval;
  if (!interval)
    return result(false, `${shown(figure)}, no interval of the difference${whyNone(apart)}`, wanted);
  const least = lower ? -interval.high : interval.low;
  return result(
    least >= by && gain >= by,
    `${shown(figure)}, better by ${shown(gain)}, surely by ${shown(least)}`,
    `better by ${shown(by)}`,
  );
}

/** Where a person's word is required, the check that only this word lets pass. */
export function awaitApproval({ approval }: ModelBody): CheckResult[] {
  if (approval === undefined) return [];
  return [
    { name: APPROVAL, passed: false, severity: 'block', observed: 'not yet', wanted: 'millrace promote' },
  ];
}

/** Why there is no interval, where that is known. */
const whyNone = (apart: number | null | undefined): string =>
  apart !== undefined && apart !== null && apart < FEWEST_APART
    ? `: ${apart} apart from each other are too few, ${FEWEST_APART} are wanted`
    : '';

function worseEnd(metric: FigureName, interval: Intervals[FigureName]): number | null {
  if (!interval) return null;
  return FIGURES[metric].better === 'lower' ? interval.high : interval.low;
}

const shown = (figure: number | null): string =>
  figure === null ? 'undefined' : String(Number(figure.toPrecision(6)));

/** A gate's own figure; one that says nothing is said to. */
const own = (metric: FigureName, figure: number | null): string =>
  saysNothing(metric, figure) ? 'says nothing, as there are targets of 0' : shown(figure);
