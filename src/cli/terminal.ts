import colors from 'picocolors';
import { messageOf, type Problem } from '../base/index.ts';
import { cut, plain } from './plain-text.ts';

/** Where a verb writes: text for people and, with `--json`, one JSON document as the last line. The only place that prints. */
export interface Terminal {
  readonly json: boolean;
  /** Columns of what `line` writes to; 120 where it is no terminal. */
  readonly width: number;
  /** Whether `progress` is shown in place; otherwise it is for `aside` now and then. */
  readonly moving: boolean;
  /** For people: to standard output, or nowhere with `--json` or `--quiet`. */
  line(text?: string): void;
  /** Shown in place of the last one on a terminal, else nothing. */
  progress(text: string): void;
  /** A sign of life on standard error, which no program reads; nothing with `--quiet`. */
  aside(text: string): void;
  /** The result as JSON, only with `--json`. */
  result(value: unknown): void;
  problem(problem: Problem): void;
}

/** The process' own terminal. */
export function openTerminal(options: { json?: boolean; quiet?: boolean }): Terminal {
  const { json = false, quiet = false } = options;
  const silent = json || quiet;
  const moving = process.stderr.isTTY === true && !silent;
  let shown = false;
  const clear = (): void => {
    if (shown) process.stderr.write('\r\x1b[2K');
    shown = false;
  };
  forgiveClosedPipes();
  return {
    json,
    width: process.stdout.isTTY ? process.stdout.columns : 120,
    moving,
    line(text = '') {
      clear();
      if (!silent) process.stdout.write(`${text}\n`);
    },
    progress(text) {
      if (!moving) return;
      clear();
      process.stderr.write(cut(text, (process.stderr.columns ?? 80) - 1));
      shown = true;
    },
    aside(text) {
      clear();
      if (!quiet) process.stderr.write(`${text}\n`);
    },
    result(value) {
      clear();
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    problem({ place, asset, message, todo, code }) {
      clear();
      const where = place ? `${place.file}:${place.line}:${place.column} ` : '';
      // What an error quotes comes from files and programs of others.
      const said = plain(message, { lines: true });
      process.stderr.write(
        `${colors.red('✗')} ${colors.dim(plain(where))}${asset ? `${colors.bold(asset)}: ` : ''}${said}\n`,
      );
      process.stderr.write(`  ${plain(todo, { lines: true })} ${colors.dim(`[${code}]`)}\n`);
    },
  };
}

let forgiving = false;

/** In `millrace show | head -1` the reader leaves early: what is left to say is dropped, and the work goes on to its end. */
function forgiveClosedPipes(): void {
  if (forgiving) return;
  forgiving = true;
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      if (stream === process.stdout) process.stderr.write(`Cannot write: ${messageOf(error)}\n`);
      process.exitCode = 3;
    });
}
