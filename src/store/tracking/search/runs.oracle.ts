import type { TrackedRun } from '../tracking.port.ts';
import { type Comparison, parseFilter } from './filter.ts';
import { parseOrder } from './order.ts';

/** A search as its sentences say it: look at every run, keep those that fit, sort them. */
export function searchedByHand(
  runs: readonly TrackedRun[],
  filter: string,
  orderBy: readonly string[],
): TrackedRun[] {
  const comparisons = parseFilter(filter);
  const orders = parseOrder(orderBy).map((order) => ({
    ascending: order.ascending,
    value: (run: TrackedRun) => fieldOf(run, order.entity ?? 'attribute', order.key),
  }));
  return runs
    .filter((run) => comparisons.every((comparison) => fits(run, comparison)))
    .toSorted((a, b) => {
      for (const { ascending, value } of orders) {
        const [x, y] = [value(a), value(b)];
        if (rank(x) !== rank(y)) return rank(x) - rank(y);
        if (rank(x) === 0 && x !== y) return before(x, y) === ascending ? -1 : 1;
      }
      return (b.startTime ?? 0) - (a.startTime ?? 0) || (a.id < b.id ? -1 : 1);
    });
}

type Value = string | number | undefined;

function fieldOf(run: TrackedRun, entity: string, key: string): Value {
  const of = (tags: readonly { key: string; value: string | number }[]): Value =>
    tags.find((tag) => tag.key === key)?.value;
  if (entity.startsWith('metric')) return told(of(run.metrics));
  if (entity.startsWith('param')) return of(run.params);
  if (entity.startsWith('tag')) return of(run.tags);
  const attributes: Readonly<Record<string, Value | null>> = {
    run_id: run.id,
    run_name: run.name,
    status: run.status,
    start_time: run.startTime,
    end_time: run.endTime,
  };
  return attributes[key] ?? undefined;
}

/** Of the infinities the greatest numbers there are, as MLflow tells them. */
function told(value: Value): Value {
  if (value === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  return value === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : value;
}

/** Numbers first, then NaN, then what is not there, whichever way they are ordered. */
const rank = (value: Value): number => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0);

/** SQLite compares texts by their bytes. */
function before(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))) < 0;
}

function fits(run: TrackedRun, { entity = 'attribute', key, operator, value }: Comparison): boolean {
  const left = fieldOf(run, entity, key);
  if (operator === 'IS NULL') return left === undefined;
  if (operator === 'IS NOT NULL') return left !== undefined;
  if (left === undefined) return false;
  const listed = Array.isArray(value) && value.includes(left);
  switch (operator) {
    case '=':
      return left === value;
    case '!=':
      return left !== value;
    case '>':
      return (left as number) > (value as number);
    case '>=':
      return (left as number) >= (value as number);
    case '<':
      return (left as number) < (value as number);
    case '<=':
      return (left as number) <= (value as number);
    case 'IN':
      return listed;
    case 'NOT IN':
      return !listed;
    case 'LIKE':
      return pattern(String(value), 'su').test(String(left));
    case 'ILIKE':
      return pattern(lower(String(value)), 'su').test(lower(String(left)));
  }
}

const lower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

const pattern = (like: string, flags: string): RegExp =>
  new RegExp(
    `^${[...like]
      .map((sign) =>
        sign === '%' ? '.*' : sign === '_' ? '.' : sign.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'),
      )
      .join('')}$`,
    flags,
  );
