import type { ModelVersion } from './detail.ts';
import {
  type Comparison,
  chooseThreshold,
  compareModels,
  type Evaluation,
  evaluateBinary,
  evaluateMulticlass,
  evaluateRanking,
  evaluateRegression,
} from './judge/index.ts';
import { type Labelled, partOf } from './labelled.ts';
import { anyOptions, type SearchSpec } from './search/index.ts';
import type { ModelBody } from './spec.ts';
import { quantileOf, type RowRange } from './train/index.ts';

/** What of a declaration judging needs. */
export type Judging = Pick<ModelBody, 'task' | 'cost' | 'trainer'>;

/** What of the declaration of then a version remembers. */
export function judgingThen({ task, trainer, evaluation }: ModelVersion): Judging {
  const cost = 'cost' in evaluation ? evaluation.cost : null;
  return { task, trainer, cost: cost ?? { falsePositive: 1, falseNegative: 1 } };
}

/** The threshold of decisions, where there is one to choose: the one that costs least on the rows to choose by. */
export function thresholdOf(
  { task, cost }: Judging,
  labelled: Labelled,
  predicted: Float64Array,
): number | null {
  if (task !== 'binary') return null;
  const { validation } = labelled.parts;
  const { threshold } = chooseThreshold({
    target: partOf(labelled.target, validation),
    probability: partOf(predicted, validation),
    ...weightsOf(labelled, validation),
    cost,
  });
  return threshold;
}

/** How good answers are on the rows to judge by. `predicted` holds those of these rows only. */
export function judge(
  judging: Judging,
  labelled: Labelled,
  predicted: Float64Array,
  threshold: number | null,
  detail: 'whole' | 'figures' = 'whole',
): Evaluation {
  const { parts, classes, items } = labelled;
  const target = partOf(labelled.target, parts.test);
  const base = meanTarget(labelled, parts.train);
  const rows = {
    ...weightsOf(labelled, parts.test),
    entities: partOf(labelled.entities, parts.test),
    detail,
  };
  switch (judging.task) {
    case 'binary':
      return evaluateBinary({
        ...{ target, probability: predicted, threshold: threshold ?? 0.5, cost: judging.cost },
        ...rows,
        ...(base === null ? {} : { baseRate: base }),
      });
    case 'multiclass':
      return evaluateMulticlass({
        ...{ target, probabilities: predicted, classes: classes as readonly string[] },
        ...rows,
        baseShares: sharesOf(labelled, parts.train),
      });
    case 'regression':
      return evaluateRegression({
        ...{ target, predicted, ...rows },
        ...lossOf(judging),
        ...(base === null ? {} : { baseValue: base }),
        ...(detail === 'whole' ? quantileBefore(labelled, lossOf(judging)) : {}),
      });
    case 'ranking':
      return evaluateRanking({
        relevance: target,
        score: predicted,
        group: partOf(labelled.groups as Int32Array, parts.test),
        ...(items && { items: { ...items, of: partOf(items.of, parts.test) } }),
        detail,
      });
  }
}

/** Two models on the rows to judge by, figure by figure. */
export function compareOn(
  judging: Judging,
  labelled: Labelled,
  champion: { readonly predicted: Float64Array; readonly threshold: number | null },
  challenger: { readonly predicted: Float64Array; readonly threshold: number | null },
): Comparison {
  const { parts, classes } = labelled;
  const target = partOf(labelled.target, parts.test);
  const answers = { champion: champion.predicted, challenger: challenger.predicted };
  const rows = { ...weightsOf(labelled, parts.test), entities: partOf(labelled.entities, parts.test) };
  switch (judging.task) {
    case 'binary':
      return compareModels({
        task: 'binary',
        ...{ target, ...answers, ...rows, cost: judging.cost },
        threshold: { champion: champion.threshold ?? 0.5, challenger: challenger.threshold ?? 0.5 },
      });
    case 'multiclass':
      return compareModels({
        task: 'multiclass',
        ...{ target, ...answers, ...rows, classes: classes as readonly string[] },
      });
    case 'regression':
      return compareModels({ task: 'regression', ...{ target, ...answers, ...rows, ...lossOf(judging) } });
    case 'ranking':
      return compareModels({
        task: 'ranking',
        ...{ relevance: target, ...answers, group: partOf(labelled.groups as Int32Array, parts.test) },
      });
  }
}

/** What a regression is after besides the mean, as its trainer's options say. */
export function lossOf({ trainer }: Judging): { quantile?: number; poisson?: boolean } {
  // As trainers take it: where a quantile is told, it is what is learnt.
  const { quantile, objective = quantile === undefined ? 'squared' : 'quantile' } = (
    trainer.trainer === 'search' ? anyOptions(trainer.options as SearchSpec) : trainer.options
  ) as { objective?: string; quantile?: number };
  return {
    ...(objective === 'quantile' ? { quantile: quantile ?? 0.5 } : {}),
    ...(objective === 'poisson' ? { poisson: true } : {}),
  };
}

/** The quantile of the target in the rows learnt from, where one is asked for. */
function quantileBefore(
  labelled: Labelled,
  { quantile }: ReturnType<typeof lossOf>,
): { baseQuantile?: number } {
  const { train } = labelled.parts;
  if (quantile === undefined || train.to === train.from) return {};
  const { weights } = weightsOf(labelled, train);
  return { baseQuantile: quantileOf(partOf(labelled.target, train), quantile, weights) };
}

function weightsOf({ weights }: Labelled, range: RowRange): { weights?: Float64Array } {
  return weights === undefined ? {} : { weights: partOf(weights, range) };
}

/** Of the rows in a range, each by its weight; null for classes, of which there is none. */
export function meanTarget({ target, weights, classes }: Labelled, { from, to }: RowRange): number | null {
  if (classes !== undefined) return null;
  let sum = 0;
  let whole = 0;
  for (let row = from; row < to; row++) {
    const weight = weights?.[row] ?? 1;
    sum += weight * (target[row] as number);
    whole += weight;
  }
  return whole === 0 ? 0 : sum / whole;
}

/** The share of each class in a range, each row by its weight. */
export function sharesOf({ target, weights, classes = [] }: Labelled, { from, to }: RowRange): number[] {
  const sums = new Float64Array(classes.length);
  let whole = 0;
  for (let row = from; row < to; row++) {
    const weight = weights?.[row] ?? 1;
    (sums[target[row] as number] as number) += weight;
    whole += weight;
  }
  return Array.from(sums, (sum) => (whole === 0 ? 0 : sum / whole));
}
