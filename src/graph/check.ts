import { type Json, MillraceError, type Problem } from '../base/index.ts';
import type { Engine } from '../engine/index.ts';
import type { State } from '../store/state/index.ts';
import type { Kinds, Studies } from './kind.ts';
import { type Graph, graphOf, type Node, type Project } from './project.ts';

/**
 * All faults of a project that can be known without reading data, in the order of declaration. Empty when it is sound.
 * The graph is undefined when even names and references do not add up. With `state`, what was found sound before is not asked again; with the project's
 * `folder`, files that it names are looked at too.
 */
export async function check(
  project: Project,
  kinds: Kinds,
  engine: Engine,
  state?: State,
  folder?: string,
): Promise<{ graph: Graph | undefined; problems: readonly Problem[] }> {
  let graph: Graph;
  try {
    graph = graphOf(project);
  } catch (error) {
    if (error instanceof MillraceError) return { graph: undefined, problems: error.problems };
    throw error;
  }
  // Nothing is run: of a thousand queries the optimizer's part would be a third of the time.
  const session = await engine.session({ optimize: false });
  const studies = state && studiesOf(state);
  try {
    const context = {
      graph,
      session,
      ...(studies ? { studies } : {}),
      ...(folder === undefined ? {} : { folder }),
    };
    const problems: Problem[] = [];
    for (const node of graph.nodes.values()) {
      const kind = kinds.get(node.kind);
      if (kind === undefined) problems.push(unknownKind(node));
      else if (kind.check) problems.push(...(await kind.check(node, context)));
    }
    return { graph, problems };
  } finally {
    session.close();
    studies?.keep();
  }
}

/** Studies that are kept in one transaction at the end: a first check of a thousand tables is not a thousand commits. */
export function studiesOf(state: State): Studies & { keep(): void } {
  const fresh = new Map<string, { print: string; findings: Json }>();
  return {
    study(asset, print) {
      const found = fresh.get(asset);
      return found?.print === print ? found.findings : state.study(asset, print);
    },
    setStudy: (asset, print, findings) => fresh.set(asset, { print, findings }),
    keep() {
      if (fresh.size === 0) return;
      try {
        state.transaction(() => {
          for (const [asset, { print, findings }] of fresh) state.setStudy(asset, print, findings);
        });
      } catch (error) {
        // Another process writes for long: it will be found out again.
        if (!(error instanceof MillraceError && error.code === 'MILL_STATE_BUSY')) throw error;
      }
      fresh.clear();
    },
  };
}

/** The graph of a sound project. @throws all its problems at once. */
export async function checked(
  project: Project,
  kinds: Kinds,
  engine: Engine,
  state?: State,
  folder?: string,
): Promise<Graph> {
  const { graph, problems } = await check(project, kinds, engine, state, folder);
  if (problems.length > 0 || graph === undefined) throw new MillraceError(problems);
  return graph;
}

function unknownKind(node: Node): Problem {
  return {
    code: 'MILL_KIND_UNKNOWN',
    message: `'${node.name}' is a '${node.kind}', which this Millrace does not know.`,
    todo: 'Import everything from one and the same version of millrace.',
    owner: 'project',
    asset: node.name,
    place: node.place,
  };
}
