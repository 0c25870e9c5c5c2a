import type { Version } from '../store/state/index.ts';
import { studiesOf } from './check.ts';
import { decide, type Known, type Plan } from './decide.ts';
import type { Kind, Kinds } from './kind.ts';
import type { Lineage } from './lineage.ts';
import type { Graph } from './project.ts';
import type { Workspace } from './workspace.ts';

export * from './decide.ts';

/** Looks at the state and at the outside world, and decides. Reads no rows. `only` narrows it to these assets and what they need. */
export async function plan(
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  only?: readonly string[],
): Promise<Plan> {
  const wanted = only && withInputs(graph, only);
  const known = new Map<string, Known>();
  const lineages = await lineagesOf(graph, kinds, workspace, wanted);
  for (const node of graph.nodes.values()) {
    if (wanted && !wanted.has(node.name)) continue;
    const kind = kinds.get(node.kind) as Kind;
    const intact = (version: Version): boolean => kind.intact?.(version, workspace) ?? true;
    const live = workspace.state.live(node.name);
    known.set(node.name, {
      live,
      arrivals: await kind.arrivals?.(node, live, workspace),
      intact: live === undefined || intact(live),
      lineage: lineages.get(node.name),
      takenBack: workspace.state.versions(node.name).find((version) => version.status === 'rolled-back'),
      earlier: (print) => {
        const version = workspace.state.byFingerprint(node.name, print);
        return version && (version.status !== 'published' || intact(version)) ? version : undefined;
      },
    });
  }
  return decide(graph, kinds, known);
}

/** How columns come from columns, of the nodes that can tell. Reads no rows. */
export async function lineagesOf(
  graph: Graph,
  kinds: Kinds,
  { engine, state }: Workspace,
  wanted?: ReadonlySet<string>,
): Promise<Map<string, Lineage>> {
  const found = new Map<string, Lineage>();
  const session = await engine.session();
  const studies = studiesOf(state);
  try {
    for (const node of graph.nodes.values()) {
      if (wanted && !wanted.has(node.name)) continue;
      const lineage = await kinds.get(node.kind)?.lineage?.(node, { graph, session, studies });
      if (lineage !== undefined) found.set(node.name, lineage);
    }
  } finally {
    session.close();
  }
  studies.keep();
  return found;
}

/** These assets and everything they are built from. */
function withInputs(graph: Graph, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const input of graph.nodes.get(name)?.inputs ?? []) visit(input);
  };
  for (const name of names) visit(name);
  return found;
}
