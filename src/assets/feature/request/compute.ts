import type { ColumnType } from '../../../base/index.ts';
import type { Node } from '../../../graph/index.ts';
import { requestFailed } from './faults.ts';
import { keptApart } from './left-behind.ts';

/** What a request feature may be. A Promise is none of them: the same function runs over history, a million rows at a time. */
export type RequestValue = number | string | boolean | null;

/** What a request function may give: a value, or a list of numbers that is as long each time (an embedding, say), each an input of its own. */
export type RequestGiven = RequestValue | readonly number[];

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
  return keptApart(node.name, compute as unknown as (input: RequestInput) => RequestOutput);
}

/**
 * Computes request features of one row. NaN and ±infinity (a division by zero, say) are no value: null. A list's items stand
 * each by itself; of a list that is null, each is null.
 * @throws MILL_REQUEST_FEATURES_FAILED when the user's function throws, gives no record of values, or a value of another type than before.
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
    throw requestFailed(name, `it throws: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  if (typeof output !== 'object' || output === null || Array.isArray(output) || output instanceof Promise) {
    letGo(output);
    throw requestFailed(name, `it gives ${output === null ? 'null' : describe(output)}, no record of values`);
  }
  const values: Record<string, RequestValue> = {};
  for (const column of columns) {
    const value =
      column.item === undefined ? (output[column.name] ?? null) : itemOf(name, output, column.item);
    const type = typeOf(value);
    if (type !== undefined && type !== column.type) {
      letGo(value);
      throw requestFailed(name, `'${column.name}' is ${describe(value)}, not ${column.type}`);
    }
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
    throw requestFailed(name, `'${of}' is ${describe(list)}, not a list of ${length} numbers`);
  if (list.length !== length)
    throw requestFailed(name, `'${of}' is a list of ${list.length} numbers, not of ${length}`);
  return list[at];
}

/** What becomes of a Promise that nobody waits for must not end the process. */
function letGo(value: unknown): void {
  if (value instanceof Promise) value.catch(() => undefined);
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
  value === undefined
    ? 'undefined'
    : value instanceof Promise
      ? 'a Promise'
      : Array.isArray(value)
        ? 'a list'
        : value instanceof Date
          ? 'a Date'
          : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
