import { type Cuts, stepsByRow } from '../binary/cuts.ts';
import { rocAucOf } from '../binary/roc-auc.ts';
import { checkLength, checkScores } from '../input.ts';
import { numbered } from './groups.ts';
import {
  cutsOfSample,
  entitiesByClass,
  errorOfEntities,
  type Influence,
  influenceByRow,
  rowsByClass,
  type Sample,
  spreadOf,
  varianceOf,
  varianceOfRows,
} from './influence.ts';
import { around, type Interval, LEVEL, reach } from './interval.ts';
import { twoSided } from './normal.ts';
import { shareInterval } from './share.ts';

/**
 * DeLong's components of ROC AUC by step, from the cuts in one walk (as Sun and Xu's midranks 2014): of a positive its share of negatives
 * below, ties half; of a negative its share of positives above.
 */
export function rocAucInfluence(cuts: Cuts): Influence | null {
  const figure = rocAucOf(cuts);
  if (figure === null) return null;
  const { truePositives, falsePositives, positives, negatives } = cuts;
  const positive = new Float64Array(truePositives.length);
  const negative = new Float64Array(truePositives.length);
  let [tp, fp] = [0, 0];
  for (let k = 0; k < truePositives.length; k++) {
    const tpUpTo = truePositives[k] as number;
    const fpUpTo = falsePositives[k] as number;
    positive[k] = ((negatives - (fp + fpUpTo) / 2) / negatives - figure) / positives;
    negative[k] = ((tp + tpUpTo) / 2 / positives - figure) / negatives;
    tp = tpUpTo;
    fp = fpUpTo;
  }
  const taken = {
    positive: (step: number): number => 1 - figure - (positive[step] as number) * positives,
    negative: (step: number): number => 1 - figure - (negative[step] as number) * negatives,
  };
  return { figure, positive, negative, taken };
}

/**
 * An interval of ROC AUC from the variance that DeLong, DeLong and Clarke-Pearson (1988) give it, of whole entities Obuchowski (1997), as
 * one of a share: it then keeps within [0, 1], and holds its level near 1. Null where a class has fewer than two rows.
 * @throws MILL_JUDGE_INPUT
 */
export function rocAucInterval(
  target: Float64Array,
  score: Float64Array,
  { level = LEVEL, ...rest }: Omit<Sample, 'target'> & { readonly level?: number } = {},
): Interval | null {
  const sample = { target, ...rest };
  checkSample(sample, score);
  const [found] = rankingIntervals(sample, cutsOfSample(sample, score), score, level, [
    [rocAucInfluence, leastOfRocAuc],
  ]);
  return found as Interval | null;
}

/**
 * How many rows apart ROC AUC is worth at the least. The smaller class, of so many, may hide as many as Wilson's share of so many, of which
 * nothing is known: each then stands anywhere, with half of the others on the wrong side.
 */
export function leastOfRocAuc(no: number, yes: number): number {
  const squared = reach(LEVEL) ** 2;
  return 2 * Math.min(no, yes) + squared;
}

/** Intervals of figures that have influences. */
export function rankingIntervals(
  sample: Sample,
  cuts: Cuts,
  score: Float64Array,
  level: number,
  figures: readonly (readonly [
    influenceOf: (cuts: Cuts) => Influence | null,
    leastOf: (no: number, yes: number) => number,
  ])[],
): (Interval | null)[] {
  const rows = rowsByClass(cuts);
  const whose = sample.entities && { own: numbered(sample.entities), steps: stepsByRow(cuts, score) };
  return figures.map(([influenceOf, leastOf]) => {
    const influence = influenceOf(cuts);
    if (influence === null) return null;
    const { variance, spread } = whose
      ? errorOfEntities(sample, whose.own, whose.steps, influence)
      : { variance: varianceOf(cuts, influence), spread: spreadOf(cuts, influence) };
    const share = influence.figure;
    // Many rows a little out of place tell nothing of rows of which nothing is known.
    const seen = 2 * Math.min(share, 1 - share) * Math.min(...rows);
    const least = (): number => leastOf(...(whose ? entitiesByClass(sample, whose.own) : rows));
    return shareInterval({ share, variance, spread: Math.min(seen, spread), least }, level);
  });
}

/** How far two models' figures are from each other on the same rows. */
export interface PairedDifference {
  readonly first: number | null;
  readonly second: number | null;
  /** Second − first. */
  readonly difference: number | null;
  readonly interval: Interval | null;
  /** Of a difference as large by chance, if there is none. */
  readonly pValue: number | null;
}

/** The difference of two scores' ROC AUC on the same rows, by DeLong's test. @throws MILL_JUDGE_INPUT */
export function rocAucDifference(
  target: Float64Array,
  first: Float64Array,
  second: Float64Array,
  { level = LEVEL, ...rest }: Omit<Sample, 'target'> & { readonly level?: number } = {},
): PairedDifference {
  const [found] = pairedDifferences({ target, ...rest }, first, second, level, [rocAucInfluence]);
  return found as PairedDifference;
}

/** The paired differences of figures that have influences. */
export function pairedDifferences(
  sample: Sample,
  first: Float64Array,
  second: Float64Array,
  level: number,
  influencesOf: readonly ((cuts: Cuts) => Influence | null)[],
): PairedDifference[] {
  const [ofFirst, ofSecond] = [first, second].map((score) => {
    checkSample(sample, score);
    const cuts = cutsOfSample(sample, score);
    const steps = stepsByRow(cuts, score);
    return influencesOf.map((influenceOf) => {
      const influence = influenceOf(cuts);
      return influence && { figure: influence.figure, byRow: influenceByRow(sample, steps, influence) };
    });
  });
  return influencesOf.map((_, i) => differenceOf(sample, ofFirst?.[i], ofSecond?.[i], level));
}

interface ByRow {
  readonly figure: number;
  readonly byRow: Float64Array;
}

function differenceOf(
  sample: Sample,
  a: ByRow | null | undefined,
  b: ByRow | null | undefined,
  level: number,
): PairedDifference {
  const figures = { first: a?.figure ?? null, second: b?.figure ?? null };
  if (!a || !b) return { ...figures, difference: null, interval: null, pValue: null };
  const difference = b.figure - a.figure;
  const variance = varianceOfRows(
    b.byRow.map((value, row) => value - (a.byRow[row] as number)),
    sample,
  );
  const error = variance === null ? null : Math.sqrt(variance);
  // Rounding aside: two scores that rank alike have no difference to doubt.
  const same = error === null || error < 1e-12;
  return {
    ...figures,
    difference,
    interval: same ? null : around(difference, error, level),
    pValue: same ? (difference === 0 ? 1 : null) : twoSided(difference / error),
  };
}

function checkSample({ target, weights, entities }: Sample, score: Float64Array): void {
  checkScores(target, score, weights);
  if (entities !== undefined) checkLength(target.length, entities, 'entity');
}
