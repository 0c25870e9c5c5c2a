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

/** The column type behind DuckLake's name, or undefined when it is none of ours. */
export function columnTypeOfLake(name: string): ColumnType | undefined {
  for (const [type, lake] of Object.entries(lakeTypes)) if (lake === name) return type as ColumnType;
  return undefined;
}
