import { type Duration, parseDuration } from '../../../base/index.ts';
import type { FIGURES, FigureName } from '../judge/index.ts';
import type { StressBound, StressGate } from './spec.ts';

/** A declared stress check: a gate as those of `metric`. */
export interface StressCheck {
  readonly '~': StressGate;
}

/** A figure of which higher is better has a least, the others a most. */
export type Bound = {
  [Name in FigureName]: { metric: Name } & ((typeof FIGURES)[Name]['better'] extends 'higher'
    ? { atLeast: number; atMost?: undefined }
    : { atMost: number; atLeast?: undefined });
}[FigureName];

/** How much worse a figure may become. */
export interface Within {
  metric: FigureName;
  /** In the figure's own unit: 0.02 of a ROC-AUC. */
  within: number;
}

const check = (gate: StressGate): StressCheck => Object.freeze({ '~': Object.freeze(gate) });

const boundOf = ({ metric, atLeast, atMost }: Bound): StressBound =>
  atLeast === undefined
    ? { metric, must: 'atMost', than: atMost as number }
    : { metric, must: 'atLeast', than: atLeast };

/** Rows below which a period or a slice is not judged. */
const LEAST_ROWS = 200;

/**
 * Gates on how a candidate bears what may come. Each is judged on the held-out rows, by the model's own file, and comes out the same every time.
 * @example gates: [stress.byPeriod({ every: '30d', metric: 'rocAuc', atLeast: 0.8 }), stress.missing({ share: 0.2, metric: 'rocAuc', within: 0.05 })]
 */
export const stress = Object.freeze({
  /** In every period of the held-out rows, counted from 1970, that has at least `rows` (default 200). */
  byPeriod: ({
    every,
    rows = LEAST_ROWS,
    ...bound
  }: { every: Duration; rows?: number } & Bound): StressCheck =>
    check({ stress: 'byPeriod', every: parseDuration(every), rows, ...boundOf(bound as Bound) }),
  /** In every declared slice, and in the worst that are found, of at least `rows` (default 200). */
  slices: ({ rows = LEAST_ROWS, ...bound }: { rows?: number } & Bound): StressCheck =>
    check({ stress: 'slices', rows, ...boundOf(bound as Bound) }),
  /** With so large a share of all inputs blanked at random. */
  missing: ({ share, metric, within }: { share: number } & Within): StressCheck =>
    check({ stress: 'missing', share, metric, within }),
  /** With normal noise on every number: so many of its standard deviations in the rows learnt from. */
  noise: ({ sigma, metric, within }: { sigma: number } & Within): StressCheck =>
    check({ stress: 'noise', sigma, metric, within }),
  /** Trained `n` more times with other seeds: how far apart the highest and the lowest figure may be. A search is not done again, what it chose is trained. */
  seeds: ({ n, metric, within }: { n: number } & Within): StressCheck =>
    check({ stress: 'seeds', n, metric, within }),
  /** That nothing was suspected of knowing the answer when the training set was built. */
  noLeakage: (): StressCheck => check({ stress: 'noLeakage' }),
});
