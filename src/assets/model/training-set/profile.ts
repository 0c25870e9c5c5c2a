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
  const [row] = await session.rows<{
    n: number;
    nulls: number;
    q: number[] | null;
    lo: number;
    hi: number;
    mean: number;
    std: number;
  }>(
    `select count(*) as n, count(*) - count(v) as nulls, min(v) as lo, max(v) as hi, avg(v) as mean, stddev_pop(v) as std,
       quantile_cont(v, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) as q from (select ${value} as v from ${relation})`,
  );
  const { n = 0, nulls = 0, q = null, lo = 0, hi = 0, mean = 0, std = 0 } = row ?? {};
  return {
    name: column.name,
    type: column.type,
    rows: n,
    nulls,
    ...(n === nulls ? {} : { numeric: { min: lo, max: hi, mean, std, deciles: listOf(q) } }),
  };
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
