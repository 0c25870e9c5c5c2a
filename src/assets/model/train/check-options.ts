import { MillraceError, nearest, said, withArticle } from '../../../base/index.ts';
import type { InputColumn, InputShape } from './trainer.port.ts';

// Types are not there when a project runs: an option may be anything.

/**
 * A trainer's parameter that is a number, checked.
 * @throws MILL_TRAIN_OPTION_INVALID
 */
export function checkOption(
  name: string,
  value: number,
  wanted: { readonly least: number; readonly most: number; readonly whole?: true; readonly above?: true },
): number {
  const { least, most, whole, above } = wanted;
  const fits = typeof value === 'number' && value >= least && value <= most && !(above && value === least);
  if (fits && (!whole || Number.isInteger(value))) return value;
  return failOption(
    `'${name}' is ${said(value)}; wanted a ${whole ? 'whole ' : ''}number ${above ? 'above' : 'from'} ${least} ${above ? 'and at most' : 'to'} ${most}.`,
  );
}

/**
 * A trainer's parameter that is one of some words, checked.
 * @throws MILL_TRAIN_OPTION_INVALID
 */
export function checkChoice<const Choice extends string>(
  name: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const near = typeof value === 'string' ? nearest(value, choices) : undefined;
  return failOption(
    `'${name}' is ${said(value)}; wanted ${choices.map((choice) => `'${choice}'`).join(' or ')}.`,
    ...(near === undefined ? [] : [`Did you mean '${near}'?`]),
  );
}

/**
 * What a trainer's parameter says by name, name by name. `wanted`: what it should be, in words.
 * @throws MILL_TRAIN_OPTION_INVALID when it is no object
 */
export function entriesOf<Value>(
  name: string,
  value: Readonly<Record<string, Value>>,
  wanted: string,
): [name: string, value: Value][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  return failOption(`'${name}' is ${said(value)}; wanted ${wanted}.`);
}

/**
 * Throws when there is an option that no trainer of this sort has.
 * @throws MILL_TRAIN_OPTION_INVALID
 */
export function checkOptionNames(options: object, names: readonly string[]): void {
  const [unknown] = unknownOptions(options, names);
  if (unknown !== undefined) failOption(unknown.message, unknown.todo);
}

/** What is said of each option that is none of `names`. `of`: whose options these are. */
export function unknownOptions(
  options: object,
  names: readonly string[],
  of = 'The trainer',
): { readonly message: string; readonly todo: string }[] {
  const unknown = Object.keys(options).filter((name) => !names.includes(name));
  return unknown.map((name) => {
    const near = nearest(name, names);
    return {
      message: `${of} has no option '${name}'${near ? ` (there is '${near}')` : ''}.`,
      todo: `Use ${names.join(', ')}.`,
    };
  });
}

/** @throws MILL_TRAIN_OPTION_INVALID always */
export function failOption(message: string, todo = 'Change the option of the trainer.'): never {
  throw new MillraceError({ code: 'MILL_TRAIN_OPTION_INVALID', message, todo, owner: 'project' });
}

/**
 * The inputs that an option names must be there, and of the kind that it wants.
 * @throws MILL_TRAIN_OPTION_INVALID
 */
export function checkNamed(
  option: string,
  named: readonly string[],
  columns: readonly InputShape[],
  type?: InputColumn['type'],
): void {
  for (const name of named) {
    const column = columns.find((one) => one.name === name);
    if (column !== undefined && (type === undefined || column.type === type)) continue;
    const others = columns.filter((one) => type === undefined || one.type === type);
    const near = nearest(
      name,
      others.map((one) => one.name),
    );
    failOption(
      column === undefined
        ? `'${option}' names '${name}', which is not among the ${columns.length} inputs${near ? ` (there is '${near}')` : ''}.`
        : `'${option}' names '${name}', which is ${withArticle(column.type)}; wanted ${withArticle(type as string)}.`,
      'Name an input of the model.',
    );
  }
}
