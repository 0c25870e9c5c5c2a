import type { Instant } from '../../../base/index.ts';
import type { FeatureValue } from '../aggregate/index.ts';
import { type Cell, cleanCell } from '../cell.ts';
import { type AggregateSpec, type FeaturesBody, isAggregate, type Operand } from '../spec.ts';
import type { ConditionSpec } from '../where/index.ts';

type Row = Readonly<Record<string, Cell>>;

/** Whether a condition holds for a row; told by whoever asks, so that it is not this room's own reading of conditions that is believed. */
export type Holds = (condition: ConditionSpec, row: Row) => boolean;

/** The truth: the features of one entity at one instant, by looking at every row. Rows carry `_row_id`; instants are microseconds. */
export function pointInTimeOracle(
  body: FeaturesBody,
  rows: readonly Row[],
  t: Instant,
  holds: Holds,
): Record<string, FeatureValue> {
  const evaluated = (spec: Operand): FeatureValue => {
    if (typeof spec === 'number') return spec;
    if (isAggregate(spec)) return aggregate(spec, seen(body, spec, rows, t, holds), t, body.eventTime, holds);
    const [a, b] = spec.of.map(evaluated) as [number | null, number | null];
    if (a === null || b === null) return null;
    const value = { ratio: a / b, difference: a - b, sum: a + b, product: a * b }[spec.expression];
    return Number.isFinite(value) ? value + 0 : null;
  };
  return Object.fromEntries(body.features.map((spec) => [spec.name, evaluated(spec)]));
}

function seen(
  body: FeaturesBody,
  spec: AggregateSpec,
  rows: readonly Row[],
  t: Instant,
  holds: Holds,
): Row[] {
  const { window, hop, ending } = spec;
  const from = window === null ? -Infinity : Math.floor((t - ending - window) / hop) * hop;
  const until = ending === 0 ? Infinity : Math.floor((t - ending) / hop) * hop;
  const found = rows.filter((row) => {
    const event = row[body.eventTime] as number | null;
    const available = body.availableAt === null ? 0 : (row[body.availableAt] as number | null);
    if (body.entity.keys.some((key) => row[key] === null)) return false;
    if (event === null || available === null) return false;
    const known = body.availableAt === null ? event + body.availableAfter : Math.max(event, available);
    if (known >= t || event < from || event >= until) return false;
    return spec.where === undefined || holds(spec.where, row);
  });
  const order = (by: string) => (a: Row, b: Row) => (a[by] as number) - (b[by] as number);
  return found.sort((a, b) => order(body.eventTime)(a, b) || order('_row_id')(a, b));
}

function aggregate(
  spec: AggregateSpec,
  rows: readonly Row[],
  t: Instant,
  eventTime: string,
  holds: Holds,
): FeatureValue {
  if (spec.aggregate === 'count') return rows.length;
  if (spec.aggregate === 'share') {
    const condition = spec.holds as ConditionSpec;
    return rows.length === 0 ? null : rows.filter((row) => holds(condition, row)).length / rows.length;
  }
  const newest = rows.at(-1);
  if (spec.aggregate === 'sinceLast')
    return newest === undefined ? null : (t - (newest[eventTime] as number)) / 1e6;
  const cells = rows.map((row) => cleanCell(row[spec.column as string] as Cell)).filter((x) => x !== null);
  return ofCells(spec, cells);
}

function ofCells(
  { aggregate: name, parameter = 0 }: AggregateSpec,
  cells: readonly Exclude<Cell, null>[],
): FeatureValue {
  const numbers = cells as readonly number[];
  switch (name) {
    case 'distinct':
      return new Set(cells).size;
    case 'last':
      return cells.at(-1) ?? null;
    case 'first':
      return cells[0] ?? null;
    case 'lastK':
      return cells.toReversed().slice(0, parameter);
    case 'topK': {
      const counts = new Map<Cell, number>();
      for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
      const order = (a: Cell, b: Cell) =>
        typeof a === 'string'
          ? Buffer.compare(Buffer.from(a), Buffer.from(b as string))
          : Number(a) - Number(b);
      return [...counts]
        .sort(([a, n], [b, m]) => m - n || order(a, b))
        .slice(0, parameter)
        .map(([cell]) => cell);
    }
    case 'sum':
      return fromUnits(total(numbers));
    case 'mean':
      return cells.length === 0 ? null : fromUnits(total(numbers)) / cells.length;
    case 'min':
    case 'max':
      return cells.length === 0
        ? null
        : numbers.reduce((a, b) => (name === 'min' ? Math.min(a, b) : Math.max(a, b)));
    case 'variance':
    case 'stddev': {
      const n = numbers.length;
      if (n < 2) return null;
      const units = numbers.map(unitsOf);
      const sum = units.reduce((a, b) => a + b, 0n);
      // Σ(nx − Σx)² / n is n·Σx² − (Σx)², without a single rounding.
      const spread = units.reduce((a, x) => a + (BigInt(n) * x - sum) ** 2n, 0n) / BigInt(n);
      const variance = Number(spread) / 2 ** 128 / (n * (n - 1));
      return name === 'variance' ? variance : Math.sqrt(variance);
    }
    case 'quantile': {
      if (cells.length === 0) return null;
      return numbers.toSorted((a, b) => a - b)[rankOf(parameter, cells.length) - 1] as number;
    }
    default:
      throw new TypeError(name);
  }
}

/** ⌈q·n⌉, at least 1, by the decimal digits of q. */
function rankOf(q: number, n: number): number {
  const [whole = '', fraction = ''] = String(q).split('.');
  const one = 10n ** BigInt(fraction.length);
  const rank = (BigInt(whole + fraction) * BigInt(n) + one - 1n) / one;
  return Math.max(1, Number(rank));
}

const total = (numbers: readonly number[]): bigint => numbers.reduce((sum, x) => sum + unitsOf(x), 0n);

/** A double in whole units of 2^-64, rounded half to even: by its own digits in base 2. */
function unitsOf(x: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(x));
  const raw = bits.getBigUint64(0);
  const exponent = Number(raw >> 52n);
  const digits = (raw & ((1n << 52n) - 1n)) | (exponent === 0 ? 0n : 1n << 52n);
  // x = digits × 2^(exponent − 1075); in units of 2^-64 that is digits × 2^shift.
  const shift = Math.max(exponent, 1) - 1075 + 64;
  let units = digits;
  if (shift >= 0) units = digits << BigInt(shift);
  else {
    const divisor = 1n << BigInt(-shift);
    units = digits / divisor;
    const rest = (digits % divisor) * 2n;
    if (rest > divisor || (rest === divisor && units % 2n === 1n)) units++;
  }
  return x < 0 ? -units : units;
}

/** Units as a double: the part below 1 in [−1/2, 1/2), and the halves of the whole each by itself. */
function fromUnits(units: bigint): number {
  const whole = (units + (1n << 63n)) >> 64n;
  const part = units - (whole << 64n);
  return Number(whole >> 32n) * 2 ** 32 + Number(whole & 0xffffffffn) + Number(part) / 2 ** 64;
}
