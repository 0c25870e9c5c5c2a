import { type ColumnType, deepFreeze, MillraceError, type Problem } from '../../base/index.ts';
import type { Node } from '../../graph/index.ts';
import type { ColumnSpec } from '../contract/index.ts';
import type { RequestBody, RequestValue } from './request.ts';
import type { FeatureSpec } from './spec.ts';

/** The input of a request function: the request, and the values of each features asset under its name there. */
export type RequestInput = { readonly request: Readonly<Record<string, unknown>> } & Readonly<
  Record<string, unknown>
>;
export type RequestOutput = Readonly<Record<string, RequestValue>>;

/** A column that a request function gives. */
export interface RequestColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** The user's function of a request-features node. */
export function computeOf(node: Node): (input: RequestInput) => RequestOutput {
  const { compute } = node.asset['~'];
  return compute as unknown as (input: RequestInput) => RequestOutput;
}

const sampleOf: Readonly<Record<ColumnType, readonly unknown[]>> = {
  string: ['a', 'b'],
  double: [1.5, 250, 0, -3],
  integer: [1, 40, 0, -3],
  boolean: [true, false],
  timestamp: [new Date('2026-03-01T12:30:00Z'), new Date('2025-11-08T03:05:00Z')],
};

/**
 * Finds out what a request function gives by calling it with made-up inputs, with every feature empty and with none empty. It must
 * answer twice the same, with the same names each time, and with one type for each name.
 * @param usedSpecs the features of each asset it uses, by the name the function knows it under.
 */
export function probe(
  node: Node<RequestBody>,
  usedSpecs: Readonly<Record<string, readonly FeatureSpec[]>>,
): { columns: readonly RequestColumn[]; problems: readonly Problem[] } {
  const compute = computeOf(node);
  const problems: Problem[] = [];
  const types = new Map<string, ColumnType | undefined>();
  const found = (message: string, todo: string): void => {
    problems.push({
      code: 'MILL_REQUEST_FEATURES_INVALID',
      message,
      todo,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  for (let round = 0; round < 5 && problems.length === 0; round++) {
    const input = made(node.body.request, usedSpecs, round);
    let output: RequestOutput;
    try {
      output = compute(input);
      if (!same(output, compute(input)))
        found(
          'Called twice with the same input, it gives two answers.',
          'Use nothing but the input: no clock, no randomness, no state.',
        );
    } catch (error) {
      found(
        `It throws on ${JSON.stringify(input)}: ${error instanceof Error ? error.message : String(error)}.`,
        'Handle missing features (null) and any value the request may hold.',
      );
      break;
    }
    if (output === null || typeof output !== 'object' || output instanceof Promise) {
      found('It does not give a record of values.', 'Return { name: value, … }, not a Promise.');
      break;
    }
    const names = Object.keys(output);
    if (round > 0 && (names.length !== types.size || names.some((name) => !types.has(name))))
      found(
        `It gives ${names.join(', ') || 'nothing'} for one input and ${[...types.keys()].join(', ')} for another.`,
        'Give every name each time, with null where there is no value.',
      );
    for (const name of names) {
      const type = typeOf(output[name]);
      if (type === 'invalid')
        found(`'${name}' is ${describe(output[name])}.`, 'Give a number, a text, true, false or null.');
      else if (type !== undefined && (types.get(name) ?? type) !== type)
        found(
          `'${name}' is sometimes ${types.get(name)} and sometimes ${type}.`,
          'Give one type for each name.',
        );
      else types.set(name, types.get(name) ?? type);
    }
  }
  // A name that was null for every made-up input is taken for a number; a text there is refused when it appears.
  const columns = [...types].map(([name, type]) => ({ name, type: type ?? 'double' }));
  return { columns, problems };
}

/**
 * Computes request features of one row. NaN and ±infinity (a division by zero, say) are no value: null.
 * @throws MILL_REQUEST_FEATURES_FAILED when the user's function throws or gives a value of another type than before.
 */
export function computeRow(
  name: string,
  compute: (input: RequestInput) => RequestOutput,
  columns: readonly RequestColumn[],
  input: RequestInput,
): RequestOutput {
  let output: RequestOutput;
  try {
    output = compute(input);
  } catch (error) {
    throw failed(name, `it throws: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const values: Record<string, RequestValue> = {};
  for (const column of columns) {
    const value = output[column.name] ?? null;
    const type = typeOf(value);
    if (type !== undefined && type !== column.type)
      throw failed(name, `'${column.name}' is ${describe(value)}, not ${column.type}`);
    values[column.name] = typeof value === 'number' && !Number.isFinite(value) ? null : value;
  }
  return values;
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

function made(
  request: readonly ColumnSpec[],
  used: Readonly<Record<string, readonly FeatureSpec[]>>,
  round: number,
): RequestInput {
  const pick = (type: ColumnType): unknown => sampleOf[type][round % sampleOf[type].length];
  const fields = request.map((c) => {
    const oneOf = c.rules.find((rule) => rule.rule === 'oneOf');
    if (c.nullable && round === 4) return [c.name, null];
    return [c.name, oneOf ? oneOf.values[round % oneOf.values.length] : pick(c.type)];
  });
  const features = Object.entries(used).map(([name, specs]) => [
    name,
    Object.fromEntries(
      specs.map((f) => {
        if (f.list) return [f.name, round === 0 ? [] : [pick(f.type), pick(f.type)]];
        return [f.name, round === 0 ? (f.nullable ? null : 0) : f.nullable ? pick(f.type) : round];
      }),
    ),
  ]);
  return deepFreeze({ request: Object.fromEntries(fields), ...Object.fromEntries(features) }) as RequestInput;
}

/** The column type of a value: undefined for null (and NaN, a number without value), 'invalid' for what cannot be a feature. */
function typeOf(value: unknown): 'double' | 'string' | 'boolean' | undefined | 'invalid' {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return 'double';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  return 'invalid';
}

const describe = (value: unknown): string =>
  value instanceof Promise ? 'a Promise' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;

function same(a: RequestOutput, b: RequestOutput): boolean {
  const names = Object.keys(a ?? {});
  return names.length === Object.keys(b ?? {}).length && names.every((name) => Object.is(a[name], b[name]));
}
