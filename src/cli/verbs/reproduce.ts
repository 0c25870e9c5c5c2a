import colors from 'picocolors';
import { type Reproduced, reproduceModel } from '../../assets/index.ts';
import { counted } from '../../base/index.ts';
import { DONE, PROBLEMS } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedVersion } from '../named-version.ts';
import { count, plain, tabulate } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace reproduce <version>`: made again from what is on record, and held against it. Publishes nothing. */
export async function reproduceVerb({ projectFile, terminal }: VerbContext, named: string): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const { version } = namedVersion(graph, workspace, named);
    const made = await reproduceModel(workspace, graph, version, (share, what) =>
      terminal.progress(`${Math.round(100 * share)} %  ${plain(what)}`),
    );
    for (const line of reproducedText(made)) terminal.line(line);
    terminal.result({ ok: made.same, ...made });
    return made.same ? DONE : PROBLEMS;
  } finally {
    await workspace.close();
  }
}

/** What came out, line by line. */
export function reproducedText({
  version,
  same,
  rows,
  figures,
  threshold,
  predictions,
  file,
  reasons,
}: Reproduced): string[] {
  const mark = (fine: boolean): string => (fine ? colors.green('✓') : colors.red('✗'));
  const other = Object.entries({ ...figures, threshold }).filter(([, figure]) => !figure.same);
  // Only what decides between yes and no has one.
  const decides = threshold.was !== null || threshold.is !== null;
  const lines = [
    [
      `  ${mark(rows.same)} rows`,
      `${counted(rows.rows, 'row')} of ${rows.trainingSet}, ${rows.same ? 'the same' : 'not the same'}`,
    ],
    [
      `  ${mark(other.length === 0)} figures`,
      other.length === 0
        ? `${counted(Object.keys(figures).length, 'figure')}${decides ? ' and the threshold' : ''}, equal`
        : other.map(([name, { was, is }]) => `${name} was ${was}, is ${is}`).join('; '),
    ],
    [
      `  ${mark(predictions.same)} predictions`,
      predictions.same
        ? `${count(predictions.rows)} equal to the bit`
        : `${count(predictions.equal)} of ${count(predictions.rows)} equal, the furthest ${predictions.furthest.toPrecision(3)} apart`,
    ],
    [
      `  ${mark(file.same)} file`,
      file.same ? 'the same bytes' : `${file.was.slice(0, 12)}… was, ${file.is.slice(0, 12)}… is`,
    ],
  ];
  return [
    `${colors.bold(version)}  ${same ? 'comes out the same' : colors.red('does not come out the same')}`,
    ...tabulate(lines),
    ...reasons.map((reason) => `  ${plain(reason)}`),
  ];
}
