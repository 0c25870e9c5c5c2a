import colors from 'picocolors';
import { type FeaturesBody, pointInTimeSql, renderQuery, type TableBody } from '../../assets/index.ts';
import { formatInstant, quoteName } from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import type { VerbContext } from '../program.ts';
import { count, type Terminal, tabulate } from '../terminal.ts';

/** `millrace show [asset]` */
export async function showVerb(
  { projectFile, terminal }: VerbContext,
  asset: string | undefined,
  { sql }: { sql?: boolean },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    if (asset === undefined) showAll(graph, workspace, terminal);
    else {
      namedAssets(graph, [asset]);
      if (sql) showSql(graph.nodes.get(asset) as Node, terminal);
      else showOne(graph.nodes.get(asset) as Node, workspace, terminal);
    }
    return DONE;
  } finally {
    await workspace.close();
  }
}

function showAll(graph: Graph, { state }: Workspace, terminal: Terminal): void {
  const assets = [...graph.nodes.values()].map((node) => {
    const live = state.live(node.name);
    const checks = live ? state.checks(live.id) : [];
    const failed = checks.filter((check) => !check.passed).length;
    return {
      name: node.name,
      kind: node.kind,
      version: live?.id ?? null,
      rows: live?.rows ?? null,
      checks: { passed: checks.length - failed, failed },
    };
  });
  const rows = assets.map((a) => [
    a.name,
    a.kind,
    a.version ?? 'not live',
    a.rows === null ? '' : count(a.rows),
    a.checks.failed === 0 ? `${a.checks.passed} checks passed` : `${a.checks.failed} checks failed`,
  ]);
  for (const line of tabulate(rows, [3])) terminal.line(line);
  terminal.result({ project: graph.name, assets });
}

function showOne(node: Node, { state }: Workspace, terminal: Terminal): void {
  const live = state.live(node.name);
  const versions = state.versions(node.name);
  terminal.line(`${colors.bold(node.name)}  ${node.kind}${node.owner ? `, owned by ${node.owner}` : ''}`);
  if (node.description) terminal.line(`  ${node.description}`);
  if (node.inputs.length > 0) terminal.line(`  built from ${node.inputs.join(', ')}`);
  for (const version of versions) {
    const mark = version.id === live?.id ? colors.green('live') : version.status;
    const rows = version.rows === null ? '' : `${count(version.rows)} rows`;
    terminal.line(
      `  ${version.id.padEnd(20)} ${mark.padEnd(12)} ${formatInstant(version.createdAt)} ${rows}`,
    );
    if (version.id !== live?.id && version !== versions[0]) continue;
    for (const check of state.checks(version.id))
      terminal.line(
        `      ${check.passed ? colors.green('✓') : colors.red('✗')} ${check.name}: ${check.observed}, wanted ${check.wanted}`,
      );
  }
  if (versions.length === 0) terminal.line('  not built yet');
  terminal.result({
    name: node.name,
    kind: node.kind,
    live: live?.id ?? null,
    versions: versions.map((version) => ({ ...version, checks: state.checks(version.id) })),
    moves: state.aliasMoves(node.name),
  });
}

function showSql(node: Node, terminal: Terminal): void {
  const sql = sqlOf(node);
  terminal.line(sql ?? `${node.name} is a ${node.kind}: no SQL computes it.`);
  terminal.result({ name: node.name, sql });
}

function sqlOf(node: Node): string | null {
  if (node.kind === 'table') return renderQuery((node as Node<TableBody>).body.query, quoteName);
  if (node.kind !== 'features') return null;
  const { body } = node as Node<FeaturesBody>;
  return pointInTimeSql({ body, events: quoteName(body.from), asks: 'asks' });
}
