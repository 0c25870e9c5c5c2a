import type { Micros } from '../../../base/index.ts';

/**
 * SQL: the beginning of the step in which an instant lies, both in microseconds; right before 1970 too. Whole numbers alone: the quotient of two
 * floats can fall on the wrong side of a boundary.
 */
export function stepSql(micros: string, every: Micros): string {
  return `${micros} - ((${micros} % ${every}) + ${every}) % ${every}`;
}
