import { FEWEST_APART } from './groups.ts';
import { type Interval, LEVEL, reach } from './interval.ts';
import { studentQuantile } from './normal.ts';
import { wilson } from './wilson.ts';

/** A share, or a mean of numbers within [0, 1], and what is known of its error. */
export interface ShareWithError {
  readonly share: number | null;
  readonly variance: number | null;
  /** How many entities what is missing from 1 is spread over (`worthOf`). */
  readonly spread: number;
  /** How many rows that are apart it is worth at the least: as many as there are entities, if each is right or wrong as a whole. */
  readonly least: () => number;
}

/**
 * Wilson's interval of a share whose error is known otherwise, by the number of rows apart that would make the same error (Korn and
 * Graubard 1998). An error is told by those that err. While fewer than ten do, as few stand for the worst that they could have hidden, that
 * an entity errs as a whole: of a share of 1 that is all that is left, and a model without a miss is not told to be less sure than one with a few.
 */
export function shareInterval(
  { share, variance, spread, least }: ShareWithError,
  level: number = LEVEL,
): Interval | null {
  if (share === null || variance === null) return null;
  const rest = share * (1 - share);
  // Rounding aside.
  if (!(rest > 1e-12)) return wilson(Math.round(share), least(), level);
  // Answers that are all alike have a ROC AUC of 0.5 in any sample; how far that is to be trusted, the number of rows says.
  if (!(variance > 0)) return wilson(share, least(), level);
  const known = Math.min(1, spread / FEWEST_APART);
  const fromLeast = known === 1 ? 0 : (1 - known) / least();
  return wilson(share, 1 / ((known * variance) / rest + fromLeast), level);
}

/** What a variance between few entities is to be multiplied by, so that normal quantiles make intervals as wide as Student's. */
export function ofFew(entities: number): number {
  const wider = studentQuantile(0.5 + LEVEL / 2, entities - 1) / reach(LEVEL);
  return (entities / (entities - 1)) * wider * wider;
}

/** A share of weights, summed by group: its variance between them, and over how many what is missing is spread. */
export function shareOfGroups(
  hit: Float64Array,
  all: Float64Array,
): Pick<ShareWithError, 'share' | 'variance' | 'spread'> {
  let [hits, whole] = [0, 0];
  for (let g = 0; g < all.length; g++) {
    hits += hit[g] as number;
    whole += all[g] as number;
  }
  if (whole === 0) return { share: null, variance: null, spread: 0 };
  const share = hits / whole;
  let [squares, missed, missedSquares] = [0, 0, 0];
  for (let g = 0; g < all.length; g++) {
    const off = (hit[g] as number) - share * (all[g] as number);
    squares += off * off;
    const left = share >= 0.5 ? (all[g] as number) - (hit[g] as number) : (hit[g] as number);
    missed += left;
    missedSquares += left * left;
  }
  return {
    share,
    variance: all.length < FEWEST_APART ? null : (squares * ofFew(all.length)) / (whole * whole),
    spread: missedSquares === 0 ? 0 : (missed * missed) / missedSquares,
  };
}
