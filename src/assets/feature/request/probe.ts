import { type ColumnType, deepFreeze, type Problem } from '../../../base/index.ts';
import type { Node } from '../../../graph/index.ts';
import type { ColumnSpec } from '../../contract/index.ts';
import type { FeatureSpec } from '../spec.ts';
import {
  computeOf,
  describe,
  LONGEST_LIST,
  type RequestColumn,
  type RequestInput,
  type RequestOutput,
  typeOf,
} from './compute.ts';
import { watched } from './impurity.ts';
import type { RequestBody } from './request.ts';

const sampleOf: Readonly<Record<ColumnType, readonly unknown[]>> = {
  string: ['a', 'b'],
  double: [1.5, 250, 0, -3],
  integer: [1, 40, 0, -3],
  boolean: [true, false],
  timestamp: [new Date('2026-03-01T12:30:00Z'), new Date('2025-11-08T03:05:00Z')],
};

const ROUNDS = 5;

const PURE = 'Use nothing but the input: no clock, no randomness, no state.';

type Found = (message: string, todo: string) => void;

/** What a name has been so far: a column's type, or a list of so many numbers. Undefined: always null. */
type Shape = ColumnType | { readonly numbers: number } | undefined;

/**
 * Finds out what a request function gives by calling it with made-up inputs, with every feature empty and with none empty. It must
 * answer twice the same, and again the same after other inputs, with the same names each time and with one type for each
 * name; it must not ask the clock or chance, nor change its input.
 * @param usedSpecs the features of each asset it uses, by the name the function knows it under.
 */
export function probe(
  node: Node<RequestBody>,
  usedSpecs: Readonly<Record<string, readonly FeatureSpec[]>>,
): { columns: readonly RequestColumn[]; problems: readonly Problem[] } {
  const compute = computeOf(node);
  const problems: Problem[] = [];
  const shapes = new Map<string, Shape>();
  const found: Found = (message, todo) => {
    problems.push({
      code: 'MILL_REQUEST_FEATURES_INVALID',
      message,
      todo,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  const before: { readonly input: RequestInput; readonly output: RequestOutput }[] = [];
  for (let round = 0; round < ROUNDS && problems.length === 0; round++) {
    const input = made(node.body.request, usedSpecs, round);
    const output = called(compute, input, found);
    if (output === undefined || problems.length > 0) break;
    take(output, shapes, round === 0, found);
    before.push({ input, output });
  }
  if (problems.length === 0)
    for (const { input, output } of before)
      if (!same(output, compute(input))) {
        found(
          'It keeps something from call to call: after other inputs, the same input gives another answer.',
          PURE,
        );
        break;
      }
  return { columns: [...shapes].flatMap(([name, shape]) => columnsOf(name, shape)), problems };
}

/** Calls the function twice, and puts down what it does that it must not. */
function called(
  compute: (input: RequestInput) => RequestOutput,
  input: RequestInput,
  found: Found,
): RequestOutput | undefined {
  const given = JSON.stringify(input);
  try {
    const { value: output, used } = watched(() => compute(input));
    const again = compute(input);
    if (output instanceof Promise) {
      // What becomes of it is nobody's business, nor may it end the process.
      for (const promise of [output, again as unknown as Promise<unknown>]) promise.catch(() => undefined);
      found('It gives a Promise.', 'Return { name: value, … } at once: it runs over history, row by row.');
    } else if (used.length > 0) found(`It uses ${used.join(' and ')}.`, PURE);
    else if (!same(output, again)) found('Called twice with the same input, it gives two answers.', PURE);
    else if (output === null || typeof output !== 'object' || Array.isArray(output))
      found('It does not give a record of values.', 'Return { name: value, … }.');
    else if (JSON.stringify(input) !== given)
      found('It changes its input.', 'Make a new value: what it is given belongs to others too.');
    return output;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // What is frozen does not let itself be changed.
    if (error instanceof TypeError && /read only|not extensible|Cannot delete property/.test(message))
      found(
        `It changes its input: ${message}.`,
        'Make a new value (toSorted, { ...input }): what it is given belongs to others too.',
      );
    else
      found(
        `It throws on ${given}: ${message}.`,
        'Handle missing features (null) and any value the request may hold.',
      );
    return undefined;
  }
}

/** Adds what an output shows of the columns. */
function take(output: RequestOutput, shapes: Map<string, Shape>, first: boolean, found: Found): void {
  const names = Object.keys(output);
  if (!first && (names.length !== shapes.size || names.some((name) => !shapes.has(name))))
    found(
      `It gives ${names.join(', ') || 'nothing'} for one input and ${[...shapes.keys()].join(', ')} for another.`,
      'Give every name each time, with null where there is no value.',
    );
  for (const name of names) {
    const shape = shapeOf(output[name]);
    const known = shapes.get(name);
    if (shape === 'invalid')
      found(
        `'${name}' is ${describe(output[name])}.`,
        `Give a number, a text, true, false or null, or a list of 1 to ${LONGEST_LIST} numbers.`,
      );
    else if (shape !== undefined && known !== undefined && text(shape) !== text(known))
      found(
        `'${name}' is sometimes ${text(known)} and sometimes ${text(shape)}.`,
        'Give one type for each name, and lists that are always as long.',
      );
    else shapes.set(name, known ?? shape);
  }
}

function shapeOf(value: unknown): Shape | 'invalid' {
  if (!Array.isArray(value)) return typeOf(value);
  const fits = value.length >= 1 && value.length <= LONGEST_LIST;
  return fits && value.every((item) => typeof item === 'number') ? { numbers: value.length } : 'invalid';
}

const text = (shape: NonNullable<Shape>): string =>
  typeof shape === 'string' ? shape : `a list of ${shape.numbers} number${shape.numbers === 1 ? '' : 's'}`;

/** A name that was null for every made-up input is taken for a number; a text there is refused when it appears. */
function columnsOf(name: string, shape: Shape): RequestColumn[] {
  if (typeof shape !== 'object') return [{ name, type: shape ?? 'double' }];
  return Array.from({ length: shape.numbers }, (_, at) => ({
    name: `${name}.${at}`,
    type: 'double',
    item: { of: name, at, length: shape.numbers },
  }));
}

function made(
  request: readonly ColumnSpec[],
  used: Readonly<Record<string, readonly FeatureSpec[]>>,
  round: number,
): RequestInput {
  const pick = (type: ColumnType): unknown => {
    const sample = sampleOf[type][round % sampleOf[type].length];
    // A Date cannot be frozen.
    return sample instanceof Date ? new Date(sample) : sample;
  };
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

function same(a: RequestOutput, b: RequestOutput): boolean {
  const names = Object.keys(a ?? {});
  return names.length === Object.keys(b ?? {}).length && names.every((name) => alike(a[name], b[name]));
}

function alike(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => alike(item, b[i]));
  // What is no value is told as such.
  return Object.is(a, b) || (typeOf(a) === 'invalid' && typeOf(b) === 'invalid');
}
