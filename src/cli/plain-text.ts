import { stripVTControlCharacters } from 'node:util';

/**
 * A text from data, a file name or an error as one that a terminal only shows: control characters, which could move the cursor, recolour
 * or rename the window, are written out. Line breaks and tabs stay where `lines` says so.
 */
export function plain(text: string, { lines = false }: { lines?: boolean } = {}): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about; with C1, and marks that turn the direction of text.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => {
    if (lines && (c === '\n' || c === '\t')) return c;
    if (c === '\n') return '\\n';
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Text columns side by side; numbers to the right. Cells may be coloured. */
export function tabulate(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const space = ' '.repeat((widths[i] as number) - widthOf(cell));
        return right.includes(i) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

const widthOf = (cell: string): number => [...stripVTControlCharacters(cell)].length;

/** A text without colours cut to a width, with `…` for the rest. */
export function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

export const count = (n: number): string => n.toLocaleString('en');

export const bytes = (n: number): string =>
  n < 1e3
    ? `${n} B`
    : n < 1e6
      ? `${(n / 1e3).toFixed(1)} kB`
      : n < 1e9
        ? `${(n / 1e6).toFixed(1)} MB`
        : `${(n / 1e9).toFixed(1)} GB`;
