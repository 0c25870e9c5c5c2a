import { MillraceError } from '../../../../base/index.ts';
import { lookedAt, thin } from '../thin.ts';
import { type Cuts, cutsOf } from './cuts.ts';

/** What a wrong answer costs and, where given, what a right one brings, in any one unit (euros, minutes). */
export interface Cost {
  readonly falsePositive: number;
  readonly falseNegative: number;
  /** What a found positive brings; default 0. It is taken off the cost, which may fall below 0: a gain. */
  readonly truePositive?: number;
  /** What a negative that is let be brings; default 0. */
  readonly trueNegative?: number;
}

/** @throws MILL_JUDGE_COST unless all are finite, none is negative and one is positive. */
export function checkCost(cost: Cost): void {
  const { falsePositive, falseNegative, truePositive = 0, trueNegative = 0 } = cost;
  const all = [falsePositive, falseNegative, truePositive, trueNegative];
  if (all.every((amount) => Number.isFinite(amount) && amount >= 0) && all.some((amount) => amount > 0))
    return;
  throw new MillraceError({
    code: 'MILL_JUDGE_COST',
    message: `The declared cost is ${Object.entries(cost)
      .map(([name, amount]) => `${name} ${amount}`)
      .join(', ')}.`,
    todo: 'Give finite numbers, none below 0 and one above it.',
    owner: 'project',
  });
}

/** How often each sort of answer was given. */
export interface Answers {
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /** Wanted where the cost says what right answers bring. */
  readonly truePositives?: number;
  readonly trueNegatives?: number;
}

/** Mean cost of one prediction, in the unit of the declared cost, less what right answers bring. Null without rows. @throws MILL_JUDGE_COST */
export function expectedCost(answers: Answers, rows: number, cost: Cost): number | null {
  checkCost(cost);
  return rows === 0 ? null : costOf(answers, cost) / rows;
}

/** What answers cost together. */
export function costOf(answers: Answers, cost: Cost): number {
  const { falsePositives, falseNegatives, truePositives = 0, trueNegatives = 0 } = answers;
  const wrong = falsePositives * cost.falsePositive + falseNegatives * cost.falseNegative;
  return wrong - truePositives * (cost.truePositive ?? 0) - trueNegatives * (cost.trueNegative ?? 0);
}

export interface ChosenThreshold {
  /** Say yes where probability >= threshold. */
  readonly threshold: number;
  /** Cost of 1,000 predictions on the rows it was chosen on, in the unit of the declared cost. */
  readonly costPerThousand: number;
}

/**
 * The threshold with the lowest cost on the given rows, in O(n log n): every way to cut the rows by score is tried, from
 * all no to all yes. Equal costs: the fewest yes. The threshold lies half-way between the two scores it
 * separates, so that rounding a probability to float32 when serving cannot move a row across. Choose on validation
 * rows, never on the rows that are judged with it. Probabilities within [0, 1].
 * @throws MILL_JUDGE_COST, MILL_JUDGE_NO_ROWS, MILL_JUDGE_INPUT
 */
export function chooseThreshold(input: {
  readonly target: Float64Array;
  readonly probability: Float64Array;
  readonly cost: Cost;
  /** For how many rows each stands; default 1. */
  readonly weights?: Float64Array;
}): ChosenThreshold {
  const { target, probability, cost, weights } = input;
  checkCost(cost);
  const cuts = cutsOf(target, probability, weights);
  if (cuts.rows === 0)
    throw new MillraceError({
      code: 'MILL_JUDGE_NO_ROWS',
      message: 'There are 0 rows to choose the threshold on.',
      todo: 'Give the validation period rows with known labels.',
      owner: 'data',
    });
  const best = cheapestCut(cuts, cost);
  return {
    threshold: thresholdOf(cuts, best),
    costPerThousand: (cutCost(cuts, best, cost) / cuts.whole) * 1000,
  };
}

export interface CostPoint {
  /** Yes where probability >= threshold. */
  readonly threshold: number;
  /** Mean cost of one prediction, in the unit of the declared cost, less what right answers bring. */
  readonly cost: number;
}

/** Cost by rising threshold, from all yes to all no, at most 200 points, the cheapest among them; [] without rows. */
export function costCurveOf(cuts: Cuts, cost: Cost): CostPoint[] {
  checkCost(cost);
  if (cuts.rows === 0) return [];
  const last = cuts.score.length;
  const best = last - cheapestCut(cuts, cost);
  // Point i is cut last − i: thresholds rise as fewer say yes.
  const points = lookedAt(last + 1, [best]);
  const threshold = Float64Array.from(points, (i) => thresholdOf(cuts, last - i));
  const perRow = Float64Array.from(points, (i) => cutCost(cuts, last - i, cost) / cuts.whole);
  return thin(threshold, perRow, [points.indexOf(best)]).map((k) => ({
    threshold: threshold[k] as number,
    cost: perRow[k] as number,
  }));
}

/** Cut c says yes to the first c steps. */
function cutCost(cuts: Cuts, cut: number, cost: Cost): number {
  const fp = cut === 0 ? 0 : (cuts.falsePositives[cut - 1] as number);
  const tp = cut === 0 ? 0 : (cuts.truePositives[cut - 1] as number);
  const wrong = fp * cost.falsePositive + (cuts.positives - tp) * cost.falseNegative;
  return wrong - tp * (cost.truePositive ?? 0) - (cuts.negatives - fp) * (cost.trueNegative ?? 0);
}

function cheapestCut(cuts: Cuts, cost: Cost): number {
  let best = 0;
  let bestCost = Infinity;
  for (let cut = 0; cut <= cuts.score.length; cut++) {
    const here = cutCost(cuts, cut, cost);
    if (here >= bestCost) continue;
    best = cut;
    bestCost = here;
  }
  return best;
}

/** A number above the score on the no side and not above the one on the yes side; 0 and 1 stand in at the ends. */
function thresholdOf(cuts: Cuts, cut: number): number {
  const { score } = cuts;
  const no = cut === score.length ? 0 : (score[cut] as number);
  // A score of exactly 1 can only be refused by a threshold above 1: the next double.
  const yes = cut === 0 ? (no < 1 ? 1 : 1 + 2 ** -52) : (score[cut - 1] as number);
  const middle = no + (yes - no) / 2;
  return middle > no ? middle : yes;
}
