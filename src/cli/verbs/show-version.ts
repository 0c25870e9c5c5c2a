import colors from 'picocolors';
import {
  modelVersionOf,
  PARTS,
  type TableVersion,
  type TrainingSetVersion,
  tableVersionOf,
  trainingSetVersionOf,
} from '../../assets/index.ts';
import { counted, formatInstant, formatIntervals } from '../../base/index.ts';
import { loggedOf, type Node, type Workspace } from '../../graph/index.ts';
import type { CheckResult, Version } from '../../store/state/index.ts';
import { count, plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import { figuresBeside, tellModel, tellNotes } from './show-model.ts';

/** `millrace show fraud@3`: one version, live or not: from what it was built, its checks, what people say of it, and what its kind remembers. */
export async function showVersion(
  { node, version }: { readonly node: Node; readonly version: Version },
  { state, blobs }: Workspace,
  terminal: Terminal,
): Promise<void> {
  const { id, kind, status, rows, inputs, createdAt } = version;
  const aliases = state.aliases(node.name).flatMap((one) => (one.version === id ? [one.alias] : []));
  const told = [
    [...aliases, ...(aliases.length > 0 && status === 'published' ? [] : [status])].join(', '),
    ...(rows === null ? [] : [counted(rows, 'row')]),
    ...[figuresBeside(version)].filter((text) => text !== ''),
    formatInstant(createdAt),
  ];
  terminal.line(`${colors.bold(id)}  ${kind}, ${told.join(', ')}`);
  const from = Object.values(inputs);
  if (from.length > 0) terminal.line(`  built from ${from.join(', ')}`);
  tellChecks(version, state, terminal);
  const notes = state.versionNotes.of(id);
  tellNotes(notes, terminal);
  await tellProduct(version, blobs, terminal);
  terminal.result({
    name: node.name,
    kind,
    version: { ...version, checks: state.checks(id) },
    aliases,
    notes,
  });
}

/** The checks of a version, if it has any. */
export function tellChecks({ id }: Version, state: Workspace['state'], terminal: Terminal): void {
  const checks = state.checks(id);
  if (checks.length === 0) return;
  terminal.line(`\n  checks of ${id}`);
  for (const line of tabulate(checks.map(checkRow))) terminal.line(line);
}

function checkRow({ name, passed, severity, observed, wanted }: CheckResult): string[] {
  const bad = severity === 'block' ? colors.red('✗') : colors.yellow('!');
  return [
    `    ${passed ? colors.green('✓') : bad} ${plain(name)}`,
    plain(observed),
    colors.dim(`wanted ${plain(wanted)}`),
  ];
}

/** What a version remembers that only its kind has. */
export async function tellProduct(
  version: Version,
  blobs: Workspace['blobs'],
  terminal: Terminal,
): Promise<void> {
  if (loggedOf(version) !== undefined) return;
  if (version.kind === 'model') await tellModel(modelVersionOf(version), { blobs }, terminal);
  if (version.kind === 'training-set') tellTrainingSet(trainingSetVersionOf(version), terminal);
  if (version.kind === 'table') tellProgress(tableVersionOf(version), terminal);
}

/** What the rows of a training set follow from, and how they are parted. */
function tellTrainingSet({ asOf, parts, manifest }: TrainingSetVersion, terminal: Terminal): void {
  const { definition, sampled, digest } = manifest;
  const day = (instant: number | null): string =>
    instant === null ? '' : formatInstant(instant).slice(0, 10);
  const mean = (value: number | null): string =>
    value === null ? '' : Number(value.toPrecision(4)).toString();
  terminal.line('\n  parts');
  const rows = PARTS.map((part) => {
    const { rows, from, to, meanTarget } = parts[part];
    return [
      `    ${part}`,
      counted(rows, 'row'),
      from === null ? '' : `${day(from)} to ${day(to)}`,
      meanTarget === null ? '' : colors.dim(`mean ${definition.labels.target} ${mean(meanTarget)}`),
    ];
  });
  for (const line of tabulate(rows, [1])) terminal.line(line);
  terminal.line('\n  manifest');
  const told = [
    ['    as of', formatInstant(asOf)],
    ['    labels', manifest.labels.version],
    ...Object.values(manifest.inputs).map(({ version, from }) => [
      '    input',
      from === undefined ? version : `${version} over ${from.version}`,
    ]),
    ...(sampled === null
      ? []
      : [
          [
            '    negatives',
            `${Number((100 * sampled.share).toPrecision(3))} % of ${count(sampled.negatives)}, seed ${definition.seed}`,
          ],
        ]),
    ...(definition.labels.weight === undefined ? [] : [['    weight', definition.labels.weight]]),
    ['    rows', digest],
  ];
  for (const line of tabulate(told)) terminal.line(line);
}

/** How far a table has come that is built by intervals. */
function tellProgress({ progress }: TableVersion, terminal: Terminal): void {
  if (progress === undefined) return;
  const { covered, built, late } = progress;
  terminal.line('\n  intervals');
  const rows = [
    ['    held', formatIntervals(covered)],
    ['    built last', formatIntervals(built)],
    ...(late.length > 0 ? [['    late rows for', colors.yellow(formatIntervals(late))]] : []),
  ];
  for (const line of tabulate(rows)) terminal.line(line);
}
