import { randomUUID } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { MillraceError, quoteName } from '../../base/index.ts';
import type { ColumnState, FilePartition, PartitionKey } from '../../store/lake/index.ts';
import { OWN_ROW_ID } from './scan.ts';
import { sqlTypeOf } from './sql-types.ts';

/** So many files at most come of one write: each is opened, synced and later read by itself. */
export const MOST_PARTITIONS = 1000;

/** A longer text is no value that anybody partitions by; the catalog would hold it whole for every file. */
const LONGEST_VALUE = 16_384;

/** Rows that go into one file: the query that gives them, and what they have in common. */
export interface Portion {
  readonly sql: string;
  readonly partition?: FilePartition;
}

const calendar = ['year', 'month', 'day', 'hour'];

/** Whether rows can be told apart by a key; other writers' tables may have one that we do not compute. */
export function isComputed({ columnId, transform }: PartitionKey, columns: readonly ColumnState[]): boolean {
  const type = columns.find(({ id }) => id === columnId)?.type;
  return transform === 'identity' ? type !== undefined : type === 'timestamp' && calendar.includes(transform);
}

/**
 * Runs a query once, sorts its rows by partition, and hands them to `write` portion by portion, each in the order of the query. (DuckDB's own
 * `partition_by` writes a file per thread and flush, 1,412 for 300 partitions of 3 million rows, in no order.) Rows with a value that the
 * catalog cannot hold, because of a NUL in it or its length, are a portion without a partition.
 * @throws MILL_WRITE_PARTITIONS before anything is written.
 */
export async function splitRows(
  connection: DuckDBConnection,
  columns: readonly ColumnState[],
  keys: readonly PartitionKey[],
  sql: string,
  withRowIds: boolean,
  write: (portion: Portion) => Promise<void>,
): Promise<void> {
  const id = randomUUID().replaceAll('-', '');
  const [all, parts, sorted] = ['all', 'parts', 'sorted'].map((name) => `_mill_${name}_${id}`) as [
    string,
    string,
    string,
  ];
  // No name of a user's can clash with these.
  const inside = columns.map((c) => `${quoteName(c.name)}::${sqlTypeOf(c.type)} as c${c.id}`);
  const outside = columns.map((c) => `c${c.id} as ${quoteName(c.name)}`);
  if (withRowIds) {
    inside.push('_row_id::BIGINT as rid');
    outside.push(`rid as ${OWN_ROW_ID}`);
  }
  const values = keys.map(({ columnId, transform }) =>
    transform === 'identity' ? `c${columnId}::VARCHAR` : `${transform}(c${columnId})::VARCHAR`,
  );
  const k = keys.map((_, i) => `k${i}`);
  const odd = k.map(
    (name) => `coalesce(strlen(${name}) > ${LONGEST_VALUE} or contains(${name}, chr(0)), false)`,
  );
  const told = k.map((name) => `case when odd then null else ${name} end as ${name}`);
  try {
    await connection.run(
      `create temp table ${all} as select * replace (${told.join(', ')}) from
         (select *, (${odd.join(' or ')}) as odd from
           (select *, ${values.map((value, i) => `${value} as k${i}`).join(', ')} from (select ${inside.join(', ')} from (${sql}))))`,
    );
    await connection.run(
      `create temp table ${parts} as select *, row_number() over (order by odd, ${k.map((name) => `${name} nulls first`).join(', ')})::INTEGER as p
         from (select distinct odd, ${k.join(', ')} from ${all})`,
    );
    const found = await portionsOf(connection, parts, keys);
    if (found.length > MOST_PARTITIONS) throw tooMany(found.length);
    const match = ['odd', ...k].map((name) => `a.${name} is not distinct from q.${name}`).join(' and ');
    await connection.run(
      `create temp table ${sorted} as select a.* exclude (odd, ${k.join(', ')}), p
         from ${all} a join ${parts} q on ${match} order by p, a.rowid`,
    );
    await connection.run(`drop table ${all}`);
    for (const [i, partition] of found.entries())
      await write({
        sql: `select ${outside.join(', ')} from ${sorted} where p = ${i + 1}`,
        ...(partition === undefined ? {} : { partition }),
      });
  } finally {
    for (const table of [all, parts, sorted])
      await connection.run(`drop table if exists ${table}`).catch(() => {});
  }
}

async function portionsOf(
  connection: DuckDBConnection,
  parts: string,
  keys: readonly PartitionKey[],
): Promise<(FilePartition | undefined)[]> {
  const reader = await connection.runAndReadAll(
    `select odd, ${keys.map((_, i) => `k${i}`).join(', ')} from ${parts} order by p`,
  );
  return reader
    .getRows()
    .map(([odd, ...values]) => (odd ? undefined : { keys, values: values as (string | null)[] }));
}

function tooMany(count: number): MillraceError {
  return new MillraceError({
    code: 'MILL_WRITE_PARTITIONS',
    message: `The rows fall into ${count.toLocaleString('en')} partitions; one write makes at most ${MOST_PARTITIONS.toLocaleString('en')}.`,
    todo: 'Partition by fewer or coarser parts, by the month instead of the day for example, or bring the rows in portions.',
    owner: 'project',
  });
}
