import { bug, type ColumnType } from '../../../base/index.ts';
import type { Literal } from './condition.ts';

/** A literal that is of the column's type. Any other is a condition that was compiled without being checked. */
export function fitting(literal: Literal, type: ColumnType): Literal {
  const ok =
    typeof literal === 'object'
      ? type === 'timestamp' && Number.isInteger(literal.micros)
      : typeof literal === sortOf(type);
  if (!ok) throw bug(`A ${type} is compared with ${JSON.stringify(literal)}: the condition was not checked.`);
  return literal;
}

/** Types whose values compare: `number` for both types of number. */
export function sortOf(type: ColumnType): 'string' | 'number' | 'boolean' | 'timestamp' {
  return type === 'integer' || type === 'double' ? 'number' : type;
}
