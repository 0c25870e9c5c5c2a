import colors from 'picocolors';
import { type Trace, tracePrediction } from '../../assets/index.ts';
import { counted, formatInstant } from '../../base/index.ts';
import { DONE, PROBLEMS } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { maskTrace } from '../masked.ts';
import { count, cut, plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace trace <id>`: exit code 1 when a feature computed again differs from what was served. */
export async function traceVerb({ projectFile, terminal }: VerbContext, id: string): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const trace = maskTrace(graph, await tracePrediction(graph, workspace, id));
    tellTrace(trace, terminal, { rows: 20, width: Number.POSITIVE_INFINITY });
    terminal.result(trace);
    return trace.features.every((feature) => feature.equal) ? DONE : PROBLEMS;
  } finally {
    await workspace.close();
  }
}

/** A trace in lines: the prediction, each feature served beside recomputed, then at most so many rows and files, cut to the width. */
export function tellTrace(
  trace: Trace,
  terminal: Terminal,
  { rows: most, width }: { readonly rows: number; readonly width: number },
): void {
  const { prediction, features, sourceRows, sourceRowCount } = trace;
  const loads = trace.loads.toSorted((a, b) => a.loadedAt - b.loadedAt || a.id - b.id);
  const dim = (text: string): void => terminal.line(colors.dim(cut(text, width)));
  terminal.line(
    `${colors.bold(prediction.id)}  ${answerOf(prediction)}  as of ${formatInstant(prediction.asOf)}`,
  );
  terminal.line(`  ${prediction.version} → ${trace.model} → ${trace.trainingSet}`);
  dim(`  behind it: ${Object.values(trace.versions).join(', ')}`);
  terminal.line();
  // A list can be longer than the line: both columns, the name and the verdict have to stand in it.
  const cell = Math.max(12, Math.floor((width - 40) / 2));
  const rows = features.map((f) => [
    `  ${f.asset}.${plain(f.name)}`,
    cut(show(f.served), cell),
    cut(show(f.recomputed), cell),
    f.equal ? 'equal' : colors.red(f.cause === null ? 'DIFFERENT' : `DIFFERENT: ${f.cause}`),
  ]);
  for (const line of tabulate([['  feature', 'served', 'recomputed', ''], ...rows], [1, 2]))
    terminal.line(line);
  for (const why of new Set(features.flatMap((f) => f.why ?? []))) terminal.line(`  ${plain(why)}`);
  terminal.line();
  terminal.line(`  ${counted(sourceRowCount, 'source row')} from ${counted(loads.length, 'file')}`);
  for (const row of sourceRows.slice(0, most)) {
    const values = Object.entries(row.values).map(([name, value]) => `${plain(name)}=${show(value)}`);
    const load = row.load === null ? '' : ` load ${row.load}`;
    const { position } = row;
    const which =
      position === null
        ? `row ${row.rowId}${load}`
        : `record ${position.index} of ${plain(position.stream)} in the log`;
    dim(`    ${row.dataset} ${which}: ${values.join(' ')}`);
  }
  if (sourceRowCount > most)
    dim(`    … and ${count(sourceRowCount - Math.min(most, sourceRows.length))} more`);
  if (loads.length > most) dim(`    the newest ${most} of ${count(loads.length)} files:`);
  for (const load of loads.slice(-most))
    dim(
      `    load ${load.id}: ${plain(load.path)} (${counted(load.rows, 'row')}, ${formatInstant(load.loadedAt)})`,
    );
}

/** What was answered, in a few words; of a list the first, which the rest of a trace is about. */
function answerOf({ output, classes, decision, ranked }: Trace['prediction']): string {
  const [first] = ranked ?? [];
  if (first !== undefined) return `${plain(first.item)}, first of ${ranked?.length}: ${show(first.score)}`;
  return classes === null ? show(output) : `${output.toFixed(4)} → ${decision}`;
}

const show = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'number' && !Number.isInteger(value)
      ? String(Number(value.toPrecision(10)))
      : plain(String(value));
