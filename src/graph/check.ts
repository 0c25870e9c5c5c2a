import { MillraceError, type Problem } from '../base/index.ts';
import type { Engine } from '../engine/index.ts';
import type { Kinds } from './kind.ts';
import { type Graph, graphOf, type Node, type Project } from './project.ts';

/**
 * All faults of a project that can be known without reading data, in the order of declaration. Empty when it is sound.
 * The graph is undefined when even names and references do not add up.
 */
export async function check(
  project: Project,
  kinds: Kinds,
  engine: Engine,
): Promise<{ graph: Graph | undefined; problems: readonly Problem[] }> {
  let graph: Graph;
  try {
    graph = graphOf(project);
  } catch (error) {
    if (error instanceof MillraceError) return { graph: undefined, problems: error.problems };
    throw error;
  }
  const session = await engine.session();
  try {
    const problems: Problem[] = [];
    for (const node of graph.nodes.values()) {
      const kind = kinds.get(node.kind);
      if (kind === undefined) problems.push(unknownKind(node));
      else if (kind.check) problems.push(...(await kind.check(node, { graph, session })));
    }
    return { graph, problems };
  } finally {
    session.close();
  }
}

/** The graph of a sound project. @throws all its problems at once. */
export async function checked(project: Project, kinds: Kinds, engine: Engine): Promise<Graph> {
  const { graph, problems } = await check(project, kinds, engine);
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
