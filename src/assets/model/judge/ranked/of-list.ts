import type { List } from './lists.ts';

/** What place i, from 0, counts: 1 / log2(i + 2). */
const discount = (place: number): number => 1 / Math.log2(place + 2);

/**
 * Discounted gain of the first k places over that of the best order; null of a list that holds nothing relevant. Equal scores share what
 * their places count (as scikit-learn's `ndcg_score`).
 */
export function ndcgOf({ items, worth, best }: List, k: number): number | null {
  let [found, place] = [0, 0];
  for (let b = 0; b < items.length && place < k; b++) {
    const size = items[b] as number;
    let counts = 0;
    for (let i = place; i < Math.min(k, place + size); i++) counts += discount(i);
    found += ((worth[b] as number) / size) * counts;
    place += size;
  }
  let most = 0;
  for (let i = 0; i < Math.min(k, best.length); i++) most += (best[i] as number) * discount(i);
  return most === 0 ? null : found / most;
}

/** How many relevant items are among the first k, on average over the orders of equal scores. */
export function hitsOf({ items, hits }: List, k: number): number {
  let [found, place] = [0, 0];
  for (let b = 0; b < items.length && place < k; b++) {
    const size = items[b] as number;
    found += (hits[b] as number) * Math.min(1, (k - place) / size);
    place += size;
  }
  return found;
}

/** The chance that a relevant item is among the first k. */
export function hitOf({ items, hits }: List, k: number): number {
  let place = 0;
  for (let b = 0; b < items.length && place < k; b++) {
    const size = items[b] as number;
    const hit = hits[b] as number;
    if (hit > 0) return 1 - missed(size, hit, Math.min(size, k - place));
    place += size;
  }
  return 0;
}

/** The chance that none of the first `taken` of `size` items is one of `hit` relevant ones. */
function missed(size: number, hit: number, taken: number): number {
  let chance = 1;
  for (let i = 0; i < taken && chance > 0; i++) chance *= Math.max(0, size - hit - i) / (size - i);
  return chance;
}

/** 1 / the place, from 1, of the first relevant item; 0 where there is none. The mean of that over the orders of equal scores. */
export function reciprocalRankOf({ items, hits }: List): number {
  let place = 0;
  for (let b = 0; b < items.length; b++) {
    const size = items[b] as number;
    const hit = hits[b] as number;
    if (hit > 0) {
      let [sum, notYet] = [0, 1];
      for (let i = 0; i < size && notYet > 0; i++) {
        const here = hit / (size - i);
        sum += (notYet * Math.min(1, here)) / (place + i + 1);
        notYet *= Math.max(0, 1 - here);
      }
      return sum;
    }
    place += size;
  }
  return 0;
}

/**
 * The mean over the relevant items of the precision at their place; null where there is none. Its mean over the orders of equal scores:
 * a relevant item at place i of a block has there one of the other relevant ones before it for each of the i − 1 places, at
 * (hits − 1) / (size − 1) (McSherry and Najork 2008).
 */
export function averagePrecisionOf({ items, hits, relevant }: List): number | null {
  if (relevant === 0) return null;
  let [sum, place, before] = [0, 0, 0];
  for (let b = 0; b < items.length; b++) {
    const size = items[b] as number;
    const hit = hits[b] as number;
    const others = size > 1 ? (hit - 1) / (size - 1) : 0;
    for (let i = 0; hit > 0 && i < size; i++)
      sum += ((hit / size) * (before + 1 + i * others)) / (place + i + 1);
    place += size;
    before += hit;
  }
  return sum / relevant;
}
