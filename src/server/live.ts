import {
  type Ask,
  type Asking,
  type Heads,
  type InputPlan,
  openServing,
  type Prediction,
  type Serving,
  servedBy,
} from '../assets/index.ts';
import { MillraceError } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';
import type { ServedEndpoint } from './endpoints.ts';

/** After a version could not be loaded, how long it is left alone, in milliseconds. */
const TRY_AGAIN = 10_000;

/** The live version of an endpoint, loaded. It follows the alias: a newer version takes over between two requests. */
export interface LiveEndpoint {
  /** @throws MILL_ENDPOINT_NOT_LIVE when no version has been published. */
  answer(ask: Ask, asOf: number, how?: Asking): Promise<Prediction>;
  /**
   * Looks where the alias points and loads that version. What is served goes on until the next one is ready; one that cannot be
   * loaded never takes over. Looks that come together are one.
   * @throws MILL_ENDPOINT_NOT_LIVE, MILL_ENDPOINT_CODE_CHANGED, MILL_ENDPOINT_QUESTION_CHANGED
   */
  look(): Promise<void>;
  /** @throws what keeps it from answering. */
  ready(): Promise<void>;
  /** Lets go of the version when what it was asked is answered. */
  close(): Promise<void>;
}

/** Follows an endpoint's alias. Nothing is loaded before the first look or question. */
export function followEndpoint(
  graph: Graph,
  workspace: Workspace,
  endpoint: ServedEndpoint,
  heads?: Heads,
): LiveEndpoint {
  const { name, plan } = endpoint;
  let current: InService | undefined;
  let looking: Promise<void> | undefined;
  let closed = false;
  let refused: { readonly version: string; readonly until: number } | undefined;

  async function load(): Promise<void> {
    const live = workspace.state.live(name);
    if (live === undefined) throw notLive(name);
    if (closed || live.id === current?.version) return;
    if (current && refused?.version === live.id && performance.now() < refused.until) return;
    try {
      const serving = await openServing(graph, workspace, servedBy(live), heads);
      const next = inService(serving);
      const reason = otherQuestion(serving.plan, plan, serving.served.rank?.item);
      if (closed || reason !== undefined) await next.retire();
      if (reason !== undefined) throw questionChanged(name, live.id, reason);
      if (closed) return;
      const previous = current;
      current = next;
      await previous?.retire();
    } catch (error) {
      refused = { version: live.id, until: performance.now() + TRY_AGAIN };
      throw error;
    }
  }

  const look = (): Promise<void> => {
    looking ??= load().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const ready = async (): Promise<void> => {
    if (current === undefined) await look();
  };
  return {
    look,
    ready,
    async answer(ask, asOf, how) {
      if (current === undefined) await look();
      if (current === undefined) throw notLive(name);
      return current.answer(ask, asOf, how);
    },
    async close() {
      closed = true;
      await looking?.catch(() => undefined);
      await current?.retire();
      current = undefined;
    },
  };
}

/** A loaded version that knows how many questions it is answering. */
interface InService {
  readonly version: string;
  answer(ask: Ask, asOf: number, how?: Asking): Promise<Prediction>;
  /** Frees it as soon as everything it was asked is answered. */
  retire(): Promise<void>;
}

function inService(serving: Serving): InService {
  let asked = 0;
  let idle: (() => void) | undefined;
  return {
    version: serving.served.version,
    async answer(ask, asOf, how) {
      asked++;
      try {
        return await serving.answer(ask, asOf, how);
      } finally {
        asked--;
        if (asked === 0) idle?.();
      }
    },
    async retire() {
      if (asked > 0)
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      await serving.close();
    },
  };
}

/** What a version wants to be asked and this server does not ask for: it was built from another state of the project. */
function otherQuestion(served: InputPlan, declared: InputPlan, item: string | undefined): string | undefined {
  for (const key of served.keys) if (key !== item && !declared.keys.includes(key)) return `the key '${key}'`;
  for (const { name, type } of served.requestColumns) {
    const asked = declared.requestColumns.find((column) => column.name === name);
    if (asked === undefined) return `the field '${name}'`;
    if (asked.type !== type) return `the field '${name}' as ${type}, not ${asked.type}`;
  }
  return undefined;
}

function questionChanged(endpoint: string, version: string, wanted: string): MillraceError {
  return new MillraceError({
    code: 'MILL_ENDPOINT_QUESTION_CHANGED',
    message: `${version} wants ${wanted}; it was built from another state of the project than this server runs.`,
    todo: 'Start the server again with the project as it is now, after `millrace run`.',
    owner: 'project',
    asset: endpoint,
  });
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
