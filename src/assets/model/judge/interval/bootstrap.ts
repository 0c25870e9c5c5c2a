import { checkWeights, refuse } from '../input.ts';
import { quantileOfSorted } from '../quantile.ts';
import { seededUint32 } from '../random.ts';
import { FEWEST_APART, type GroupSums, groupsOf, totalOf } from './groups.ts';
import { type Interval, LEVEL } from './interval.ts';
import { normalCdf, normalQuantile, studentQuantile } from './normal.ts';

export interface BootstrapOptions {
  /** How often the groups are drawn anew; default 1,000, of `bootstrap` 200. */
  readonly replicates?: number;
  readonly seed?: number;
  /** Default 0.95. */
  readonly level?: number;
  /** By group: groups are drawn within their stratum, so that each keeps its size. Default: one stratum. */
  readonly strata?: ArrayLike<number>;
}

/** Of the replicates in which a figure must be defined for an interval to be given. */
const DEFINED = 0.95;

/** How often each group was drawn, anew with each call; the array is the same each time. */
export function redrawing(count: number, seed: number, strata?: ArrayLike<number>): () => Uint32Array {
  const next = seededUint32(seed);
  const drawn = new Uint32Array(count);
  const members = [
    ...Map.groupBy(
      Array.from({ length: count }, (_, g) => g),
      (g) => strata?.[g] ?? 0,
    ).values(),
  ].map((of) => Uint32Array.from(of));
  return () => {
    drawn.fill(0);
    for (const of of members)
      for (let i = 0; i < of.length; i++) {
        const group = of[Math.floor((next() / 2 ** 32) * of.length)] as number;
        drawn[group] = (drawn[group] as number) + 1;
      }
    return drawn;
  };
}

/** Figures by name, null where one is undefined. */
export type Named<Name extends string> = Readonly<Record<Name, number | null>>;

/**
 * Bootstrap intervals of figures that are made of sums over rows: groups are drawn, and their sums added up, so that a replicate costs
 * the number of groups and not of rows. `bca` corrects for bias and for an error that grows with the figure (Efron 1987); `percentile`
 * does not, but is as much wider as few groups want. Null where a figure is undefined, where all replicates agree, and of fewer than 10 groups.
 * @throws MILL_JUDGE_INPUT
 */
export function bootstrapSums<Name extends string>(
  sums: GroupSums,
  figuresOf: (total: Float64Array) => Named<Name>,
  options: BootstrapOptions & { readonly method?: 'percentile' | 'bca' } = {},
): Record<Name, Interval | null> {
  const { replicates = 1000, seed = 1, level = LEVEL, strata, method = 'percentile' } = options;
  checkOptions(replicates, level);
  const { groups, width, values } = sums;
  const total = totalOf(sums);
  const estimate = figuresOf(total);
  const names = Object.keys(estimate) as Name[];
  if (groups < FEWEST_APART)
    return Object.fromEntries(names.map((name) => [name, null])) as Record<Name, null>;
  const draw = redrawing(groups, seed, strata);
  const found = names.map(() => new Float64Array(replicates).fill(Number.NaN));
  const replicate = new Float64Array(width);
  for (let r = 0; r < replicates; r++) {
    const times = draw();
    replicate.fill(0);
    for (let g = 0; g < groups; g++) {
      const often = times[g] as number;
      if (often === 0) continue;
      for (let j = 0, at = g * width; j < width; j++, at++)
        replicate[j] = (replicate[j] as number) + often * (values[at] as number);
    }
    const figures = figuresOf(replicate);
    for (const [i, name] of names.entries()) (found[i] as Float64Array)[r] = figures[name] ?? Number.NaN;
  }
  const skewness = method === 'bca' ? accelerations(sums, total, figuresOf, names) : undefined;
  return Object.fromEntries(
    names.map((name, i) => [
      name,
      intervalOf(found[i] as Float64Array, estimate[name], level, groups, skewness?.[name]),
    ]),
  ) as Record<Name, Interval | null>;
}

export interface AnyFigure extends Omit<BootstrapOptions, 'strata'> {
  readonly rows: number;
  /** Of rows by weight, 0 for those that were not drawn. The array is the same each time: read it, do not keep it. */
  readonly figure: (weights: Float64Array) => number | null;
  readonly weights?: Float64Array;
  /** By row, whose it is: all rows of one are drawn together. */
  readonly entities?: Int32Array;
  /** By row: entities are drawn within the highest stratum of their rows. */
  readonly strata?: ArrayLike<number>;
}

/**
 * A bootstrap interval of any figure that takes weights: `replicates` times (200) it is computed anew, over all rows. Bound its cost by
 * what you ask: 200 times a million rows take a minute with a figure that sorts.
 * @throws MILL_JUDGE_INPUT
 */
export function bootstrap(input: AnyFigure): Interval | null {
  const { rows, figure, weights, entities, strata, replicates = 200, seed = 1, level = LEVEL } = input;
  checkOptions(replicates, level);
  checkWeights(rows, weights);
  const groups = groupsOf(rows, entities, seed);
  const own = weights ?? new Float64Array(rows).fill(1);
  const byGroup = strata && new Float64Array(groups.count);
  for (let row = 0; strata && byGroup && row < rows; row++) {
    const group = groups.of[row] as number;
    byGroup[group] = Math.max(byGroup[group] as number, strata[row] as number);
  }
  if (groups.count < FEWEST_APART) return null;
  const draw = redrawing(groups.count, seed, byGroup);
  const drawn = new Float64Array(rows);
  const found = new Float64Array(replicates);
  for (let r = 0; r < replicates; r++) {
    const times = draw();
    for (let row = 0; row < rows; row++)
      drawn[row] = (own[row] as number) * (times[groups.of[row] as number] as number);
    found[r] = figure(drawn) ?? Number.NaN;
  }
  return intervalOf(found, figure(own), level, groups.count);
}

/** By name how fast the standard error changes with the figure: from leaving each group out once. */
function accelerations<Name extends string>(
  { groups, width, values }: GroupSums,
  total: Float64Array,
  figuresOf: (total: Float64Array) => Named<Name>,
  names: readonly Name[],
): Record<Name, number> {
  const without = new Float64Array(width);
  const left = names.map(() => new Float64Array(groups));
  for (let g = 0; g < groups; g++) {
    for (let j = 0; j < width; j++) without[j] = (total[j] as number) - (values[g * width + j] as number);
    const figures = figuresOf(without);
    for (const [i, name] of names.entries()) (left[i] as Float64Array)[g] = figures[name] ?? Number.NaN;
  }
  return Object.fromEntries(
    names.map((name, i) => {
      const of = (left[i] as Float64Array).filter((value) => !Number.isNaN(value));
      const mean = of.reduce((sum, value) => sum + value, 0) / of.length;
      const squares = of.reduce((sum, value) => sum + (mean - value) ** 2, 0);
      const cubes = of.reduce((sum, value) => sum + (mean - value) ** 3, 0);
      return [name, squares > 0 ? cubes / (6 * squares ** 1.5) : 0];
    }),
  ) as Record<Name, number>;
}

function intervalOf(
  replicates: Float64Array,
  estimate: number | null,
  level: number,
  groups: number,
  acceleration?: number,
): Interval | null {
  if (estimate === null) return null;
  const found = replicates.filter((value) => !Number.isNaN(value)).sort();
  if (found.length === 0 || found.length < DEFINED * replicates.length) return null;
  const [least, most] = [found[0] as number, found[found.length - 1] as number];
  // Rounding aside: what is added up in another order differs in its last digits.
  if (most - least <= 1e-12 * Math.max(Math.abs(least), Math.abs(most))) return null;
  const tail = (1 - level) / 2;
  const at = (share: number): number => quantileOfSorted(found, share);
  if (acceleration === undefined) {
    const far = widened(tail, groups);
    return { low: at(far), high: at(1 - far), level };
  }
  const below = found.reduce((n, value) => n + (value < estimate ? 1 : value === estimate ? 0.5 : 0), 0);
  const bias = normalQuantile(Math.min(1 - 1e-6, Math.max(1e-6, below / found.length)));
  const share = (of: number): number => {
    const z = bias + normalQuantile(of);
    return normalCdf(bias + z / (1 - acceleration * z));
  };
  return { low: at(share(tail)), high: at(share(1 - tail)), level };
}

/** Percentiles that make of replicates an interval as wide as Student's: those of few groups are too close to each other (Hesterberg 2015, 3.2). */
const widened = (tail: number, groups: number): number =>
  normalCdf(Math.sqrt(groups / (groups - 1)) * studentQuantile(tail, groups - 1));

function checkOptions(replicates: number, level: number): void {
  if (!Number.isInteger(replicates) || replicates < 20 || replicates > 100_000)
    refuse(`There are ${replicates} replicates; wanted a whole number from 20 to 100,000.`);
  if (!(level > 0 && level < 1)) refuse(`The level is ${level}; wanted a number between 0 and 1.`);
}
