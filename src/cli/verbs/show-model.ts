import colors from 'picocolors';
import { FIGURES, leadingOf, type ModelFile, type ModelVersion, modelVersionOf } from '../../assets/index.ts';
import { formatInstant, MillraceError } from '../../base/index.ts';
import { loggedOf, type Workspace } from '../../graph/index.ts';
import type { Version, VersionNote } from '../../store/state/index.ts';
import { bytes, count, plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';

/** Figures shown beside a version: the first, which say most. */
const SHOWN = 2;

/** The first figures of a model's version, in a few words; empty for other kinds. */
export function figuresBeside(version: Version): string {
  if (version.kind !== 'model') return '';
  if (loggedOf(version) !== undefined) return 'logged, not built';
  const { evaluation } = modelVersionOf(version);
  return leadingOf(evaluation)
    .slice(0, SHOWN)
    .map((name) => `${FIGURES[name].label} ${evaluation.figures[name]?.toFixed(3) ?? '–'}`)
    .join(', ');
}

/** The file of a model that is live, what it was trained with, and what it is asked with. */
export async function tellModel(
  { plan, file, trainer, seed, trainingSet, environment, brought, summary }: ModelVersion,
  { blobs }: Pick<Workspace, 'blobs'>,
  terminal: Terminal,
): Promise<void> {
  terminal.line('\n  inputs');
  const rows = plan.columns.map(({ name, type, from }) => [`    ${plain(name)}`, type, colors.dim(from)]);
  for (const line of tabulate(rows)) terminal.line(line);
  terminal.line('\n  made from');
  const made = [
    ['    training set', trainingSet],
    ['    trainer', `${trainer.trainer}, seed ${seed}`],
    ...searched(summary),
    ['    file', `${file.format}, ${await sizeOf(filesOf(file), blobs)}`],
    ...(environment === undefined
      ? []
      : [
          ['    commit', environment.code.revision ?? 'unknown'],
          [
            '    environment',
            `millrace ${environment.millrace}, Node ${environment.node}, ${environment.platform}, ONNX Runtime ${environment.onnxruntime}`,
          ],
          ...(environment.packages === undefined
            ? []
            : [['    packages', `${count(environment.packages.length)} of Python (--json has them)`]]),
        ]),
  ];
  for (const line of tabulate(made)) terminal.line(line);
  tellBrought(brought, terminal);
}

/** What a search has chosen. */
function searched({ search }: ModelVersion['summary']): string[][] {
  if (search === undefined) return [];
  const { chosen, trial, done, pruned, failed } = search;
  const shown = Object.entries(chosen).map(([name, value]) => {
    return `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : plain(JSON.stringify(value))}`;
  });
  const ended = [`${count(done)} to the end`, ...(pruned ? [`${count(pruned)} stopped`] : [])];
  return [
    [
      '    searched',
      `${[...ended, ...(failed ? [`${count(failed)} failed`] : [])].join(', ')}; trial ${trial} was best`,
    ],
    ['    chosen', shown.join(', ')],
  ];
}

/** What a model from outside came with. */
function tellBrought(brought: ModelVersion['brought'], terminal: Terminal): void {
  const part = (title: string, of: Readonly<Record<string, number | string>> = {}): void => {
    const rows = Object.entries(of).map(([name, value]) => [`    ${plain(name)}`, String(value)]);
    if (rows.length > 0) terminal.line(`\n  ${title}`);
    for (const line of tabulate(rows)) terminal.line(line);
  };
  part('figures of its own', brought?.metrics);
  part('files it brought, by their names among the blobs', brought?.files);
}

const filesOf = (file: ModelFile): string[] =>
  file.format === 'onnx' ? [file.blob] : Object.values(file.files);

async function sizeOf(names: readonly string[], blobs: Workspace['blobs']): Promise<string> {
  try {
    const all = await Promise.all(names.map((name) => blobs.get(name)));
    return bytes(all.reduce((sum, { length }) => sum + length, 0));
  } catch (error) {
    // What is amiss with it is doctor's to say.
    if (!(error instanceof MillraceError)) throw error;
    return 'not there';
  }
}

/** What people have said of versions, newest version first. */
export function tellNotes(notes: readonly VersionNote[], terminal: Terminal): void {
  if (notes.length === 0) return;
  terminal.line('\n  notes');
  const rows = notes.map(({ version, kind, author, text, at }) => [
    `    ${version}`,
    kind === 'override' ? colors.yellow(kind) : kind === 'approval' ? colors.green(kind) : kind,
    plain(text),
    colors.dim(`${plain(author)}, ${formatInstant(at)}`),
  ]);
  for (const line of tabulate(rows)) terminal.line(line);
}
