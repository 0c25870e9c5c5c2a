import type { Micros } from '../../../base/index.ts';
import type { FigureName } from '../judge/index.ts';

/** A figure, and what it must be wherever it is looked at. */
export type StressBound = {
  readonly metric: FigureName;
  readonly must: 'atLeast' | 'atMost';
  readonly than: number;
};

/** A condition on how a candidate bears what may come: other times, missing values, noise, another seed, a slice by itself. */
export type StressGate =
  | ({ readonly stress: 'byPeriod'; readonly every: Micros; readonly rows: number } & StressBound)
  | ({ readonly stress: 'slices'; readonly rows: number } & StressBound)
  | {
      readonly stress: 'missing';
      readonly share: number;
      readonly metric: FigureName;
      readonly within: number;
    }
  | { readonly stress: 'noise'; readonly sigma: number; readonly metric: FigureName; readonly within: number }
  | { readonly stress: 'seeds'; readonly n: number; readonly metric: FigureName; readonly within: number }
  | { readonly stress: 'noLeakage' };
