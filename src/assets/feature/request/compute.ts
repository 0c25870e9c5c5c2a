import { type ColumnType, MillraceError } from '../../../base/index.ts';
import type { Node } from '../../../graph/index.ts';
import type { RequestGiven, RequestValue } from './request.ts';

/** The input of a request function: the request, and the values of each features asset under its name there. */
export type RequestInput = { readonly request: Readonly<Record<string, unknown>> } & Readonly<
  Record<string, unknown>
>;
/** What the function gives. */
export type RequestOutput = Readonly<Record<string, RequestGiven>>;

/** A column that a request function gives: a value, or one item of a list of numbers. */
export interface RequestColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Of an item: the list's name, the item's place in it, and how many there are. */
  readonly item?: { readonly of: string; readonly at: number; readonly length: number };
}

/** The longest list of numbers: each is a column of its own. */
export const LONGEST_LIST = 4_096;

/** The user's function of a request-features node. */
export function computeOf(node: Node): (input: RequestInput) => RequestOutput {
  const { compute } = node.asset['~'];
  return compute as unknown as (input: RequestInput) => RequestOutput;
}

/**
 * Computes request features of one row. NaN and ±infinity (a division by zero, say) are no value: null. A list's items stand
 * each by itself; of a list that is null, each is null.
 * @throws MILL_REQUEST_FEATURES_FAILED when the user's function throws or gives a value of another type than before.
 */
export function computeRow(
  name: string,
  compute: (input: RequestInput) => RequestOutput,
  columns: readonly RequestColumn[],
  input: RequestInput,
): Readonly<Record<string, RequestValue>> {
  let output: RequestOutput;
  try {
    output = compute(input);
  } catch (error) {
    throw failed(name, `it throws: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const values: Record<string, RequestValue> = {};
  for (const column of columns) {
    const value =
      column.item === undefined ? (output[column.name] ?? null) : itemOf(name, output, column.item);
    const type = typeOf(value);
    if (type !== undefined && type !== column.type)
      throw failed(name, `'${column.name}' is ${describe(value)}, not ${column.type}`);
    values[column.name] =
      typeof value === 'number' && !Number.isFinite(value) ? null : (value as RequestValue);
  }
  return values;
}

function itemOf(
  name: string,
  output: RequestOutput,
  { of, at, length }: NonNullable<RequestColumn['item']>,
): unknown {
  const list = output[of] ?? null;
  if (list === null) return null;
  if (!Array.isArray(list))
    throw failed(name, `'${of}' is ${describe(list)}, not a list of ${length} numbers`);
  if (list.length !== length)
    throw failed(name, `'${of}' is a list of ${list.length} numbers, not of ${length}`);
  return list[at];
}

function failed(name: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_REQUEST_FEATURES_FAILED',
      message: `${name}: ${what}.`,
      todo: 'Mend the compute function of this asset.',
      owner: 'project',
      asset: name,
    },
    { cause },
  );
}

/** The column type of a value: undefined for null (and NaN, a number without value), 'invalid' for what cannot be a feature. */
export function typeOf(value: unknown): 'double' | 'string' | 'boolean' | undefined | 'invalid' {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return 'double';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  return 'invalid';
}

export const describe = (value: unknown): string =>
  value instanceof Promise
    ? 'a Promise'
    : Array.isArray(value)
      ? 'a list'
      : value instanceof Date
        ? 'a Date'
        : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
