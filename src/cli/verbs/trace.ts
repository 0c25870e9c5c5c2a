import colors from 'picocolors';
import { type Trace, tracePrediction } from '../../assets/index.ts';
import { formatInstant } from '../../base/index.ts';
import { DONE, PROBLEMS } from '../exit.ts';
import { openProject } from '../load-project.ts';
import type { VerbContext } from '../program.ts';
import { count, type Terminal, tabulate } from '../terminal.ts';

/** `millrace trace <id>`: exit code 1 when a feature computed again differs from what was served. */
export async function traceVerb({ projectFile, terminal }: VerbContext, id: string): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const trace = await tracePrediction(graph, workspace, id);
    tellTrace(trace, terminal);
    terminal.result(trace);
    return trace.features.every((feature) => feature.equal) ? DONE : PROBLEMS;
  } finally {
    await workspace.close();
  }
}

/** A trace in lines: the prediction, each feature served beside recomputed, rows, files. */
export function tellTrace(trace: Trace, terminal: Terminal, mostRows = 5): void {
  const { prediction, features, sourceRows, sourceRowCount, loads } = trace;
  const answer =
    prediction.decision === null
      ? `${prediction.output}`
      : `${prediction.output.toFixed(4)} → ${prediction.decision}`;
  terminal.line(`${colors.bold(prediction.id)}  ${answer}  as of ${formatInstant(prediction.asOf)}`);
  terminal.line(`  ${prediction.version} → ${trace.model} → ${trace.trainingSet}`);
  terminal.line(`  built from ${Object.values(trace.versions).join(', ')}`);
  terminal.line();
  const rows = features.map((f) => [
    `  ${f.asset}.${f.name}`,
    show(f.served),
    show(f.recomputed),
    f.equal ? 'equal' : colors.red('DIFFERENT'),
  ]);
  for (const line of tabulate([['  feature', 'served', 'recomputed', ''], ...rows], [1, 2]))
    terminal.line(line);
  terminal.line();
  terminal.line(
    `  ${count(sourceRowCount)} source rows from ${count(loads.length)} ${loads.length === 1 ? 'file' : 'files'}`,
  );
  for (const row of sourceRows.slice(0, mostRows)) {
    const values = Object.entries(row.values).map(([name, value]) => `${name}=${show(value)}`);
    terminal.line(
      colors.dim(
        `    ${row.dataset} row ${row.rowId}${row.load === null ? '' : ` load ${row.load}`}: ${values.join(' ')}`,
      ),
    );
  }
  if (sourceRowCount > mostRows) terminal.line(colors.dim('    …'));
  for (const load of loads.slice(-mostRows))
    terminal.line(
      colors.dim(
        `    load ${load.id}: ${load.path} (${count(load.rows)} rows, ${formatInstant(load.loadedAt)})`,
      ),
    );
}

const show = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'number' && !Number.isInteger(value)
      ? String(Number(value.toPrecision(10)))
      : String(value);
