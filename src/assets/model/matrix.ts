import type { ColumnType } from '../../base/index.ts';
import type { ColumnData } from '../../engine/index.ts';
import type { InputColumn, RowRange } from './train/index.ts';

/** One input of a model: its name, and whether it is a number or a category. */
export type InputSignature = { readonly name: string; readonly type: 'number' | 'category' };

/** How a model sees a column: text is a category, everything else a number (true is 1; an instant is its seconds since 1970). */
export function inputType(type: ColumnType): InputSignature['type'] {
  return type === 'string' ? 'category' : 'number';
}

/** A cell as a model input; null and undefined are missing (NaN, or ''). The same for history and for live requests. */
export function inputNumber(value: unknown): number {
  if (value === null || value === undefined) return Number.NaN;
  if (value instanceof Date) return value.getTime() / 1000;
  return Number(value);
}

/**
 * Columns as trainers want them. Categories are those in the rows `seen`, most frequent first; one that appears only in others is a missing value.
 */
export function inputColumns(data: readonly ColumnData[], seen: RowRange): InputColumn[] {
  return data.map((column): InputColumn => {
    const { name } = column;
    if (column.type !== 'string')
      return {
        name,
        type: 'number',
        values: column.type === 'timestamp' ? column.values.map((micros) => micros / 1e6) : column.values,
      };
    const counts = new Map<string, number>();
    for (let i = seen.from; i < seen.to; i++) {
      const value = column.values[i];
      // Empty text cannot be told from a missing one in the model's file, so it is missing here too.
      if (value !== null && value !== undefined && value !== '')
        counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const categories = [...counts]
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .map(([value]) => value);
    const codeOf = new Map(categories.map((value, code) => [value, code]));
    return {
      name,
      type: 'category',
      codes: Int32Array.from(column.values, (value) => (value === null ? -1 : (codeOf.get(value) ?? -1))),
      categories,
    };
  });
}
