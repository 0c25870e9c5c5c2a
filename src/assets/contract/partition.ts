import { nearest, type Problem } from '../../base/index.ts';
import type { NodeSpec } from '../../graph/index.ts';
import { MOST_PARTITION_PARTS, type PartitionPart, type PartitionTransform } from '../../store/lake/index.ts';
import type { Columns, KeysOf, TimeKeysOf } from './col.ts';
import type { ContractSpec } from './spec.ts';

const units = ['year', 'month', 'day', 'hour'] as const;

/** The calendar year, month, day or hour (UTC) in which an instant lies; made by `by`. */
export interface CalendarPart<Name extends string = string> {
  readonly column: Name;
  readonly calendar: (typeof units)[number];
}

/** How a dataset's rows are laid into files. */
export interface Partitioned<C extends Columns> {
  /**
   * Rows that differ in these lie in different files, so that a query for some of them opens no other: `['country', by.month('paid_at')]`. Worth it where a
   * part has a hundred thousand rows or more. It is storage alone: changed, the table is written anew, and nothing that is made of it.
   */
  partitionBy?: readonly (Exclude<KeysOf<C>, TimeKeysOf<C>> | CalendarPart<TimeKeysOf<C>>)[];
}

const part =
  (calendar: CalendarPart['calendar']) =>
  <const Name extends string>(column: Name): CalendarPart<Name> =>
    Object.freeze({ column, calendar });

/**
 * Calendar parts of an instant to partition by. A month is one of its year, a day one of its month.
 * @example
 * partitionBy: ['country', by.month('paid_at')]
 */
export const by = Object.freeze({
  year: part('year'),
  month: part('month'),
  day: part('day'),
  hour: part('hour'),
});

/** The plain form: a month as year and month, as DuckLake counts them. */
export function partitionSpec(declared: readonly (string | CalendarPart)[] = []): {
  partitionBy?: readonly PartitionPart[];
} {
  const parts = declared.flatMap((one): PartitionPart[] => {
    if (typeof one === 'string') return [{ column: one, transform: 'identity' }];
    const wanted: readonly PartitionTransform[] = units.slice(0, units.indexOf(one.calendar) + 1);
    return wanted.map((transform) => ({ column: one.column, transform }));
  });
  return parts.length === 0 ? {} : { partitionBy: parts };
}

/** Faults of a partitioning, those too that its types rule out. */
export function checkPartition(
  node: NodeSpec,
  { columns }: ContractSpec,
  parts: readonly PartitionPart[] = [],
): Problem[] {
  const problems: Problem[] = [];
  const found = (message: string, todo: string): void => {
    const { name: asset, place } = node;
    problems.push({ code: 'MILL_PARTITION_INVALID', message, todo, owner: 'project', asset, place });
  };
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  for (const name of new Set(parts.map(({ column }) => column))) {
    const type = types.get(name);
    const isWhole = parts.some(({ column, transform }) => column === name && transform === 'identity');
    if (type === undefined) {
      const near = nearest(name, types.keys());
      found(
        `It is to be partitioned by '${name}', which is no column${near ? `; there is '${near}'` : ''}.`,
        'Name a declared column.',
      );
    } else if (type === 'timestamp' && isWhole)
      found(
        `It is to be partitioned by every instant of '${name}'.`,
        `Take a part of it: by.month('${name}').`,
      );
    else if (type === 'double')
      found(
        `It is to be partitioned by '${name}', which is double: nearly every row has a value of its own.`,
        'Take a column with few values.',
      );
    else if (type !== 'timestamp' && !isWhole)
      found(`It is to be partitioned by a time of '${name}', which is ${type}.`, 'Name a timestamp column.');
  }
  const texts = parts.map(({ column, transform }) => `${transform} ${column}`);
  if (new Set(texts).size < texts.length)
    found('It is to be partitioned by one thing twice.', 'Drop one of them; a day has its month and year.');
  if (parts.length > MOST_PARTITION_PARTS)
    found(
      `It is to be partitioned by ${parts.length} parts, counting a month as two (its year and itself), a day as three, an hour as four.`,
      `Take at most ${MOST_PARTITION_PARTS}; one or two are usual.`,
    );
  return problems;
}
