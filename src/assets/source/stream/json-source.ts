import { jsonTokens } from '../../../base/index.ts';

// The text of a value within a sound JSON text, as the engine would give it. JSON.parse will not do: it sorts members that look like
// numbers, and writes numbers its own way.

/** The value at these steps as text: of an object or array without white space; undefined when there is none. */
export function textAt(json: string, steps: readonly string[]): string | undefined {
  const tokens = jsonTokens(json);
  let at = 0;
  for (const step of steps) {
    const found = memberAt(tokens, at, step);
    if (found === undefined) return undefined;
    at = found;
  }
  return tokens.slice(at, endOf(tokens, at)).map(tokenText).join('');
}

/** Where the member or element begins. */
function memberAt(tokens: readonly string[], open: number, step: string): number | undefined {
  const isObject = tokens[open] === '{';
  if (!isObject && tokens[open] !== '[') return undefined;
  let n = 0;
  for (let at = open + 1; tokens[at] !== '}' && tokens[at] !== ']'; n++) {
    const value = isObject ? at + 2 : at;
    if (isObject ? JSON.parse(tokens[at] as string) === step : String(n) === step) return value;
    at = endOf(tokens, value);
    if (tokens[at] === ',') at++;
  }
  return undefined;
}

/** Where the value that begins here has ended. */
function endOf(tokens: readonly string[], from: number): number {
  let depth = 0;
  for (let at = from; ; at++) {
    const token = tokens[at];
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (depth === 0) return at + 1;
  }
}

function tokenText(token: string): string {
  if (token.startsWith('"')) return JSON.stringify(JSON.parse(token));
  return /^-?\d/.test(token) ? numberText(token) : token;
}

/** A number as the engine writes it: whole numbers as they are, others as the shortest text of their double. */
export function numberText(source: string): string {
  if (/^-?\d+$/.test(source)) return source === '-0' ? '0' : source;
  const double = Number(source);
  if (!Number.isFinite(double)) return source;
  const text = Object.is(double, -0) ? '-0' : String(double).replace('e+', 'e');
  return /[.e]/.test(text) ? text : `${text}.0`;
}
