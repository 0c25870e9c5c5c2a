import { MillraceError } from '../../../base/index.ts';
import { type Ranking, rank } from './ranking.ts';
import { thin } from './thin.ts';

/** What a wrong answer costs, in any one unit (euros, minutes). A right answer costs nothing. */
export interface Cost {
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** @throws MILL_JUDGE_COST unless both are finite, none is negative and one is positive. */
export function checkCost(cost: Cost): void {
  const { falsePositive, falseNegative } = cost;
  const sound = Number.isFinite(falsePositive + falseNegative) && falsePositive >= 0 && falseNegative >= 0;
  if (sound && falsePositive + falseNegative > 0) return;
  throw new MillraceError({
    code: 'MILL_JUDGE_COST',
    message: `The declared cost is falsePositive ${falsePositive}, falseNegative ${falseNegative}.`,
    todo: 'Give two finite numbers, none below 0 and one above it.',
    owner: 'project',
  });
}

/** Mean cost of one prediction, in the unit of the declared cost. Null without rows. @throws MILL_JUDGE_COST */
export function expectedCost(
  wrong: { readonly falsePositives: number; readonly falseNegatives: number },
  rows: number,
  cost: Cost,
): number | null {
  checkCost(cost);
  if (rows === 0) return null;
  return (wrong.falsePositives * cost.falsePositive + wrong.falseNegatives * cost.falseNegative) / rows;
}

export interface ChosenThreshold {
  /** Say yes where probability >= threshold. */
  readonly threshold: number;
  /** Cost of 1,000 predictions on the rows it was chosen on, in the unit of the declared cost. */
  readonly costPerThousand: number;
}

/**
 * The threshold with the lowest cost on the given rows, in O(n log n): every way to cut the ranking is tried, from
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
  const ranking = rank(target, probability, weights);
  if (ranking.rows === 0)
    throw new MillraceError({
      code: 'MILL_JUDGE_NO_ROWS',
      message: 'There are 0 rows to choose the threshold on.',
      todo: 'Give the validation period rows with known labels.',
      owner: 'data',
    });
  const best = cheapestCut(ranking, cost);
  return {
    threshold: thresholdOf(ranking, best),
    costPerThousand: (cutCost(ranking, best, cost) / ranking.whole) * 1000,
  };
}

export interface CostPoint {
  /** Yes where probability >= threshold. */
  readonly threshold: number;
  /** Mean cost of one prediction, in the unit of the declared cost. */
  readonly cost: number;
}

/** Cost by rising threshold, from all yes to all no, at most 200 points, the cheapest among them; [] without rows. */
export function costCurveOf(ranking: Ranking, cost: Cost): CostPoint[] {
  checkCost(cost);
  if (ranking.rows === 0) return [];
  const cuts = ranking.score.length + 1;
  const threshold = new Float64Array(cuts);
  const perRow = new Float64Array(cuts);
  for (let i = 0; i < cuts; i++) {
    const cut = cuts - 1 - i;
    threshold[i] = thresholdOf(ranking, cut);
    perRow[i] = cutCost(ranking, cut, cost) / ranking.whole;
  }
  const cheapest = cuts - 1 - cheapestCut(ranking, cost);
  return thin(threshold, perRow, [cheapest]).map((i) => ({
    threshold: threshold[i] as number,
    cost: perRow[i] as number,
  }));
}

/** Cut c says yes to the first c steps of the ranking. */
function cutCost(ranking: Ranking, cut: number, cost: Cost): number {
  const fp = cut === 0 ? 0 : (ranking.falsePositives[cut - 1] as number);
  const tp = cut === 0 ? 0 : (ranking.truePositives[cut - 1] as number);
  return fp * cost.falsePositive + (ranking.positives - tp) * cost.falseNegative;
}

function cheapestCut(ranking: Ranking, cost: Cost): number {
  let best = 0;
  let bestCost = Infinity;
  for (let cut = 0; cut <= ranking.score.length; cut++) {
    const here = cutCost(ranking, cut, cost);
    if (here >= bestCost) continue;
    best = cut;
    bestCost = here;
  }
  return best;
}

/** A number above the score on the no side and not above the one on the yes side; 0 and 1 stand in at the ends. */
function thresholdOf(ranking: Ranking, cut: number): number {
  const { score } = ranking;
  const no = cut === score.length ? 0 : (score[cut] as number);
  // A score of exactly 1 can only be refused by a threshold above 1: the next double.
  const yes = cut === 0 ? (no < 1 ? 1 : 1 + 2 ** -52) : (score[cut - 1] as number);
  const middle = no + (yes - no) / 2;
  return middle > no ? middle : yes;
}
