import { type Interval, MillraceError, withArticle } from '../base/index.ts';
import { studiesOf } from './check.ts';
import { decide, type Known, type Plan } from './decide.ts';
import type { Kind, Kinds } from './kind.ts';
import type { Lineage } from './lineage.ts';
import type { Graph, Node } from './project.ts';
import type { Workspace } from './workspace.ts';

export * from './decide.ts';

/** A part of a project: some assets, and what goes with them. */
export interface Selection {
  readonly assets: readonly string[];
  /** What they are built from too. Default true; without it, inputs are taken as they are live. */
  readonly inputs?: boolean;
  /** What is built from them too. Default false. */
  readonly downstream?: boolean;
  /** Event time that these assets are built for again, whatever has changed; what is built from them follows as ever. */
  readonly backfill?: Interval;
}

/** Looks at the state and at the outside world, and decides. Reads no rows. `only` narrows it; of a list of names, to these assets and what they need. */
export async function plan(
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  only?: readonly string[] | Selection,
): Promise<Plan> {
  const selection = only && ('assets' in only ? only : { assets: only });
  const wanted = selection && selected(graph, selection);
  const filled = backfilled(graph, kinds, selection);
  const known = new Map<string, Known>();
  const lineages = await lineagesOf(graph, kinds, workspace);
  for (const node of graph.nodes.values()) {
    const kind = kinds.get(node.kind) as Kind;
    if (wanted && !wanted.has(node.name)) {
      const live = workspace.state.live(node.name);
      known.set(node.name, {
        live,
        asLive: true,
        arrivals: undefined,
        intact: true,
        earlier: () => undefined,
      });
      continue;
    }
    const live = workspace.state.live(node.name);
    known.set(node.name, {
      live,
      arrivals: await kind.arrivals?.(node, live, workspace),
      intact: live === undefined || ((await kind.intact?.(live, workspace)) ?? true),
      lineage: lineages.get(node.name),
      takenBack: workspace.state.takenBack(node.name),
      backfill: filled.has(node.name) ? selection?.backfill : undefined,
      ...(live && kind.pending ? { pending: () => kind.pending?.(node, live, graph, workspace) } : {}),
      earlier: (print) => workspace.state.byFingerprint(node.name, print),
    });
  }
  return decide(graph, kinds, known);
}

/** How columns come from columns, of the nodes (or these of them) that can tell. Reads no rows. */
export async function lineagesOf(
  graph: Graph,
  kinds: Kinds,
  { engine, state }: Workspace,
  only?: ReadonlySet<string>,
): Promise<Map<string, Lineage>> {
  const found = new Map<string, Lineage>();
  const session = await engine.session();
  const studies = studiesOf(state);
  try {
    for (const node of graph.nodes.values()) {
      if (only?.has(node.name) === false) continue;
      const lineage = await kinds.get(node.kind)?.lineage?.(node, { graph, session, studies });
      if (lineage !== undefined) found.set(node.name, lineage);
    }
  } finally {
    session.close();
  }
  studies.keep();
  return found;
}

/** Whether an asset is built by intervals of event time, so that some of it can be built again. */
export function isByIntervals(node: Node, kinds: Kinds): boolean {
  return kinds.get(node.kind)?.continues?.(node.body)?.byIntervals === true;
}

/** The assets to be built again for some event time. @throws MILL_BACKFILL_IMPOSSIBLE */
function backfilled(graph: Graph, kinds: Kinds, selection: Selection | undefined): ReadonlySet<string> {
  if (selection?.backfill === undefined) return new Set();
  for (const name of selection.assets) {
    const node = graph.nodes.get(name);
    if (node === undefined || isByIntervals(node, kinds)) continue;
    throw new MillraceError({
      code: 'MILL_BACKFILL_IMPOSSIBLE',
      message: `${name} is ${withArticle(node.kind)}, which is not built by intervals.`,
      todo: 'Name tables that are declared `incremental`.',
      owner: 'project',
      asset: name,
    });
  }
  return new Set(selection.assets);
}

/** The assets of a selection, with what goes with them. */
function selected(graph: Graph, { assets, inputs = true, downstream = false }: Selection): Set<string> {
  const found = new Set(assets);
  // Inputs come before what is built from them, so one pass each way is enough.
  if (downstream)
    for (const node of graph.nodes.values())
      if (node.inputs.some((input) => found.has(input))) found.add(node.name);
  if (inputs)
    for (const node of [...graph.nodes.values()].reverse())
      if (found.has(node.name)) for (const input of node.inputs) found.add(input);
  return found;
}
