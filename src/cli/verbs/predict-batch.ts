import {
  assertOut,
  type BatchOptions,
  type BatchResult,
  scoreBatch,
  writeBatch,
} from '../../assets/index.ts';
import { counted, formatInstant, MillraceError, parseInstant } from '../../base/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedVersion } from '../named-version.ts';
import { count, plain } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';
import { assertWritable } from '../write-out.ts';

export interface PredictBatchOptions {
  readonly batch: string;
  readonly to?: string;
  readonly asOf?: string;
  readonly id?: string;
  readonly out?: string;
}

/** Milliseconds. */
const SILENCE = 5_000;

/** `millrace predict <endpoint or model> --batch <table or file> [--to name] [--as-of when] [--id id] [--out file.parquet]` */
export async function predictBatch(
  { projectFile, terminal }: VerbContext,
  named: string,
  { batch: source, to, asOf, id, out }: PredictBatchOptions,
): Promise<number> {
  // What cannot be written is told before anything is scored.
  if (out !== undefined) assertWritable(assertOut(out, source));
  const { graph, workspace } = await openProject(projectFile);
  try {
    const { version } = namedVersion(graph, workspace, named);
    let told = performance.now();
    const result = await scoreBatch(graph, workspace, version, {
      source,
      ...(to === undefined ? {} : { to }),
      ...(asOf === undefined ? {} : { asOf: asOfOf(asOf) }),
      ...(id === undefined ? {} : { id }),
      progress(share, what) {
        const percent = Math.floor(100 * share);
        if (terminal.moving) terminal.progress(`${percent} %  ${plain(what)}`);
        // Now and then a sign of life where nothing is shown in place.
        else if (performance.now() - told > SILENCE) {
          told = performance.now();
          terminal.aside(`${percent} %  ${plain(what)}`);
        }
      },
    });
    if (out !== undefined) await writeBatch(workspace, result, out);
    for (const line of describe(result, out)) terminal.line(line);
    terminal.result({ ok: true, ...result, ...(out === undefined ? {} : { out }) });
    return DONE;
  } finally {
    await workspace.close();
  }
}

function describe({ id, rows, target, asOf, versions, again, resumed }: BatchResult, out?: string): string[] {
  const when = asOf === null ? 'each as of its own instant' : `as of ${formatInstant(asOf)}`;
  return [
    `${counted(rows, 'row')} in ${target} as batch ${id}, ${when}${again ? '; it was there already' : ''}`,
    `  by ${versions.join(', ')}`,
    ...(resumed > 0 ? [`  ${count(resumed)} of them had been scored before it was cut off`] : []),
    ...(out === undefined ? [] : [`  and in ${plain(out)}`]),
  ];
}

/** `now`, an instant, or else a column's name. */
function asOfOf(text: string): NonNullable<BatchOptions['asOf']> {
  if (text === 'now') return 'now';
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return { column: text };
  const at = parseInstant(text);
  if (at !== undefined) return { at };
  throw new MillraceError({
    code: 'MILL_CLI_USAGE',
    message: `--as-of '${text.slice(0, 60)}' is neither now, nor a column, nor a day or an instant in UTC (2026-01-31T12:00:00Z).`,
    todo: '`millrace help predict` has an example.',
    owner: 'project',
  });
}
