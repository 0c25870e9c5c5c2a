import { MillraceError } from '../base/index.ts';
import type { Kinds } from './kind.ts';
import type { Graph } from './project.ts';
import type { Workspace } from './workspace.ts';

/**
 * Brings what assets keep outside the lake in line with what is live: all that a run which was killed, a roll-back or another process has left.
 * Quick where there is nothing to do. Safe to call from several processes.
 */
export async function settleAll(graph: Graph, kinds: Kinds, workspace: Workspace): Promise<void> {
  for (const node of graph.nodes.values()) {
    const kind = kinds.get(node.kind);
    const live = kind?.settle && workspace.state.live(node.name);
    if (!live) continue;
    try {
      await kind.settle?.(node, live, workspace);
    } catch (error) {
      // A store that is away must not keep everything else from going on; what is read stays as it was till the next time.
      if (!isPassing(error)) throw error;
    }
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof MillraceError && error.problems.every(({ retry }) => retry === true);
