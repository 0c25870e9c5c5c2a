// JSON as it was written: a number that a float cannot hold keeps its digits, so that 2^53 + 1 is not silently another.

/** What ES2025's JSON has and our library's types may not know yet. */
const exact = JSON as unknown as {
  parse(
    text: string,
    revive: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};

/** @throws SyntaxError */
export function parseExact(text: string): unknown {
  return exact.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && source !== String(value)
      ? exact.rawJSON(source)
      : value,
  );
}

/** Whether a value is a number kept with all its digits. */
export function isExact(value: unknown): value is { readonly rawJSON: string } {
  return exact.isRawJSON(value);
}

/** The value at a JSON pointer (RFC 6901); undefined when there is none. Own members only. */
export function at(value: unknown, pointer: string): unknown {
  if (pointer === '') return value;
  let here = value;
  for (const step of pointer.slice(1).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, name)) return undefined;
    here = (here as Record<string, unknown>)[name];
  }
  return here;
}
