import type { Instant } from '../../base/index.ts';
import { type Cell, cleanCell } from './aggregate.ts';
import { doubleOf, fixedOf } from './fixed-point.ts';
import type { FeatureSpec, FeaturesBody } from './spec.ts';

type Row = Readonly<Record<string, Cell>>;

/** The truth: the features of one entity at one instant, by looking at every row. Rows carry `_row_id`; instants are microseconds. */
export function pointInTimeOracle(body: FeaturesBody, rows: readonly Row[], entity: string, t: Instant) {
  const values: Record<string, Cell> = {};
  for (const feature of body.features) {
    const from = Math.floor((t - feature.window) / feature.hop) * feature.hop;
    const seen: Row[] = [];
    for (const row of rows) {
      const event = row[body.eventTime] as number | null;
      const available = body.availableAt === null ? 0 : (row[body.availableAt] as number | null);
      if (row[body.entity.key] === null || event === null || available === null) continue;
      const known = body.availableAt === null ? event + body.availableAfter : Math.max(event, available);
      if (String(row[body.entity.key]) === entity && known < t && event >= from) seen.push(row);
    }
    seen.sort((a, b) => order(a, b, body.eventTime) || order(a, b, '_row_id'));
    values[feature.name] = aggregate(feature, seen);
  }
  return values;
}

const order = (a: Row, b: Row, by: string) => (a[by] as number) - (b[by] as number);

function aggregate(feature: FeatureSpec, seen: readonly Row[]): Cell {
  if (feature.aggregate === 'count') return seen.length;
  const cells = seen.map((row) => cleanCell(row[feature.column as string] as Cell)).filter((x) => x !== null);
  if (feature.aggregate === 'distinct') return new Set(cells).size;
  if (feature.aggregate === 'last') return cells.at(-1) ?? null;
  const numbers = cells as number[];
  if (feature.aggregate === 'sum' || feature.aggregate === 'mean') {
    let total = 0n;
    for (const x of numbers) total += fixedOf(x, feature.name);
    return feature.aggregate === 'sum'
      ? doubleOf(total)
      : cells.length
        ? doubleOf(total) / cells.length
        : null;
  }
  if (numbers.length === 0) return null;
  return numbers.reduce(feature.aggregate === 'min' ? (a, b) => Math.min(a, b) : (a, b) => Math.max(a, b));
}
