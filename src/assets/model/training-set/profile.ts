import { type ColumnDef, quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';

/** What a column of a training set looked like: the reference that live traffic is held against. */
export type ColumnProfile = {
  readonly name: string;
  readonly type: string;
  readonly rows: number;
  readonly nulls: number;
  /** Numbers and instants (seconds since 1970); true counts as 1. */
  readonly numeric?: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly std: number;
    /** At 0.1, 0.2 … 0.9. */
    readonly deciles: readonly number[];
  };
  /** The most frequent texts, at most 50, and how often each. */
  readonly top?: readonly { readonly value: string; readonly rows: number }[];
  /** Number of different texts. */
  readonly distinct?: number;
};

/** Profiles every column of a relation. One pass for each column: 100 columns over a million rows take seconds. */
export async function profileColumns(
  session: Session,
  relation: string,
  columns: readonly ColumnDef[],
): Promise<ColumnProfile[]> {
  const profiles: ColumnProfile[] = [];
  for (const column of columns)
    profiles.push(
      column.type === 'string'
        ? await textProfile(session, relation, column)
        : await numberProfile(session, relation, column),
    );
  return profiles;
}

async function numberProfile(session: Session, relation: string, column: ColumnDef): Promise<ColumnProfile> {
  const name = quoteName(column.name);
  const value = column.type === 'timestamp' ? `epoch_us(${name}) / 1e6` : `${name}::DOUBLE`;
  const [ends] = await session.rows<{ n: number; nulls: number; lo: number; hi: number }>(
    `select count(*) as n, count(*) - count(v) as nulls, min(v) as lo, max(v) as hi from (select ${value} as v from ${relation})`,
  );
  const { n = 0, nulls = 0, lo = 0, hi = 0 } = ends ?? {};
  const about = { name: column.name, type: column.type, rows: n, nulls };
  if (n === nulls) return about;
  // Squares of what is beyond 1e154 are beyond a double, and so are sums near its end: by a power of two nothing is lost.
  const unit = Math.max(Math.abs(lo), Math.abs(hi)) > 1e100 ? 2 ** 600 : 1;
  const [row] = await session.rows<{ mean: number; std: number; q: unknown }>(
    `select avg(v) as mean, stddev_pop(v) as std, quantile_cont(v, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) as q
       from (select ${value}${unit === 1 ? '' : ` / ${unit}::DOUBLE`} as v from ${relation})`,
  );
  const { mean = 0, std = 0, q = null } = row ?? {};
  const deciles = listOf(q).map((decile) => decile * unit);
  return { ...about, numeric: { min: lo, max: hi, mean: mean * unit, std: std * unit, deciles } };
}

async function textProfile(session: Session, relation: string, column: ColumnDef): Promise<ColumnProfile> {
  const name = quoteName(column.name);
  const [row] = await session.rows<{ n: number; nulls: number; distinct: number }>(
    `select count(*) as n, count(*) - count(${name}) as nulls, count(distinct ${name}) as "distinct" from ${relation}`,
  );
  const top = await session.rows<{ value: string; rows: number }>(
    `select ${name} as value, count(*) as rows from ${relation} where ${name} is not null group by 1 order by 2 desc, 1 limit 50`,
  );
  const { n = 0, nulls = 0, distinct = 0 } = row ?? {};
  return { name: column.name, type: column.type, rows: n, nulls, distinct, top };
}

/** A list as the engine gives it: an array, or an object that holds one. */
function listOf(value: unknown): number[] {
  const items = Array.isArray(value) ? value : ((value as { items?: unknown[] } | null)?.items ?? []);
  return items.map(Number);
}
