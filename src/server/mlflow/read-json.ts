/** Deepest that lists and objects may stand within each other. Deeper ones overflow the stack of what looks at them, JSON.stringify too. */
export const DEEPEST = 100;

/** What a JSON text says; undefined when it is none, or nests deeper than that. */
export function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** The list that a tag holds as JSON. Anybody may write anything there: none where it is no list. */
export function listIn(text = ''): readonly unknown[] {
  const value = readJson(text);
  return Array.isArray(value) ? value : [];
}

/** By what stands at each depth, not by calling itself. */
function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= DEEPEST; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
