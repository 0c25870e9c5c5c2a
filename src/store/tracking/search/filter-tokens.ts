import { invalid } from '../tracking-problem.ts';

/** A piece of a filter: a name in its parts, a value, a sign, or a word that is neither. */
export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly parts: readonly string[] }
  | { readonly kind: 'string'; readonly text: string; readonly value: string; readonly double: boolean }
  | { readonly kind: 'number'; readonly text: string; readonly value: number }
  | { readonly kind: 'sign'; readonly text: string };

/** Longest filter that is read, in characters: room for some thousand ids in an `IN`. */
const LONGEST = 200_000;

const SPACE = /\s+/y;
// A part of a name stands bare or in quotes; the first bare one begins with a letter.
const NAME =
  /(?:[\p{L}_][\p{L}\p{N}_$#@]*|`[^`]*`|"[^"]*"(?=\s*\.))(?:\s*\.\s*(?:[\p{L}\p{N}_$#@]+|`[^`]*`|"[^"]*"|'[^']*'))*/uy;
const STRING = /'(?:[^']|'')*'|"(?:[^"]|"")*"/y;
const NUMBER = /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\p{L}\p{N}_.])/uy;
const SIGN = /[=!<>]+|[(),]/y;
const PART = /[\p{L}\p{N}_$#@]+|`[^`]*`|"[^"]*"|'[^']*'/gu;

/** A filter in pieces. @throws MILL_TRACKING_INVALID where a piece is none of the grammar's */
export function tokensOf(filter: string): Token[] {
  if (filter.length > LONGEST)
    throw invalid(`Invalid filter: it has ${filter.length} characters, at most ${LONGEST} are read.`);
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(filter)?.[0];
    if (text !== undefined) at += text.length;
    return text;
  };
  while (at < filter.length) {
    if (take(SPACE) !== undefined) continue;
    let text = take(NUMBER);
    if (text !== undefined) {
      tokens.push({ kind: 'number', text, value: Number(text) });
      continue;
    }
    text = take(NAME);
    if (text !== undefined) {
      tokens.push({ kind: 'name', text, parts: partsOf(text) });
      continue;
    }
    text = take(STRING);
    if (text !== undefined) {
      const quote = text.charAt(0);
      const value = text.slice(1, -1).replaceAll(quote + quote, quote);
      tokens.push({ kind: 'string', text, value, double: quote === '"' });
      continue;
    }
    text = take(SIGN);
    if (text === undefined)
      throw invalid(`Invalid clause(s) in filter string: '${filter.slice(at, at + 60)}'`);
    tokens.push({ kind: 'sign', text });
  }
  return tokens;
}

/** Of `tags.mlflow.user` the first part and the rest, as MLflow parts it. */
function partsOf(name: string): string[] {
  const [first = '', ...rest] = (name.match(PART) ?? []).map((part) => part);
  if (rest.length === 0) return [bare(first)];
  return [bare(first), rest.length === 1 ? bare(rest[0] as string) : rest.join('.')];
}

const bare = (part: string): string => (/^[`"']/.test(part) ? part.slice(1, -1) : part);
