import { jsonTree, parseJson } from '../../../base/index.ts';
import type { ContractSpec } from '../../contract/index.ts';
import { pointerTo, refusesNull, stepsOf, valueAt } from '../../contract/index.ts';
import { numberText, textAt } from './json-source.ts';

/** A posted row: what it is judged as, and the line that is kept of it and loaded later. Both say the same. */
export interface PostedRow {
  /** Cells by the names of their columns. Undefined for what is no JSON object; the line is then a JSON text of what came. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly line: string;
  /** Whether it is JSON at all, by RFC 8259. */
  readonly valid: boolean;
}

/** How deep values may lie in each other. Deeper is no row; readers would need a stack for it. */
const DEEPEST = 100;
const SURROGATE = /\\u[dD][89a-fA-F]/;
const LINE_END = /[\r\n]/g;

/**
 * Reads posted rows for one contract. Stricter than a file of JSON lines in what it takes for an object, so that it means the same to
 * every reader (RFC 7493): each member once, no half of a surrogate pair, at most 100 levels deep.
 */
export function rowReader(contract: ContractSpec): (raw: string) => PostedRow {
  return contract.columns.some(({ at }) => at !== undefined) ? nestedReader(contract) : flatReader(contract);
}

/**
 * Where values lie within each other one may be part of another, so the line stays as it came, and what it says is told as the engine
 * will tell it.
 */
function nestedReader({ columns }: ContractSpec): (raw: string) => PostedRow {
  const places = columns.map((column) => ({ ...column, steps: stepsOf(pointerTo(column)) }));
  return (raw) => {
    const read = objectIn(raw, true);
    if ('line' in read) return read;
    const { value, text } = read;
    const cells = places.map(({ name, type, steps }) => {
      const cell = valueAt(value, steps);
      const odd =
        type === 'string'
          ? typeof cell !== 'string' && cell !== null && cell !== undefined
          : type === 'boolean' && typeof cell === 'number';
      return [name, odd ? textAt(text, steps) : (cell ?? null)] as const;
    });
    return { value: Object.fromEntries(cells), line: text, valid: true };
  };
}

function flatReader(contract: ContractSpec): (raw: string) => PostedRow {
  const texts = contract.columns.filter(({ type }) => type === 'string').map(({ name }) => name);
  const flags = contract.columns.filter(({ type }) => type === 'boolean').map(({ name }) => name);
  const wanted = contract.columns.filter((column) => refusesNull(contract, column)).map(({ name }) => name);
  const asText = new Set([...texts, ...flags]);
  const isOdd = (row: Readonly<Record<string, unknown>>): boolean =>
    texts.some((name) => {
      const cell = Object.hasOwn(row, name) ? row[name] : null;
      return typeof cell !== 'string' && cell !== null;
    }) || flags.some((name) => Object.hasOwn(row, name) && (row[name] === 0 || row[name] === 1));

  return (raw) => {
    const read = objectIn(raw, false);
    if ('line' in read) return read;
    let { value, text: line } = read;
    if (isOdd(value)) {
      line = withTexts(line, asText);
      value = parseJson(line) as Readonly<Record<string, unknown>>;
    }
    // What is not there is null. Said so, because a column that no row has is taken for one that was renamed.
    const row = value;
    const absent = wanted.filter((name) => !Object.hasOwn(row, name));
    if (absent.length > 0) {
      const nulls = absent.map((name) => `${JSON.stringify(name)}:null`).join(',');
      line = Object.keys(row).length === 0 ? `{${nulls}}` : `{${nulls},${line.slice(1)}`;
    }
    return { value: row, line, valid: true };
  };
}

/** A posted text as one line and the object it is, or as what is no row. */
function objectIn(
  raw: string,
  deep: boolean,
): PostedRow | { readonly value: Readonly<Record<string, unknown>>; readonly text: string } {
  let value: unknown;
  try {
    value = parseJson(raw);
  } catch {
    return { value: undefined, line: JSON.stringify(raw), valid: false };
  }
  const trimmed = raw.trim();
  const text = /[\r\n]/.test(trimmed) ? trimmed.replace(LINE_END, ' ') : trimmed;
  if (!isObject(value) || !isPlain(text, value, deep))
    return { value: undefined, line: JSON.stringify(raw), valid: true };
  return { value, text };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether every reader of JSON sees the same in it: in its own members, or in those of all objects within it, too. */
function isPlain(line: string, value: Readonly<Record<string, unknown>>, deep: boolean): boolean {
  const members = membersOf(line, deep);
  if (members === undefined || members !== (deep ? membersIn(value) : Object.keys(value).length))
    return false;
  return !SURROGATE.test(line) || isWellFormed(value);
}

function membersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, inner) => sum + membersIn(inner), own);
}

/**
 * How many members the outermost object of a sound JSON text has, or all objects in it, names that stand twice counted twice; undefined
 * when it is too deep.
 */
function membersOf(line: string, deep: boolean): number | undefined {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < line.length; i++) {
    switch (line.charCodeAt(i)) {
      case 0x22: // "
        for (i++; line.charCodeAt(i) !== 0x22; i++) if (line.charCodeAt(i) === 0x5c) i++;
        break;
      case 0x3a: // :
        if (deep || depth === 1) members++;
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > DEEPEST) return undefined;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
    }
  }
  return members;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, inner]) => name.isWellFormed() && isWellFormed(inner));
}

/** A number as it was written. */
class Written {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** The same object with cells of these columns as texts: as the loader would read them from a line of JSON. */
function withTexts(line: string, columns: ReadonlySet<string>): string {
  const row = jsonTree(line, (source) => new Written(source)) as object;
  const members = Object.entries(row).map(([name, cell]) => {
    const text = columns.has(name) && cell !== null && typeof cell !== 'string';
    return `${JSON.stringify(name)}:${text ? JSON.stringify(jsonText(cell, numberText)) : jsonText(cell, (source) => source)}`;
  });
  return `{${members.join(',')}}`;
}

function jsonText(value: unknown, number: (source: string) => string): string {
  if (value instanceof Written) return number(value.source);
  if (Array.isArray(value)) return `[${value.map((one) => jsonText(one, number)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, inner]) => `${JSON.stringify(name)}:${jsonText(inner, number)}`,
  );
  return `{${members.join(',')}}`;
}
