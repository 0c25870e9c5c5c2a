import { writeFileSync } from 'node:fs';
import colors from 'picocolors';
import {
  type FeaturesBody,
  type ModelVersion,
  modelVersionOf,
  PARTS,
  plainSql,
  renderQuery,
  type TableBody,
  type TableVersion,
  type TrainingSetVersion,
  tableVersionOf,
  trainingSetVersionOf,
  usesOf,
} from '../../assets/index.ts';
import { formatInstant, formatIntervals, MillraceError, quoteName } from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import type { CheckResult } from '../../store/state/index.ts';
import { type ColumnProfile, profileOf } from '../column-profile.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import { count, plain, several, tabulate } from '../plain-text.ts';
import { verdict } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';
import { describeLog } from './runs.ts';
import { showChecks } from './show-checks.ts';

/** `millrace show [asset]` */
export async function showVerb(
  { projectFile, terminal }: VerbContext,
  asset: string | undefined,
  { sql, report, checks, log }: { sql?: boolean; report?: string; checks?: boolean; log?: boolean },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    if (asset === undefined) showAll(graph, workspace, terminal);
    else {
      namedAssets(graph, [asset]);
      const node = graph.nodes.get(asset) as Node;
      if (report !== undefined) await writeReport(node, workspace, terminal, report);
      else if (sql) showSql(node, terminal);
      else if (log) showLog(node, workspace, terminal);
      else if (checks) showChecks(node, workspace, terminal);
      else showOne(node, workspace, terminal, await profileOf(node, workspace));
    }
    return DONE;
  } finally {
    await workspace.close();
  }
}

/** Writes the report of a model's live version as one HTML file. @throws MILL_REPORT_MISSING */
async function writeReport(
  node: Node,
  { state, blobs }: Workspace,
  terminal: Terminal,
  file: string,
): Promise<void> {
  const live = state.live(node.name);
  if (live?.kind !== 'model')
    throw new MillraceError({
      code: 'MILL_REPORT_MISSING',
      message: live
        ? `${node.name} is a ${node.kind}: only models have reports.`
        : `${node.name} is not live.`,
      todo: 'Name a model whose version is published.',
      owner: 'project',
      asset: node.name,
    });
  writeFileSync(file, await blobs.get(modelVersionOf(live).report));
  terminal.line(`The report of ${live.id} is in ${file}.`);
  terminal.result({ version: live.id, file });
}

/** What the latest step of an asset said. */
function showLog(node: Node, { state }: Workspace, terminal: Terminal): void {
  const log = state.notes.lines({ asset: node.name });
  const run = log[0]?.run ?? null;
  terminal.line(
    run === null ? `No step of ${node.name} is on record.` : `${colors.bold(node.name)}  run ${run}`,
  );
  for (const line of describeLog(log, false)) terminal.line(line);
  terminal.result({ name: node.name, run, log });
}

function showAll(graph: Graph, { state }: Workspace, terminal: Terminal): void {
  const nodes = [...graph.nodes.values()].map((node) => {
    const live = state.live(node.name);
    return { node, live, checks: live ? state.checks(live.id) : [] };
  });
  const rows = nodes.map(({ node, live, checks }) => [
    node.name,
    node.kind,
    live?.id ?? colors.dim('not live'),
    typeof live?.rows === 'number' ? count(live.rows) : '',
    verdict(checks),
  ]);
  for (const line of tabulate(rows, [3])) terminal.line(line);
  const assets = nodes.map(({ node, live, checks }) => {
    const failed = checks.filter((check) => !check.passed).length;
    return {
      name: node.name,
      kind: node.kind,
      version: live?.id ?? null,
      rows: live?.rows ?? null,
      checks: { passed: checks.length - failed, failed },
    };
  });
  terminal.result({ project: graph.name, assets });
}

function showOne(
  node: Node,
  { state }: Workspace,
  terminal: Terminal,
  columns: readonly ColumnProfile[] | undefined,
): void {
  const live = state.live(node.name);
  const versions = state.versions(node.name);
  const owner = node.owner === undefined ? '' : `, owned by ${plain(node.owner)}`;
  terminal.line(`${colors.bold(node.name)}  ${node.kind}${owner}`);
  if (node.description) terminal.line(`  ${plain(node.description)}`);
  if (node.inputs.length > 0) terminal.line(`  built from ${node.inputs.join(', ')}`);
  terminal.line();
  const rows = versions.map((version) => [
    `  ${version.id}`,
    version.id === live?.id ? colors.green('live') : version.status,
    version.rows === null ? '' : several(version.rows, 'row'),
    formatInstant(version.createdAt),
    colors.dim(verdict(state.checks(version.id))),
  ]);
  for (const line of tabulate(rows, [2])) terminal.line(line);
  if (live === undefined) terminal.line(versions.length === 0 ? '  not built yet' : '  none is live');
  const judged = live ?? versions[0];
  const checks = judged ? state.checks(judged.id) : [];
  if (judged && checks.length > 0) {
    terminal.line(`\n  checks of ${judged.id}`);
    for (const line of tabulate(checks.map(checkRow))) terminal.line(line);
  }
  if (live?.kind === 'model') tellModel(modelVersionOf(live), terminal);
  if (live?.kind === 'training-set') tellTrainingSet(trainingSetVersionOf(live), terminal);
  if (live?.kind === 'table') tellProgress(tableVersionOf(live), terminal);
  if (columns) tellColumns(columns, terminal);
  terminal.result({
    name: node.name,
    kind: node.kind,
    live: live?.id ?? null,
    versions: versions.map((version) => ({ ...version, checks: state.checks(version.id) })),
    moves: state.aliasMoves(node.name),
    ...(columns ? { columns } : {}),
  });
}

function checkRow({ name, passed, severity, observed, wanted }: CheckResult): string[] {
  const bad = severity === 'block' ? colors.red('✗') : colors.yellow('!');
  return [
    `    ${passed ? colors.green('✓') : bad} ${plain(name)}`,
    plain(observed),
    colors.dim(`wanted ${plain(wanted)}`),
  ];
}

function tellModel({ plan }: ModelVersion, terminal: Terminal): void {
  terminal.line('\n  inputs');
  const rows = plan.columns.map(({ name, type, from }) => [`    ${plain(name)}`, type, colors.dim(from)]);
  for (const line of tabulate(rows)) terminal.line(line);
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
    const period = `${day(from)} to ${day(to)}`;
    return [
      `    ${part}`,
      several(rows, 'row'),
      period,
      colors.dim(`mean ${definition.labels.target} ${mean(meanTarget)}`),
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

function tellColumns(columns: readonly ColumnProfile[], terminal: Terminal): void {
  terminal.line();
  const rows = columns.map(({ name, type, nulls, distinct, min, max }) => [
    `  ${plain(name)}`,
    type,
    nulls === 0 ? '' : count(nulls),
    distinct === null ? '' : count(distinct),
    plain(min ?? ''),
    plain(max ?? ''),
  ]);
  const head = ['  column', 'type', 'nulls', '~distinct', 'smallest', 'largest'];
  for (const line of tabulate([head.map((name) => colors.dim(name)), ...rows], [2, 3])) terminal.line(line);
}

function showSql(node: Node, terminal: Terminal): void {
  const sql = sqlOf(node);
  terminal.line(sql ?? `${node.name} is a ${node.kind}: no SQL computes it.`);
  terminal.result({ name: node.name, sql });
}

function sqlOf(node: Node): string | null {
  if (node.kind === 'table') {
    const { body } = node as Node<TableBody>;
    const within = usesOf(body.query).flatMap((use) => (use.within ? [use.name] : []));
    const note = `-- Once for each interval that is built; ${within.join(', ')}: the rows of that interval.\n`;
    return `${within.length > 0 ? note : ''}${renderQuery(body.query, quoteName)}`;
  }
  if (node.kind !== 'features') return null;
  const { body } = node as Node<FeaturesBody>;
  return plainSql(body, quoteName(body.from), 'asks');
}
