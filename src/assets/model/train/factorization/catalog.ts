import type { RowRange } from '../trainer.port.ts';
import { type Factors, scoreOf, sumAt } from './factors.ts';
import { idOf, type Rows } from './rows.ts';

/** Users asked, evenly among those there are: their mean is known to about a hundredth. */
const ASKED = 500;

const DEPTH = 10;

/**
 * How well the items of some rows are found among all items of the training rows: 1 − mean NDCG at 10 over users, null when none of these items
 * is known. For rows that are all positive, which have no order among themselves.
 */
export function catalogLoss(
  target: Float64Array,
  { from, to }: RowRange,
  rows: Rows,
  [userPlaces, itemPlaces]: readonly [Int32Array, Int32Array],
): (users: Factors, items: Factors) => number | null {
  const count = to - from;
  const width = rows.user.vocabularies.length;
  const wanted = new Map<string, { places: Int32Array; ids: Set<number> }>();
  for (let row = 0; row < count; row++) {
    const id = itemPlaces[row * rows.items.width]!;
    if (id === 0 || !(target[from + row]! > 0)) continue;
    const places = userPlaces.subarray(row * width, (row + 1) * width);
    const key = places.join();
    let own = wanted.get(key);
    if (own === undefined) {
      own = { places, ids: new Set() };
      wanted.set(key, own);
    }
    own.ids.add(id);
  }
  const all = [...wanted.values()];
  const asked = all.filter(
    (_, i) => Math.floor((i * ASKED) / all.length) > Math.floor(((i - 1) * ASKED) / all.length),
  );
  return (users, items) => {
    const vectors = new Float64Array(rows.items.count * items.width);
    for (let item = 0; item < rows.items.count; item++) {
      const from = item * rows.items.width;
      sumAt(items, rows.items.places, from, from + rows.items.width, vectors, item * items.width);
    }
    const user = new Float64Array(users.width);
    let sum = 0;
    for (const { places, ids } of asked) {
      sumAt(users, places, 0, width, user);
      const scores = Float64Array.from({ length: rows.items.count }, (_, item) =>
        scoreOf(user, vectors, users.width, 0, item * users.width),
      );
      let gained = 0;
      let best = 0;
      firstOf(scores).forEach((item, place) => {
        const worth = 1 / Math.log2(place + 2);
        if (place < ids.size) best += worth;
        if (ids.has(idOf(rows.items, item))) gained += worth;
      });
      sum += gained / best;
    }
    return asked.length === 0 ? null : 1 - sum / asked.length;
  };
}

/** The first few by score, best first. */
function firstOf(scores: Float64Array): number[] {
  const first: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (first.length === DEPTH && scores[i]! <= scores[first[DEPTH - 1]!]!) continue;
    let at = first.length;
    while (at > 0 && scores[first[at - 1]!]! < scores[i]!) at--;
    first.splice(at, 0, i);
    if (first.length > DEPTH) first.pop();
  }
  return first;
}
