import { bug } from '../../base/index.ts';
import type { Database } from '../database.ts';
import type { ColumnRange, ColumnState, RangeValue, TableState } from './lake.port.ts';
import { type Ends, partitionBounds } from './partition-bounds.ts';
import { hasExactText, type Ordered, storedValue } from './stored-value.ts';
import { VISIBLE } from './table-row.ts';

/** See `Lake.pruned`. */
export function prunedState(
  database: Database,
  table: TableState,
  ranges: readonly ColumnRange[],
): TableState {
  let files = table.files;
  for (const range of ranges) {
    const column = table.columns.find(({ name }) => name === range.column);
    if (!column) throw bug(`Table '${table.name}' has no column '${range.column}' to prune by.`);
    const [from, to] = [wanted(column, range.min), wanted(column, range.max)];
    if (from === undefined && to === undefined) continue;
    const exact = hasExactText(lakeTypeOf(database, table, column) ?? '');
    const known = knownOfFiles(database, table, column, exact);
    files = files.filter((file) => {
      if (file.inlined) return true;
      const facts = known.get(file.id);
      if (facts !== undefined && !mayHold(facts, from, to)) return false;
      const part = file.partition && partitionBounds(column, file.partition);
      return part === undefined || (part !== 'null' && (!exact || overlaps(part, from, to)));
    });
  }
  if (files.length === table.files.length) return table;
  return {
    ...table,
    files,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

/** What the catalog knows of one column in one file. */
interface Facts extends Ends {
  /** How many values are there, nulls not counted. */
  readonly values: number | null;
  /** Whether NaN may be among the values; the bounds leave it out. */
  readonly nan: boolean;
}

function lakeTypeOf(database: Database, table: TableState, column: ColumnState): string | undefined {
  return database.get<{ type: string }>(
    `select column_type as type from ducklake_column where table_id = ? and ${VISIBLE} and column_id = ?`,
    [table.id, table.snapshot, table.snapshot, column.id],
  )?.type;
}

function knownOfFiles(
  database: Database,
  table: TableState,
  column: ColumnState,
  exact: boolean,
): Map<number, Facts> {
  const rows = database.all<{
    file: number;
    values: number | null;
    min: string | null;
    max: string | null;
    nan: number | null;
  }>(
    `select s.data_file_id as file, s.value_count as "values", s.min_value as min, s.max_value as max, s.contains_nan as nan
       from ducklake_data_file f join ducklake_file_column_stats s on s.data_file_id = f.data_file_id
      where f.table_id = ? and f.begin_snapshot <= ? and (f.end_snapshot is null or ? < f.end_snapshot) and s.column_id = ?`,
    [table.id, table.snapshot, table.snapshot, column.id],
  );
  const value = (text: string | null): Ordered | undefined =>
    text === null || !exact ? undefined : storedValue(column.type, text);
  return new Map(
    rows.map(({ file, values, min, max, nan }) => [
      file,
      { values, min: value(min), max: value(max), nan: column.type === 'double' && nan !== 0 },
    ]),
  );
}

/** Whether a value of the range can be in a file. Whatever is not known, can. */
function mayHold(facts: Facts, from: Ordered | undefined, to: Ordered | undefined): boolean {
  // A null is in no range.
  if (facts.values === 0) return false;
  // To SQL, NaN is greater than every other value, and equal to itself.
  if (facts.nan && (to === undefined || Number.isNaN(to))) return true;
  // A greatest text may be told by its beginning alone, and then is more than that: only as much of the end is compared.
  const cut =
    facts.max instanceof Buffer && from instanceof Buffer ? from.subarray(0, facts.max.length) : from;
  return overlaps(facts, cut, to);
}

function overlaps({ min, max }: Ends, from: Ordered | undefined, to: Ordered | undefined): boolean {
  if (from !== undefined && max !== undefined && isBelow(max, from)) return false;
  return !(to !== undefined && min !== undefined && isAbove(min, to));
}

function isBelow(max: Ordered, from: Ordered): boolean {
  if (typeof max !== 'object' || typeof from !== 'object') return max < from || Number.isNaN(from);
  return Buffer.compare(max, from) < 0;
}

function isAbove(min: Ordered, to: Ordered): boolean {
  if (typeof min !== 'object' || typeof to !== 'object') return min > to;
  return Buffer.compare(min, to) > 0;
}

/** An end of a range as a value of the column's type. */
function wanted({ name, type }: ColumnState, value: RangeValue | undefined): Ordered | undefined {
  if (value === undefined) return undefined;
  if (type === 'string' && typeof value === 'string') return Buffer.from(value);
  if (type === 'boolean' && typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (type === 'double') return Number(value);
    // A fraction or a number that has been rounded says too little about whole ones: as an end it is none.
    if (type === 'integer' || type === 'timestamp')
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? value : undefined;
  }
  throw bug(`A ${typeof value} is no end of a range of column '${name}', which is ${type}.`);
}
