import type { Graph, Workspace } from '../../../graph/index.ts';
import { rankOf } from '../predictions.ts';
import type { Auditable } from './answer.ts';
import { type Audit, audit } from './audit.ts';
import { audited } from './keep.ts';

export interface AuditorOptions {
  /** Audits in a minute, at most: fewer where they take long. Default 30. */
  readonly perMinute?: number;
  /** Answers of an endpoint, or of features, that wait, at most; what comes beyond that is passed over. Default 100. */
  readonly waiting?: number;
  /** Told of each audit. */
  readonly onAudit?: (audit: Audit) => void;
  readonly onError?: (error: unknown) => void;
}

/** Audits answers in the background, one at a time and so many in a minute, so that answers never wait for it. */
export interface Auditor {
  /** Takes a prediction if it is one of those to be audited and there is room. Returns at once. */
  offer(prediction: Auditable & { readonly endpoint: string }, every: number): void;
  /** Takes an answer if there is room, and says whether it did. */
  take(answered: Auditable): boolean;
  /** Forgets what waits, and ends the audit under way. */
  close(): Promise<void>;
}

/** Every how many predictions, or look-ups, one is audited where nothing is said. */
export const AUDIT_EVERY = 100;

const MINUTE = 60_000;
/**
 * What an audit may take, in milliseconds; after one that took n times as long, n times as long nothing is audited. At 30 in a minute that is a
 * third of a percent of the time: fewer than one answer in a hundred meets an audit, so the slowest hundredth is not made of them.
 */
const USUAL = 7;

/** Whether a prediction is one of those that are audited: by its id, so that everybody says the same. */
export const isSampled = (id: string, every: number): boolean =>
  every > 0 && Number.parseInt(rankOf(id).slice(0, 12), 16) % every === 0;

export function openAuditor(
  graph: Graph,
  workspace: Workspace,
  { perMinute = 30, waiting = 100, onAudit = () => {}, onError = () => {} }: AuditorOptions = {},
): Auditor {
  /** By who was asked: whoever is asked often does not crowd out the others. */
  const queues = new Map<string, Auditable[]>();
  /** Endpoints of which something has been taken: of those asked seldom, the first answer is. */
  const seen = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let closed = false;
  /** How long the last audit took, in milliseconds. */
  let took = 0;

  const schedule = (): void => {
    if (closed || timer !== undefined || queues.size === 0) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        working = next().finally(() => {
          working = undefined;
          schedule();
        });
      },
      (MINUTE / perMinute) * Math.max(1, took / USUAL),
    ).unref();
  };
  /** The oldest of whoever has waited longest for a turn. */
  const turn = (): Auditable | undefined => {
    const [first] = queues;
    if (first === undefined) return undefined;
    const [asked, queue] = first;
    const answered = queue.shift();
    queues.delete(asked);
    if (queue.length > 0) queues.set(asked, queue);
    return answered;
  };
  const next = async (): Promise<void> => {
    const answered = turn();
    if (answered === undefined) return;
    const started = performance.now();
    try {
      const found = await audit(graph, workspace, answered);
      workspace.state.audits.put(audited(found, workspace.clock.now()));
      onAudit(found);
    } catch (error) {
      onError(error);
    } finally {
      took = performance.now() - started;
    }
  };
  const take = (answered: Auditable): boolean => {
    const asked = 'endpoint' in answered ? answered.endpoint : answered.asset;
    const queue = queues.get(asked) ?? [];
    if (closed || queue.length >= waiting) return false;
    queue.push(answered);
    queues.set(asked, queue);
    if (working === undefined) schedule();
    return true;
  };
  return {
    take,
    offer(prediction, every) {
      if (every <= 0) return;
      const first = !seen.has(prediction.endpoint);
      if (!first && !isSampled(prediction.id, every)) return;
      if (take(prediction)) seen.add(prediction.endpoint);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      queues.clear();
      await working;
    },
  };
}
