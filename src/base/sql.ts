/** A name as a quoted SQL identifier; any text is safe. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A value as a SQL string literal; any text without NUL is safe (NUL ends a literal in some engines, so it is refused). */
export function quoteText(text: string): string {
  if (text.includes('\0')) throw new TypeError('a SQL literal cannot hold a NUL character');
  return `'${text.replaceAll("'", "''")}'`;
}
