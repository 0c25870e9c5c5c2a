import type { ColumnType } from '../../base/index.ts';

const lakeTypes: Readonly<Record<ColumnType, string>> = {
  string: 'varchar',
  double: 'float64',
  integer: 'int64',
  boolean: 'boolean',
  timestamp: 'timestamp',
};

/** The name DuckLake gives a column type. */
export function lakeTypeOf(type: ColumnType): string {
  return lakeTypes[type];
}

/**
 * Types of other writers, each with ours that holds its values: a decimal as the nearest float, a date as its midnight, nanoseconds
 * cut to microseconds, an instant with zone in UTC. uint64 and the 128-bit ones do not fit an integer of ours.
 */
const foreign: readonly (readonly [name: RegExp, type: ColumnType])[] = [
  [/^(u?int(8|16|32)|int64)$/, 'integer'],
  [/^(float(32|64)|decimal\(\d+,\d+\))$/, 'double'],
  [/^(date|timestamp(_s|_ms|_ns|tz)?)$/, 'timestamp'],
  [/^(varchar|json|uuid)$/, 'string'],
  [/^boolean$/, 'boolean'],
];

/** The column type in which values of DuckLake's type are read, or undefined when none holds them. */
export function columnTypeOfLake(name: string): ColumnType | undefined {
  return foreign.find(([pattern]) => pattern.test(name))?.[1];
}
