import { canonicalJson, type Json } from '../../../base/index.ts';
import { randomPoint } from './random-point.ts';
import { type DimensionSpec, type Point, type SpaceSpec, stretchOf } from './space.ts';
import type { Trial } from './trial.ts';

// Tree-structured Parzen estimators (Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011), each parameter by
// itself, with the constants of Optuna's sampler.

/** So many trials are drawn at random before anything is concluded. */
const STARTUP = 10;
/** Candidates that are drawn for each parameter. */
const CANDIDATES = 24;
/** Most trials that are called good. */
const MOST_GOOD = 25;

/**
 * The next point to try, from what is known of the trials before. Trials under way count as bad, so that two at once are not the same
 * ("constant liar"); failed ones too.
 */
export function tpePoint(dimensions: SpaceSpec, trials: readonly Trial[], random: () => number): Point {
  const known = trials.filter(
    ({ status, loss }) => status === 'done' && loss !== null && !Number.isNaN(loss),
  );
  if (known.length < STARTUP) return randomPoint(dimensions, random);
  const ranked = [...trials].sort(byPromise);
  const good = Math.min(Math.ceil(0.1 * ranked.length), MOST_GOOD);
  return Object.fromEntries(
    Object.entries(dimensions).map(([name, dimension]) => {
      const chosen = ({ point }: Trial): Json => point[name] as Json;
      const likely = estimate(dimension, ranked.slice(0, good).map(chosen));
      const unlikely = estimate(dimension, ranked.slice(good).map(chosen));
      let best: { value: Json; ratio: number } | undefined;
      for (let i = 0; i < CANDIDATES; i++) {
        const value = likely.draw(random);
        const ratio = likely.logDensity(value) - unlikely.logDensity(value);
        if (best === undefined || ratio > best.ratio) best = { value, ratio };
      }
      return [name, (best as { value: Json }).value];
    }),
  );
}

/** Those that ran to their end by loss; then those stopped, the later the better; then the rest. */
function byPromise(a: Trial, b: Trial): number {
  const order = (trial: Trial): number =>
    trial.loss === null || Number.isNaN(trial.loss)
      ? 2
      : trial.status === 'done'
        ? 0
        : trial.status === 'pruned'
          ? 1
          : 2;
  const [first, second] = [order(a), order(b)];
  if (first !== second) return first - second;
  if (first === 1 && a.rungs.length !== b.rungs.length) return b.rungs.length - a.rungs.length;
  const apart = first === 2 ? 0 : (a.loss as number) - (b.loss as number);
  return apart || a.number - b.number;
}

/** How likely values are, by those seen. */
interface Estimate {
  draw(random: () => number): Json;
  logDensity(value: Json): number;
}

function estimate(dimension: DimensionSpec, seen: readonly Json[]): Estimate {
  return dimension.kind === 'choice'
    ? ofChoice(dimension.values, seen)
    : ofNumber(dimension, seen as number[]);
}

/** Shares of the values seen, each with one more beside it. */
function ofChoice(values: readonly Json[], seen: readonly Json[]): Estimate {
  const names = values.map(canonicalJson);
  const weights = names.map((name) => 1 + seen.filter((value) => canonicalJson(value) === name).length);
  const whole = weights.reduce((a, b) => a + b, 0);
  return {
    draw(random) {
      let left = random() * whole;
      const at = weights.findIndex((weight) => {
        left -= weight;
        return left < 0;
      });
      return values[at < 0 ? values.length - 1 : at] as Json;
    },
    logDensity: (value) => Math.log((weights[names.indexOf(canonicalJson(value))] as number) / whole),
  };
}

/**
 * A bell over each value seen, as wide as the way to its farther neighbour, and a flat one over the whole stretch; cut at its ends.
 */
function ofNumber(dimension: Exclude<DimensionSpec, { kind: 'choice' }>, seen: readonly number[]): Estimate {
  const stretch = stretchOf(dimension);
  const { low, high } = stretch;
  const width = high - low;
  // A dimension of one value.
  if (!(width > 0)) return { draw: () => stretch.at(low), logDensity: () => 0 };
  const prior = { mean: (low + high) / 2, spread: width };
  const places = [...seen.map(stretch.place), prior.mean].sort((a, b) => a - b);
  const narrowest = width / Math.min(100, seen.length + 1);
  let priorIsIn = false;
  const bells = places.map((mean, i) => {
    if (mean === prior.mean && !priorIsIn) {
      priorIsIn = true;
      return prior;
    }
    const left = mean - (places[i - 1] ?? low);
    const right = (places[i + 1] ?? high) - mean;
    return { mean, spread: Math.min(width, Math.max(narrowest, left, right)) };
  });
  return {
    draw(random) {
      const { mean, spread } = bells[Math.floor(random() * bells.length)] as (typeof bells)[number];
      // Drawn again until it is within the stretch: at least a third of a bell within it is.
      for (let i = 0; i < 100; i++) {
        const place = mean + spread * bell(random);
        if (place >= low && place <= high) return stretch.at(place);
      }
      return stretch.at(mean);
    },
    logDensity(value) {
      const place = stretch.place(value as number);
      let sum = 0;
      for (const { mean, spread } of bells) {
        const within = normalCdf((high - mean) / spread) - normalCdf((low - mean) / spread);
        sum += Math.exp(-0.5 * ((place - mean) / spread) ** 2) / (spread * within);
      }
      return Math.log(Math.max(sum, Number.MIN_VALUE)) - Math.log(bells.length);
    },
  };
}

/** A draw from the standard normal distribution (Box and Muller 1958). */
function bell(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Of the standard normal distribution, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    0.3989422804014327 *
    Math.exp((-x * x) / 2) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x >= 0 ? 1 - tail : tail;
}
