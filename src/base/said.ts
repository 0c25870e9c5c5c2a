/** Of a value in a message. */
const MOST_CHARS = 100;

/** A value as a message says it: texts in quotes, what is made of others as JSON, cut off where it is long. */
export function said(value: unknown): string {
  if (typeof value === 'string') return `'${cut(value)}'`;
  if (typeof value === 'function') return 'a function';
  return cut(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

const cut = (text: string): string => (text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text);
