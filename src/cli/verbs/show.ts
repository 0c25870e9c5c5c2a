import colors from 'picocolors';
import {
  type FeaturesBody,
  modelReportOf,
  plainSql,
  renderQuery,
  renderReport,
  type TableBody,
  usesOf,
} from '../../assets/index.ts';
import { counted, formatInstant, MillraceError, quoteName, withArticle } from '../../base/index.ts';
import { type Graph, LIVE, type Node, type Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { type ColumnProfile, profileOf } from '../column-profile.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import { namedVersion } from '../named-version.ts';
import { count, plain, tabulate } from '../plain-text.ts';
import { verdict } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';
import { writeOut } from '../write-out.ts';
import { describeLog } from './runs.ts';
import { showChecks } from './show-checks.ts';
import { tellFeatures } from './show-features.ts';
import { tellKept } from './show-kept.ts';
import { figuresBeside, tellNotes } from './show-model.ts';
import { showVersion, tellChecks, tellProduct } from './show-version.ts';

/** `millrace show [asset or version]` */
export async function showVerb(
  { projectFile, terminal }: VerbContext,
  asset: string | undefined,
  { sql, report, checks, log }: { sql?: boolean; report?: string; checks?: boolean; log?: boolean },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    if (asset === undefined) showAll(graph, workspace, terminal);
    else if (report !== undefined)
      await writeReport(namedVersion(graph, workspace, asset).version, workspace, terminal, report);
    else if (asset.includes('@')) {
      const which = Object.entries({ sql, checks, log }).find(([, asked]) => asked);
      if (which !== undefined) throw ofAsset(asset, which[0]);
      await showVersion(namedVersion(graph, workspace, asset), workspace, terminal);
    } else {
      namedAssets(graph, [asset]);
      const node = graph.nodes.get(asset) as Node;
      if (sql) showSql(node, terminal);
      else if (log) showLog(node, workspace, terminal);
      else if (checks) showChecks(node, workspace, terminal);
      else await showOne(node, graph, workspace, terminal, await profileOf(node, workspace));
    }
    return DONE;
  } finally {
    await workspace.close();
  }
}

function ofAsset(version: string, option: string): MillraceError {
  const [asset] = version.split('@');
  return new MillraceError({
    code: 'MILL_CLI_USAGE',
    message: `--${option} is of an asset, and '${version}' is a version of it.`,
    todo: `Ask \`millrace show ${asset} --${option}\`.`,
    owner: 'project',
  });
}

/** Writes the report of a model's version, also of a candidate: as a page, or as data where the file is to hold data. @throws MILL_REPORT_MISSING */
async function writeReport(
  version: Version,
  workspace: Workspace,
  terminal: Terminal,
  file: string,
): Promise<void> {
  const report = await modelReportOf(workspace, version);
  writeOut(file, file.endsWith('.json') ? JSON.stringify(report, null, 1) : renderReport(report, version));
  terminal.line(`The report of ${version.id} is in ${plain(file)}.`);
  terminal.result({ version: version.id, file });
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

async function showOne(
  node: Node,
  graph: Graph,
  { state, blobs }: Workspace,
  terminal: Terminal,
  columns: readonly ColumnProfile[] | undefined,
): Promise<void> {
  const live = state.live(node.name);
  const versions = state.versions(node.name);
  const owner = node.owner === undefined ? '' : `, owned by ${plain(node.owner)}`;
  terminal.line(`${colors.bold(node.name)}  ${node.kind}${owner}`);
  if (node.description) terminal.line(`  ${plain(node.description)}`);
  if (node.inputs.length > 0) terminal.line(`  built from ${node.inputs.join(', ')}`);
  terminal.line();
  const aliases = state.aliases(node.name);
  const named = ({ id, status }: Version): string => {
    const names = aliases.filter(({ version }) => version === id).map(({ alias }) => alias);
    const others = names.filter((name) => name !== LIVE);
    return [names.includes(LIVE) ? colors.green(LIVE) : status, ...others].join(', ');
  };
  const figured = versions.some(({ kind }) => kind === 'model');
  const rows = versions.map((version) => [
    `  ${version.id}`,
    named(version),
    version.rows === null ? '' : counted(version.rows, 'row'),
    ...(figured ? [figuresBeside(version)] : []),
    formatInstant(version.createdAt),
    colors.dim(verdict(state.checks(version.id))),
  ]);
  for (const line of tabulate(rows, [2])) terminal.line(line);
  tellKept(versions, state, terminal);
  if (live === undefined) terminal.line(versions.length === 0 ? '  not built yet' : '  none is live');
  const judged = live ?? versions[0];
  if (judged) tellChecks(judged, state, terminal);
  const notes = versions.flatMap(({ id }) => state.versionNotes.of(id));
  tellNotes(notes, terminal);
  if (live) await tellProduct(live, blobs, terminal);
  const features = tellFeatures(node, graph, terminal);
  if (columns) tellColumns(columns, terminal);
  terminal.result({
    name: node.name,
    kind: node.kind,
    live: live?.id ?? null,
    versions: versions.map((version) => ({ ...version, checks: state.checks(version.id) })),
    aliases: Object.fromEntries(aliases.map(({ alias, version }) => [alias, version])),
    notes,
    moves: state.aliasMoves(node.name),
    ...(features ? { features } : {}),
    ...(columns ? { columns } : {}),
  });
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
  terminal.line(sql ?? `${node.name} is ${withArticle(node.kind)}: no SQL computes it.`);
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
