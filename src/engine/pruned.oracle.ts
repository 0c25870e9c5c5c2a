import { type ColumnType, quoteName, quoteText } from '../base/index.ts';
import type { ColumnRange, RangeValue, TableState } from '../store/lake/index.ts';
import { sqlTypeOf } from './duckdb/sql-types.ts';
import type { Session } from './engine.port.ts';

/** Which files hold a row within all ranges, found by reading every row of every file: the slow twin of `Lake.pruned`. */
export async function filesWithin(
  session: Session,
  table: TableState,
  ranges: readonly ColumnRange[],
): Promise<number[]> {
  const found: number[] = [];
  const condition = conditionSql(table, ranges);
  for (const file of table.files) {
    const scan = session.scan({ ...table, files: [file] });
    const rows = await session.rows(`select 1 from ${scan} where ${condition} limit 1`);
    if (rows.length > 0) found.push(file.id);
  }
  return found;
}

/** The ranges as a condition of a query. */
export function conditionSql(table: TableState, ranges: readonly ColumnRange[]): string {
  const parts = ranges.flatMap(({ column, min, max }) => {
    const { type } = table.columns.find(({ name }) => name === column)!;
    return [
      ...(min === undefined ? [] : [`${quoteName(column)} >= ${literal(type, min)}`]),
      ...(max === undefined ? [] : [`${quoteName(column)} <= ${literal(type, max)}`]),
    ];
  });
  return ['true', ...parts].join(' and ');
}

function literal(type: ColumnType, value: RangeValue): string {
  if (type === 'timestamp') return `make_timestamp(${value})`;
  const text = Object.is(value, -0) ? '-0' : String(value);
  return `${quoteText(text)}::${sqlTypeOf(type)}`;
}
