import { openServing, type Serving, servedBy } from '../assets/index.ts';
import { MillraceError } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';

/** How long an endpoint may go on with the version it has loaded before it looks for a newer one, in milliseconds. */
const LOOK_AGAIN = 500;

/** The live version of an endpoint, loaded. Follows the alias: a newer version takes over between two requests. */
export interface LiveEndpoint {
  /** @throws MILL_ENDPOINT_NOT_LIVE when no version has been published. */
  serving(): Promise<Serving>;
  close(): Promise<void>;
}

/** Follows an endpoint's alias. */
export function followEndpoint(graph: Graph, workspace: Workspace, endpoint: string): LiveEndpoint {
  let loaded: Promise<Serving> | undefined;
  let version: string | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const retired: Promise<Serving>[] = [];
  return {
    async serving() {
      const now = performance.now();
      if (loaded === undefined || now - lookedAt > LOOK_AGAIN) {
        lookedAt = now;
        const live = workspace.state.live(endpoint);
        if (live === undefined) throw notLive(endpoint);
        if (live.id !== version) {
          const previous = loaded;
          const next = openServing(graph, workspace, servedBy(live));
          // What is served goes on until the next version is ready; a version that cannot be loaded never takes over.
          if (previous === undefined) loaded = next;
          await next;
          loaded = next;
          version = live.id;
          if (previous) retired.push(previous);
        }
      }
      return loaded as Promise<Serving>;
    },
    async close() {
      for (const serving of [...retired, ...(loaded ? [loaded] : [])]) await (await serving).close();
    },
  };
}

function notLive(endpoint: string): MillraceError {
  return new MillraceError({
    code: 'MILL_ENDPOINT_NOT_LIVE',
    message: `No version of ${endpoint} has been published yet.`,
    todo: 'Run `millrace run` and see what keeps it from being published.',
    owner: 'project',
    asset: endpoint,
    retry: true,
  });
}
