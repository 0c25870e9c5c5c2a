import type { ColumnType, Problem } from '../../../base/index.ts';
import type { Node } from '../../../graph/index.ts';
import {
  computeOf,
  describe,
  LONGEST_LIST,
  type RequestColumn,
  type RequestInput,
  type RequestOutput,
  typeOf,
} from './compute.ts';
import { type Found, requestFaults } from './faults.ts';
import { watched } from './impurity.ts';
import { madeUp, ROUNDS, type UsedSpecs } from './made-up.ts';
import type { RequestBody } from './request.ts';

const PURE = 'Use nothing but the input: no clock, no randomness, no state.';

const LOCAL =
  'Use nothing of the machine, whose time zone and language are others elsewhere: getUTCHours, or name the locale and the time zone.';

/** What a name has been so far: a column's type, or a list of so many numbers. Undefined: always null. */
type Shape = ColumnType | { readonly numbers: number } | undefined;

/**
 * Finds out what a request function gives by calling it with made-up inputs, with every feature empty and with none empty. It must
 * answer twice the same, and again the same after other inputs, with the same names each time and with one type for each
 * name; it must not ask the clock, chance or the machine's time zone and language, nor change its input.
 * @param usedSpecs the features of each asset it uses, by the name the function knows it under.
 */
export function probe(
  node: Node<RequestBody>,
  usedSpecs: UsedSpecs,
): { columns: readonly RequestColumn[]; problems: readonly Problem[] } {
  const compute = computeOf(node);
  const { problems, found } = requestFaults(node);
  const shapes = new Map<string, Shape>();
  const before: { readonly input: RequestInput; readonly output: RequestOutput }[] = [];
  for (let round = 0; round < ROUNDS && problems.length === 0; round++) {
    const input = madeUp(node.body.request, usedSpecs, round);
    const output = called(compute, input, found);
    if (output === undefined || problems.length > 0) break;
    take(output, shapes, round === 0, found);
    before.push({ input, output });
  }
  if (problems.length === 0)
    for (const { input, output } of before)
      if (!same(output, watched(() => compute(input)).value)) {
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
    const { value: output, used, local } = watched(() => compute(input));
    const { value: again } = watched(() => compute(input));
    if (output instanceof Promise) {
      // What becomes of it is nobody's business, nor may it end the process.
      for (const promise of [output, again as unknown as Promise<unknown>]) promise.catch(() => undefined);
      found('It gives a Promise.', 'Return { name: value, … } at once: it runs over history, row by row.');
    } else if (used.length > 0) found(`It uses ${used.join(' and ')}.`, PURE);
    else if (local.length > 0) found(`It uses ${local.join(' and ')}.`, LOCAL);
    else if (!same(output, again)) found('Called twice with the same input, it gives two answers.', PURE);
    else if (output === null || typeof output !== 'object' || Array.isArray(output))
      found('It does not give a record of values.', 'Return { name: value, … }.');
    else if (Object.keys(output).length === 0) found('It gives nothing.', 'Return { name: value, … }.');
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
