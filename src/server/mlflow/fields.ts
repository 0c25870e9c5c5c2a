import { DEEPEST, readJson } from './read-json.ts';
import { invalid, WireError } from './wire-error.ts';

const SEE = ' See the API docs for more information about request parameters.';

/**
 * What a request says, field by field. MLflow's clients send whole numbers as numbers or as texts, and NaN and the infinities as texts;
 * what is null or empty is not said. The words of a refusal are those that MLflow's own server has, for scripts that look at them.
 */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  /** Where these fields stand in the request: '' or 'metrics[3]'. */
  readonly #path: string;
  /** Of the request as it came, to say a number back as it was written. */
  readonly #source: string | undefined;

  constructor(values: Readonly<Record<string, unknown>>, path = '', source?: string) {
    this.#values = values;
    this.#path = path;
    this.#source = source;
  }

  has(name: string): boolean {
    const value = this.#value(name);
    return value !== undefined && value !== null;
  }

  /** A text; one of '' counts as said. Half a surrogate pair becomes a replacement character, as where it is kept: said again it is equal. */
  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw this.#wrong(name, value);
    return value.toWellFormed();
  }

  wantText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw this.missing(name);
    return value;
  }

  int(name: string): number | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null) return undefined;
    const number = typeof value === 'string' && /^[-+]?\d{1,20}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number)) throw this.#wrong(name, value);
    if (!Number.isSafeInteger(number))
      throw invalid(`${this.#said(name, value)}: It is beyond ±(2^53 - 1), the whole numbers kept here.`);
    return number;
  }

  /** A word, or the number that stands for it. */
  wordOrNumber(name: string): string | number | undefined {
    return typeof this.#value(name) === 'number' ? this.int(name) : this.text(name);
  }

  wantInt(name: string): number {
    const value = this.#value(name) === '' ? undefined : this.int(name);
    if (value === undefined) throw this.missing(name);
    return value;
  }

  wantDouble(name: string): number {
    const value = this.#value(name);
    if (value === undefined || value === null || value === '') throw this.missing(name);
    const number = typeof value === 'string' ? doubleOf(value) : value;
    if (typeof number !== 'number') throw this.#wrong(name, value);
    return number;
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (value === undefined || value === null) return false;
    if (typeof value === 'string' && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
    if (typeof value !== 'boolean') throw this.#wrong(name, value);
    return value;
  }

  /** Texts; in a query one of them stands alone. */
  texts(name: string, alone = false): string[] | undefined {
    const found = this.#value(name);
    if (found === undefined || found === null) return undefined;
    const value = alone && typeof found === 'string' ? [found] : found;
    if (!Array.isArray(value)) throw this.#wrong(name, value);
    if (!value.every((item) => typeof item === 'string')) throw this.#wrong(name, value);
    return value.map((item) => item.toWellFormed());
  }

  /** Objects in a list. */
  items(name: string): Fields[] {
    const value = this.#value(name);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value) || !value.every(isObject)) throw this.#wrong(name, value);
    return value.map((item, i) => new Fields(item, `${this.#at(name)}[${i}]`));
  }

  /** An object within. */
  inner(name: string): Fields | undefined {
    const value = this.#value(name);
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) throw this.#wrong(name, value);
    return new Fields(value, this.#at(name));
  }

  missing(name: string): WireError {
    return invalid(`Missing value for required parameter '${this.#at(name)}'.${SEE}`);
  }

  /** That a value is not taken, and why. */
  refuse(name: string, why: string, value = this.#value(name)): WireError {
    return invalid(`${this.#said(name, value)}: ${why}`);
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  #at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #said(name: string, value: unknown): string {
    const isWritten = this.#source !== undefined && typeof value === 'number';
    const written = isWritten ? writtenAs(this.#source, name) : undefined;
    const shown = written ?? pythonJson(value);
    const short = shown.length > 500 ? `${shown.slice(0, 500)}…` : shown;
    return `Invalid value ${short} for parameter '${this.#at(name)}' supplied`;
  }

  #wrong(name: string, value: unknown): WireError {
    return invalid(`${this.#said(name, value)}:  Hint: Value was of type '${typeOf(value)}'.${SEE}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number as a text, in the forms that JSON and protobuf know; undefined for anything else. */
function doubleOf(text: string): number | undefined {
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^\+?inf(?:inity)?$/i.test(text)) return Number.POSITIVE_INFINITY;
  return /^-inf(?:inity)?$/i.test(text) ? Number.NEGATIVE_INFINITY : undefined;
}

/** A number at the top of a request as it was written there: 9.0 stays 9.0. */
function writtenAs(source: string, name: string): string | undefined {
  let found: string | undefined;
  JSON.parse(source, function (this: unknown, key: string, value: unknown, context?: { source?: string }) {
    if (key === name && typeof value === 'number') found = context?.source;
    return value;
  });
  return found;
}

/** As Python's json has it with keys sorted and nothing between: what MLflow says back. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(',')}]`;
  if (isObject(value))
    return `{${Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${pythonJson(value[key])}`)
      .join(',')}}`;
  return JSON.stringify(value) ?? 'null';
}

/** What Python calls it. */
function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return (
    { string: 'str', boolean: 'bool', object: 'dict' }[typeof value as 'string' | 'boolean' | 'object'] ??
    'object'
  );
}

/** The fields of a request's body. Old clients wrote the JSON into a JSON text. */
export function bodyFields(body: unknown): Fields {
  if (body === undefined || body === null || body === '') return new Fields({});
  const parsed = (text: string): unknown => {
    const found = readJson(text);
    if (found !== undefined) return found;
    throw new WireError('BAD_REQUEST', `The body is not JSON, or it nests more than ${DEEPEST} deep.`);
  };
  const text = String(body);
  let value = parsed(text);
  if (typeof value === 'string') value = parsed(value);
  if (value === null) return new Fields({});
  if (!isObject(value)) throw new WireError('BAD_REQUEST', 'The body is not a JSON object.');
  return new Fields(value, '', text);
}
