import colors from 'picocolors';
import type { Problem } from '../base/index.ts';

/** Where a verb writes: text for people and, with `--json`, one JSON document as the last line. The only place that prints. */
export interface Terminal {
  readonly json: boolean;
  /** For people: to standard output, or nowhere with `--json` or `--quiet`. */
  line(text?: string): void;
  /** Shown in place of the last one on a terminal, else nothing. */
  progress(text: string): void;
  /** The result as JSON, only with `--json`. */
  result(value: unknown): void;
  problem(problem: Problem): void;
}

/** The process' own terminal. */
export function openTerminal(options: { json?: boolean; quiet?: boolean }): Terminal {
  const { json = false, quiet = false } = options;
  const silent = json || quiet;
  const live = process.stderr.isTTY === true && !silent;
  let shown = false;
  const clear = (): void => {
    if (shown) process.stderr.write('\r\x1b[2K');
    shown = false;
  };
  return {
    json,
    line(text = '') {
      clear();
      if (!silent) process.stdout.write(`${text}\n`);
    },
    progress(text) {
      if (!live) return;
      clear();
      process.stderr.write(text.slice(0, (process.stderr.columns ?? 80) - 1));
      shown = true;
    },
    result(value) {
      clear();
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    problem({ place, asset, message, todo, code }) {
      clear();
      const where = place ? `${place.file}:${place.line}:${place.column} ` : '';
      process.stderr.write(
        `${colors.red('✗')} ${colors.dim(where)}${asset ? `${colors.bold(asset)}: ` : ''}${message}\n`,
      );
      process.stderr.write(`  ${todo} ${colors.dim(`[${code}]`)}\n`);
    },
  };
}

/** Text columns side by side; numbers to the right. */
export function tabulate(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, i) =>
        right.includes(i) ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number),
      )
      .join('  ')
      .trimEnd(),
  );
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
