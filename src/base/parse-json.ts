const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The tokens of a sound JSON text. */
export const jsonTokens = (text: string): readonly string[] => text.match(TOKEN) ?? [];

/**
 * `JSON.parse`, whatever was parsed before. V8 takes a member's name for one that it expects there if that begins like the name does in the
 * text, escapes and all (nodejs/node#63785): after `{"h":0,"gr\\u0":0}` it reads `{"h":0,"gr\u00f6\u00dfe":0}` as having a member `gr\u0`, so that who may
 * post one row could have the rows of others misread. Texts with such names are put together here.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return hasEscapedName(text) ? jsonTree(text) : value;
}

/** Whether some member's name has an escape in it. */
export function hasEscapedName(text: string): boolean {
  if (!text.includes('\\')) return false;
  const tokens = jsonTokens(text);
  return tokens.some((token, at) => tokens[at + 1] === ':' && token.includes('\\'));
}

/** An object or list that is not closed yet. */
interface Open {
  readonly names: string[] | undefined;
  readonly values: unknown[];
}

/** What a sound JSON text says, its numbers made by `number` of their text. Not by calling itself: texts may be deep. */
export function jsonTree(text: string, number: (source: string) => unknown = Number): unknown {
  const tokens = jsonTokens(text);
  const open: Open[] = [];
  let whole: unknown;
  for (const [at, token] of tokens.entries()) {
    const around = open.at(-1);
    let value: unknown;
    if (token === ',' || token === ':') continue;
    if (token === '{' || token === '[') {
      open.push({ names: token === '{' ? [] : undefined, values: [] });
      continue;
    }
    if (token.startsWith('"')) {
      value = JSON.parse(token);
      if (tokens[at + 1] === ':') {
        around?.names?.push(value as string);
        continue;
      }
    } else if (token === '}' || token === ']') {
      const { names, values } = open.pop() as Open;
      value = names === undefined ? values : Object.fromEntries(names.map((name, i) => [name, values[i]]));
    } else value = /^[tfn]/.test(token) ? JSON.parse(token) : number(token);
    const outer = open.at(-1);
    if (outer === undefined) whole = value;
    else outer.values.push(value);
  }
  return whole;
}
