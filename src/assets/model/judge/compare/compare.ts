import { deepFreeze } from '../../../../base/index.ts';
import { type Cost, checkCost } from '../binary/expected-cost.ts';
import { answerSums, figuresOfSums } from '../binary/intervals.ts';
import { FIGURES, type FigureName, type JudgedTask } from '../figures.ts';
import { checkProbabilities, checkThreshold, checkValues } from '../input.ts';
import { prAucInfluence } from '../interval/average-precision.ts';
import { bootstrapSums, type Named } from '../interval/bootstrap.ts';
import { type PairedDifference, pairedDifferences, rocAucInfluence } from '../interval/delong.ts';
import { type GroupSums, groupsOf, totalOf } from '../interval/groups.ts';
import { type Interval, LEVEL, reach } from '../interval/interval.ts';
import { twoSided } from '../interval/normal.ts';
import { type ClassByRow, checkMulticlass, likeliest } from '../multiclass/answers.ts';
import {
  answerSums as classSums,
  figuresOfSums as figuresOfClassSums,
  GROUPS_DRAWN,
  MOST_DRAWN,
} from '../multiclass/intervals.ts';
import { figuresOfList, listSums, meansOfSums } from '../ranked/evaluate.ts';
import { type Gain, listsOf } from '../ranked/lists.ts';
import { checkQuantile, checkRates } from '../regression/errors.ts';
import { errorSums, errorsOfSums } from '../regression/evaluate.ts';
import { meanOf } from '../regression/r2.ts';
import { anyFalseAlarm } from './holm.ts';

/** Two models' answers to the same rows. */
export type CompareInput = {
  readonly level?: number;
  readonly replicates?: number;
  readonly seed?: number;
} & (
  | {
      readonly task: 'binary';
      readonly target: Float64Array;
      /** Probabilities of yes. */
      readonly champion: Float64Array;
      readonly challenger: Float64Array;
      /** Each model's own. */
      readonly threshold: { readonly champion: number; readonly challenger: number };
      readonly cost?: Cost;
      readonly weights?: Float64Array;
      /** By row, whose it is: rows of one entity are drawn together. */
      readonly entities?: Int32Array;
    }
  | {
      readonly task: 'multiclass';
      readonly target: ClassByRow;
      /** Row after row a probability for each class. */
      readonly champion: Float64Array;
      readonly challenger: Float64Array;
      readonly classes: readonly string[];
      readonly weights?: Float64Array;
      readonly entities?: Int32Array;
    }
  | {
      readonly task: 'regression';
      readonly target: Float64Array;
      readonly champion: Float64Array;
      readonly challenger: Float64Array;
      readonly quantile?: number;
      readonly poisson?: boolean;
      readonly weights?: Float64Array;
      readonly entities?: Int32Array;
    }
  | {
      readonly task: 'ranking';
      readonly relevance: Float64Array;
      /** Scores. */
      readonly champion: Float64Array;
      readonly challenger: Float64Array;
      readonly group: ArrayLike<number>;
      readonly gain?: Gain;
    }
);

export interface FigureComparison {
  readonly champion: number | null;
  readonly challenger: number | null;
  /** Challenger − champion. */
  readonly difference: number | null;
  readonly interval: Interval | null;
  /** Where the difference has a test of its own (DeLong's); else null. */
  readonly pValue: number | null;
  /**
   * Of the challenger: `better` or `worse` where the difference is clear of chance, also of that of looking at so many figures at once (Holm). An interval
   * is of its figure alone, so it can leave 0 out where this is `undecided`.
   */
  readonly verdict: 'better' | 'worse' | 'undecided';
}

export interface Comparison {
  readonly task: JudgedTask;
  readonly rows: number;
  readonly figures: Readonly<Partial<Record<FigureName, FigureComparison>>>;
}

/**
 * Champion against challenger on identical rows. What is hard or easy about a row is so for both, which makes the interval of the
 * difference far narrower than those of the two figures. ROC AUC by DeLong, PR AUC by its influences, all others by a bootstrap that
 * draws the same rows, or entities, or lists, for both.
 * @throws MILL_JUDGE_INPUT, MILL_JUDGE_COST
 */
export function compareModels(input: CompareInput): Comparison {
  const rows = input.champion.length;
  return deepFreeze<Comparison>({
    task: input.task,
    rows: input.task === 'multiclass' ? rows / input.classes.length : rows,
    figures: judged(comparedBy(input), input.level ?? LEVEL),
  });
}

/** Differences by figure, of which no verdict is given yet. */
type Differences = Readonly<Partial<Record<FigureName, PairedDifference>>>;

function comparedBy(input: CompareInput): Differences {
  switch (input.task) {
    case 'binary':
      return compareBinary(input);
    case 'multiclass': {
      const { target, classes, weights } = input;
      const k = classes.length;
      const small = k <= MOST_DRAWN;
      const groups = groupsOf(target.length, input.entities, 1, GROUPS_DRAWN);
      const sums = [input.champion, input.challenger].map((probabilities) => {
        checkMulticlass(target, probabilities, k, weights);
        return classSums({ ...input, probabilities }, likeliest(probabilities, k), groups);
      });
      return byBootstrap(sums, (total) => figuresOfClassSums(total, small ? k : 0), input);
    }
    case 'regression': {
      const { target, weights, quantile, poisson = false } = input;
      const origin = meanOf(target, weights) ?? 0;
      const sums = [input.champion, input.challenger].map((predicted) => {
        checkValues(target, predicted, weights);
        if (quantile !== undefined) checkQuantile(quantile);
        if (poisson) checkRates(target, predicted);
        return errorSums({ ...input, predicted }, origin);
      });
      const figures = byBootstrap(sums, errorsOfSums, input);
      const { pinball, poissonDeviance: deviance, ...rest } = figures;
      return {
        ...rest,
        ...(quantile !== undefined && pinball && { pinball }),
        ...(poisson && deviance && { poissonDeviance: deviance }),
      };
    }
    case 'ranking': {
      const { relevance, group, gain = 'linear' } = input;
      const of = figuresOfList(10, null);
      const sums = [input.champion, input.challenger].map((score) =>
        listSums(listsOf(relevance, score, group, gain).lists, Object.values(of)),
      );
      return byBootstrap(sums, (total) => meansOfSums(total, Object.keys(of)) as Named<FigureName>, input);
    }
  }
}

function compareBinary(input: CompareInput & { readonly task: 'binary' }): Differences {
  const { target, champion, challenger, threshold, cost, weights, entities, level = LEVEL } = input;
  if (cost) checkCost(cost);
  const groups = groupsOf(target.length, entities);
  const sums = (['champion', 'challenger'] as const).map((name) => {
    checkProbabilities(target, input[name], weights);
    checkThreshold(threshold[name]);
    return answerSums({ ...input, probability: input[name], threshold: threshold[name] }, groups);
  });
  const { expectedCost, ...figures } = byBootstrap(sums, (total) => figuresOfSums(total, cost), input);
  const sample = { target, ...(weights && { weights }), ...(entities && { entities }) };
  const [rocAuc, prAuc] = pairedDifferences(sample, champion, challenger, level, [
    rocAucInfluence,
    prAucInfluence,
  ]) as [PairedDifference, PairedDifference];
  return {
    ...{ rocAuc, prAuc },
    ...figures,
    ...(cost && expectedCost && { expectedCost }),
  };
}

/** The sums of both models side by side are drawn together. */
function byBootstrap<Name extends FigureName>(
  [champion, challenger]: readonly GroupSums[],
  figuresOf: (total: Float64Array) => Named<Name>,
  options: Pick<CompareInput, 'level' | 'replicates' | 'seed'>,
): Record<Name, PairedDifference> {
  const [a, b] = [champion as GroupSums, challenger as GroupSums];
  const { groups, width } = a;
  const values = new Float64Array(groups * width * 2);
  for (let g = 0; g < groups; g++) {
    values.set(a.values.subarray(g * width, (g + 1) * width), g * 2 * width);
    values.set(b.values.subarray(g * width, (g + 1) * width), (g * 2 + 1) * width);
  }
  const [ofA, ofB] = [figuresOf(totalOf(a)), figuresOf(totalOf(b))];
  const names = Object.keys(ofA) as Name[];
  const minus = (one: number | null, other: number | null): number | null =>
    one === null || other === null ? null : one - other;
  const { level, replicates, seed } = options;
  const intervals = bootstrapSums(
    { groups, width: 2 * width, values },
    (total) => {
      const [mine, theirs] = [figuresOf(total.subarray(0, width)), figuresOf(total.subarray(width))];
      return Object.fromEntries(names.map((name) => [name, minus(theirs[name], mine[name])])) as Named<Name>;
    },
    {
      ...(level === undefined ? {} : { level }),
      ...(replicates === undefined ? {} : { replicates }),
      ...(seed === undefined ? {} : { seed }),
    },
  );
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        first: ofA[name],
        second: ofB[name],
        difference: minus(ofB[name], ofA[name]),
        interval: intervals[name],
        pValue: null,
      },
    ]),
  ) as Record<Name, PairedDifference>;
}

/** With a verdict on each, as sure of all of them at once as the level says. */
function judged(differences: Differences, level: number): Comparison['figures'] {
  const all = Object.entries(differences) as [FigureName, PairedDifference][];
  const known = all.flatMap(([, { difference, interval }]) =>
    difference === null || interval === null ? [] : [{ interval, pValue: chanceOf(difference, interval) }],
  );
  const chances = anyFalseAlarm(known.map(({ pValue }) => pValue));
  const isClear = (own: Interval | null): boolean => {
    const at = known.findIndex(({ interval }) => interval === own);
    return at >= 0 && (chances[at] as number) <= 1 - level;
  };
  return Object.fromEntries(
    all.map(([name, { first, second, difference, interval, pValue }]): [FigureName, FigureComparison] => {
      const gain = (difference ?? 0) * (FIGURES[name].better === 'higher' ? 1 : -1);
      const verdict = !isClear(interval) ? 'undecided' : gain > 0 ? 'better' : 'worse';
      return [name, { champion: first, challenger: second, difference, interval, pValue, verdict }];
    }),
  );
}

/** What chance makes of a difference as large, as its interval says by how far its end next to 0 lies from the difference. */
function chanceOf(difference: number, { low, high, level }: Interval): number {
  const near = difference > 0 ? difference - low : high - difference;
  // A difference may lie outside of an interval that was drawn.
  const apart = near > 0 ? near : (high - low) / 2;
  return twoSided((reach(level) * difference) / apart);
}
