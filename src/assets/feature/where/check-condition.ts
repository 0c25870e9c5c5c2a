import { type ColumnType, nearest } from '../../../base/index.ts';
import { DEEPEST, LONGEST_TEXT, MOST_PARTS, MOST_VALUES } from './condition.ts';
import { sortOf } from './fitting.ts';

/** What is wrong with a condition, and one thing to do. */
export interface Fault {
  readonly message: string;
  readonly todo: string;
}

interface NamedColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Microseconds of the last instant that a Date can be; the first is as far before the epoch. */
const LAST_INSTANT = 8_640_000_000_000_000 * 1000;

const equality = ['is', 'isNot'];
const ordered = ['above', 'atLeast', 'below', 'atMost'];
const inText = ['startsWith', 'contains'];
const presence = ['isMissing', 'isThere'];
const joins = ['and', 'or'];

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * What is wrong with a condition on rows of these columns. Takes anything, so that what came through JSON can be held against it;
 * a condition without faults compiles.
 */
export function checkCondition(spec: unknown, columns: readonly NamedColumn[]): Fault[] {
  const size = sizeFaults(spec);
  if (size.length > 0) return size;
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  return partFaults(spec, types);
}

/** Whether a condition is too deep or of too many parts; looks no deeper than is allowed. */
export function sizeFaults(spec: unknown): Fault[] {
  let parts = 0;
  let tooDeep = false;
  const walk = (part: unknown, depth: number): void => {
    parts++;
    if (depth > DEEPEST) tooDeep = true;
    if (tooDeep || parts > MOST_PARTS || !isPlain(part)) return;
    if (part['test'] === 'not') walk(part['of'], depth + 1);
    if (joins.includes(part['test'] as string) && Array.isArray(part['of']))
      for (const inner of part['of']) {
        walk(inner, depth + 1);
        if (tooDeep || parts > MOST_PARTS) return;
      }
  };
  walk(spec, 1);
  if (tooDeep)
    return [
      {
        message: `A condition is nested more than ${DEEPEST} deep.`,
        todo: 'Say the same with less nesting.',
      },
    ];
  if (parts > MOST_PARTS)
    return [
      {
        message: `A condition has more than ${MOST_PARTS.toLocaleString('en')} parts.`,
        todo: 'Use oneOf for many values of one column, or compute a column in a table.',
      },
    ];
  return [];
}

function partFaults(part: unknown, types: ReadonlyMap<string, ColumnType>): Fault[] {
  if (!isPlain(part)) return malformed(part);
  const { test, of } = part;
  const fields = Object.keys(part).sort().join();
  if (test === 'not') return fields === 'of,test' ? partFaults(of, types) : malformed(part);
  if (joins.includes(test as string))
    return fields === 'of,test' && Array.isArray(of) && of.length > 0
      ? of.flatMap((inner) => partFaults(inner, types))
      : malformed(part);
  const wanted = fieldsOf(test);
  if (wanted === undefined || fields !== wanted || typeof part['column'] !== 'string') return malformed(part);
  const column = part['column'];
  const type = types.get(column);
  return type === undefined
    ? [unknownColumn(column, types)]
    : testFaults(part, test as string, column, type, types);
}

/** The fields that the plain form of a test has, sorted. */
function fieldsOf(test: unknown): string | undefined {
  if (typeof test !== 'string') return undefined;
  if (equality.includes(test) || ordered.includes(test)) return 'column,test,to';
  if (inText.includes(test)) return 'column,test,text';
  if (presence.includes(test)) return 'column,test';
  if (test === 'between') return 'column,from,test,to';
  return test === 'oneOf' ? 'column,test,values' : undefined;
}

function testFaults(
  part: Plain,
  test: string,
  column: string,
  type: ColumnType,
  types: ReadonlyMap<string, ColumnType>,
): Fault[] {
  const { to, from, values, text } = part;
  if ((ordered.includes(test) || test === 'between') && !hasOrder(type))
    return [
      {
        message: `'${column}' is of type ${type}, and ${test} is for numbers and timestamps.`,
        todo: 'Use is, isNot or oneOf.',
      },
    ];
  if (inText.includes(test)) {
    if (type !== 'string')
      return [
        { message: `'${column}' is of type ${type}, and ${test} is for text.`, todo: 'Compare its value.' },
      ];
    return typeof text === 'string' ? textFaults(column, text) : literalFaults(column, type, text);
  }
  if (presence.includes(test)) return [];
  if (test === 'oneOf') {
    if (!Array.isArray(values) || values.length === 0 || values.length > MOST_VALUES)
      return [
        {
          message: `oneOf of '${column}' wants 1 to ${MOST_VALUES.toLocaleString('en')} values, and has ${Array.isArray(values) ? values.length.toLocaleString('en') : 'none'}.`,
          todo: 'Give as many, or join a table of them.',
        },
      ];
    return values.flatMap((value) => literalFaults(column, type, value)).slice(0, 1);
  }
  if (test === 'between') {
    const faults = [...literalFaults(column, type, from), ...literalFaults(column, type, to)];
    if (faults.length > 0 || numberOf(from) <= numberOf(to)) return faults;
    return [
      {
        message: `between of '${column}' begins after its end and takes no row.`,
        todo: 'Give the smaller value first.',
      },
    ];
  }
  if (!isPlain(to) || !('column' in to)) return literalFaults(column, type, to);
  const other = to['column'];
  if (typeof other !== 'string' || Object.keys(to).length > 1) return malformed(part);
  const otherType = types.get(other);
  if (otherType === undefined) return [unknownColumn(other, types)];
  if (sortOf(otherType) === sortOf(type)) return [];
  return [
    {
      message: `'${column}' is of type ${type} and '${other}' of type ${otherType}: they do not compare.`,
      todo: 'Compare columns of one type.',
    },
  ];
}

const hasOrder = (type: ColumnType): boolean => type !== 'string' && type !== 'boolean';
const numberOf = (value: unknown): number =>
  isPlain(value) ? (value['micros'] as number) : (value as number);

function literalFaults(column: string, type: ColumnType, value: unknown): Fault[] {
  const refused = (todo: string): Fault[] => [
    { message: `'${column}' is of type ${type}, and is compared with ${shown(value)}.`, todo },
  ];
  if (value === null || value === undefined) return refused('Use isMissing() or isThere().');
  switch (type) {
    case 'string':
      return typeof value === 'string' ? textFaults(column, value) : refused('Give a text.');
    case 'boolean':
      return typeof value === 'boolean' ? [] : refused('Give true or false.');
    case 'double':
    case 'integer':
      return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)
        ? []
        : refused('Give a finite number.');
    case 'timestamp': {
      const micros = isPlain(value) && Object.keys(value).join() === 'micros' ? value['micros'] : undefined;
      return Number.isInteger(micros) && !Object.is(micros, -0) && Math.abs(micros as number) <= LAST_INSTANT
        ? []
        : refused('Give a valid Date.');
    }
  }
}

function textFaults(column: string, text: string): Fault[] {
  const fault = (what: string): Fault[] => [
    {
      message: `'${column}' is compared with a text that ${what}.`,
      todo: 'Give a text that a row can hold.',
    },
  ];
  if (text.length > LONGEST_TEXT)
    return fault(`has more than ${LONGEST_TEXT.toLocaleString('en')} characters`);
  if (text.includes('\0')) return fault('holds a NUL character');
  return text.isWellFormed() ? [] : fault('holds half of a surrogate pair');
}

function unknownColumn(column: string, types: ReadonlyMap<string, ColumnType>): Fault {
  const near = nearest(column, types.keys());
  return {
    message: `A condition reads '${column}', which is no column${near === undefined ? '' : `; the nearest is '${near}'`}.`,
    todo: near === undefined ? 'Name a column of the dataset.' : `Did you mean '${near}'?`,
  };
}

function malformed(part: unknown): Fault[] {
  return [
    { message: `${shown(part)} is no condition.`, todo: 'Make conditions from `row`: row.country.is(…).' },
  ];
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (isPlain(value) && typeof value['micros'] === 'number')
    return Number.isNaN(value['micros']) ? 'an invalid Date' : 'a Date';
  if (isPlain(value) && typeof value['test'] === 'string') return `'${value['test'].slice(0, 40)}'`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
