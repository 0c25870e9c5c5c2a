import { memberPointer } from '../../contract/index.ts';

/** What objects of JSON lines show: a column for each value, also for those within objects. */
export interface JsonColumns {
  readonly names: readonly string[];
  /** Of columns within objects: where. */
  readonly at: ReadonlyMap<string, string>;
  /** Columns whose values are all texts. */
  readonly texts: ReadonlySet<string>;
}

interface Place {
  readonly kinds: Set<string>;
  readonly within: Map<string, Place>;
  /** Objects that have it. */
  count: number;
}

/** Objects within each other beyond this stay one text of JSON, and so do objects with more members. */
const DEEPEST = 5;
const MOST_MEMBERS = 40;
/** Members that are there in fewer objects than this on average are data, such as ids: nobody makes columns of them. */
const RARE = 0.2;

const place = (): Place => ({ kinds: new Set(), within: new Map(), count: 0 });

export function jsonColumns(rows: readonly unknown[]): JsonColumns {
  const root = place();
  for (const row of rows) if (isObject(row)) see(root, row, 0);
  const names: string[] = [];
  const at = new Map<string, string>();
  const texts = new Set<string>();
  const flat = new Set(root.within.keys());
  for (const { steps, kinds } of leaves(root, [])) {
    let name = steps.join('_');
    if (steps.length > 1) {
      for (let n = 2; flat.has(name) || at.has(name); n++) name = `${steps.join('_')}_${n}`;
      at.set(name, steps.map(memberPointer).join(''));
    }
    names.push(name);
    if (kinds.size === 1 && kinds.has('string')) texts.add(name);
  }
  return { names, at, texts };
}

function see(where: Place, value: unknown, depth: number): void {
  where.count++;
  if (value === null) return;
  where.kinds.add(Array.isArray(value) ? 'array' : typeof value);
  if (!isObject(value) || depth >= DEEPEST) return;
  for (const [key, inner] of Object.entries(value)) {
    const found = where.within.get(key) ?? place();
    where.within.set(key, found);
    see(found, inner, depth + 1);
  }
}

function leaves(
  where: Place,
  steps: readonly string[],
): { readonly steps: readonly string[]; readonly kinds: ReadonlySet<string> }[] {
  if (steps.length > 0 && !opens(where)) return [{ steps, kinds: where.kinds }];
  return [...where.within].flatMap(([key, inner]) => leaves(inner, [...steps, key]));
}

/** Whether it is an object whose members are columns, and not data that happens to be written as one. */
function opens({ kinds, within, count }: Place): boolean {
  if (kinds.size !== 1 || !kinds.has('object') || within.size === 0 || within.size > MOST_MEMBERS)
    return false;
  if ([...within.keys()].some((key) => key.includes('\0'))) return false;
  const there = [...within.values()].reduce((sum, inner) => sum + inner.count, 0);
  return there >= within.size * count * RARE;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
