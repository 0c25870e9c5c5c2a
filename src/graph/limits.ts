import { nearest } from '../base/index.ts';

/** How much of an asset's kind may be under way at once. */
export interface AssetTags {
  /** What limits the asset falls under: `['warehouse']`. */
  readonly tags?: readonly string[];
}

/** How much may be under way at once. */
export interface Limits {
  /** Steps of one run, 1 to 64. Default 2; `millrace run --concurrency` goes before it. */
  readonly concurrency?: number;
  /** Steps of assets that carry a tag, over all runs and processes of the project: `{ warehouse: 1 }`. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** As many steps side by side as make sense on one machine. */
const MOST_STEPS = 64;

type AssetsTags = Readonly<Record<string, AssetTags | undefined>>;

/** What does not add up in limits and tags, in words. */
export function limitFaults(
  { concurrency, limits = {}, tags = [] }: Limits & AssetTags,
  assets: AssetsTags,
): string[] {
  const faults: string[] = [];
  const whole = (value: unknown, most: number): boolean =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
  if (concurrency !== undefined && !whole(concurrency, MOST_STEPS))
    faults.push(`concurrency is ${String(concurrency)}, not a whole number from 1 to ${MOST_STEPS}`);
  for (const [tag, limit] of Object.entries(limits))
    if (!whole(limit, Number.MAX_SAFE_INTEGER))
      faults.push(`the limit of '${tag}' is ${String(limit)}, not a whole number from 1`);
  const carried = new Set<string>();
  for (const [whose, { tags: own = [] }] of [['the project', { tags }] as const, ...entriesOf(assets)])
    for (const tag of own) {
      carried.add(tag);
      if (Object.hasOwn(limits, tag)) continue;
      const near = nearest(tag, Object.keys(limits));
      faults.push(`tag '${tag}' of ${whose} has no limit${near === undefined ? '' : `; '${near}' has one`}`);
    }
  for (const tag of Object.keys(limits))
    if (!carried.has(tag)) faults.push(`no asset carries the tag '${tag}', which has a limit`);
  return faults;
}

const entriesOf = (assets: AssetsTags): (readonly [string, AssetTags])[] =>
  Object.entries(assets).map(([name, own]) => [name, own ?? {}] as const);

/** The limits by tag that a list of tags stands for. */
export const limitsOf = (
  tags: readonly string[],
  limits: Limits['limits'] = {},
): ReadonlyMap<string, number> => new Map(tags.map((tag) => [tag, limits[tag] as number]));
