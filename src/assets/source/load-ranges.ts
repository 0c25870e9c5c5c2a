import type { LoadRange } from '../../store/state/index.ts';

/** Ranges without some loads. A load in the midst of a range leaves two. */
export function withoutLoads(ranges: readonly LoadRange[], loads: readonly number[]): LoadRange[] {
  const leaving = loads.toSorted((a, b) => a - b);
  const left: LoadRange[] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    let from = first;
    while (next < leaving.length && (leaving[next] as number) < from) next++;
    for (; next < leaving.length && (leaving[next] as number) <= last; next++) {
      const load = leaving[next] as number;
      if (load > from) left.push([from, load - 1]);
      from = load + 1;
    }
    if (from <= last) left.push([from, last]);
  }
  return left;
}

/** Ranges with loads of higher ids, in order. Only ids that follow one another are joined: of others nobody knows yet who gets them. */
export function withLoads(ranges: readonly LoadRange[], loads: readonly number[]): LoadRange[] {
  const all = ranges.map(([first, last]) => [first, last] as [number, number]);
  for (const load of loads) {
    const before = all.at(-1);
    if (before?.[1] === load - 1) before[1] = load;
    else all.push([load, load]);
  }
  return all;
}
