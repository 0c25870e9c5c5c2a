import { type ColumnDef, type ColumnType, MillraceError, nearest, type Place } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import type { Fixture } from './declare.ts';

/**
 * Makes a temporary table of a test's rows, with these columns.
 * @throws MILL_TEST_INVALID when a row has another column, or a value that is none of its column's type
 */
export async function loadFixture(
  session: Session,
  table: string,
  columns: readonly Pick<ColumnDef, 'name' | 'type'>[],
  { dataset, rows }: Fixture,
  place: Place,
): Promise<void> {
  const known = columns.map(({ name }) => name);
  for (const row of rows)
    for (const name of Object.keys(row))
      if (!known.includes(name)) {
        const near = nearest(name, known);
        throw invalid(
          `a row of ${dataset} has '${name}', which is no column of it${near ? `; the nearest is '${near}'` : ''}`,
          place,
        );
      }
  await session.load(
    table,
    columns.map(({ name, type }) => columnOf(name, type, rows, dataset, place)),
  );
}

function columnOf(
  name: string,
  type: ColumnType,
  rows: Fixture['rows'],
  dataset: string,
  place: Place,
): ColumnData {
  const values = rows.map((row) => row[name] ?? null);
  const wrong = (value: unknown): MillraceError =>
    invalid(`${dataset}.${name} is ${type}, and a row has ${JSON.stringify(value)} there`, place);
  if (type === 'string') {
    for (const value of values) if (value !== null && typeof value !== 'string') throw wrong(value);
    return { name, type, values: values as (string | null)[] };
  }
  return { name, type, values: Float64Array.from(values, (value) => numberOf(type, value, wrong)) };
}

function numberOf(
  type: Exclude<ColumnType, 'string'>,
  value: unknown,
  wrong: (value: unknown) => MillraceError,
): number {
  if (value === null) return Number.NaN;
  const micros = (text: string | Date): number => new Date(text).getTime() * 1000;
  const found =
    type === 'boolean'
      ? typeof value === 'boolean' && Number(value)
      : type === 'timestamp'
        ? (value instanceof Date || typeof value === 'string') && micros(value)
        : typeof value === 'number' && (type === 'double' || Number.isSafeInteger(value)) && value;
  if (found === false || Number.isNaN(found)) throw wrong(value);
  return found;
}

export function invalid(what: string, place: Place): MillraceError {
  return new MillraceError({
    code: 'MILL_TEST_INVALID',
    message: `The test cannot be run: ${what}.`,
    todo: 'Correct the test.',
    owner: 'project',
    place,
  });
}
