import type { Graph, Workspace } from '../../../graph/index.ts';
import { rankOf } from '../predictions.ts';
import type { Prediction } from '../serving.ts';
import { auditPrediction, type PredictionAudit } from './audit.ts';
import { audited } from './keep.ts';

export interface AuditorOptions {
  /** Audits in a minute, at most. Default 30. */
  readonly perMinute?: number;
  /** Predictions that wait, at most; what comes beyond that is passed over. Default 100. */
  readonly waiting?: number;
  /** Told of each audit. */
  readonly onAudit?: (audit: PredictionAudit) => void;
  readonly onError?: (error: unknown) => void;
}

/** Audits predictions in the background, one at a time and so many in a minute, so that answers never wait for it. */
export interface Auditor {
  /** Takes a prediction if it is one of those to be audited and there is room. Returns at once. */
  offer(prediction: Prediction, every: number): void;
  /** Forgets what waits, and ends the audit under way. */
  close(): Promise<void>;
}

/** Every how many predictions one is audited where nothing is said. */
export const AUDIT_EVERY = 100;

const MINUTE = 60_000;
/** How many times as long as an audit took nothing is audited after it: where it costs much, it comes seldom. */
const REST = 9;

/** Whether a prediction is one of those that are audited: by its id, so that everybody says the same. */
export const isSampled = (id: string, every: number): boolean =>
  every > 0 && Number.parseInt(rankOf(id).slice(0, 12), 16) % every === 0;

export function openAuditor(
  graph: Graph,
  workspace: Workspace,
  { perMinute = 30, waiting = 100, onAudit = () => {}, onError = () => {} }: AuditorOptions = {},
): Auditor {
  const queue: Prediction[] = [];
  /** Endpoints of which something has been taken: of those asked seldom, the first answer is. */
  const seen = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let closed = false;
  /** How long the last audit took, in milliseconds. */
  let took = 0;

  const schedule = (): void => {
    if (closed || timer !== undefined || queue.length === 0) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        working = next().finally(() => {
          working = undefined;
          schedule();
        });
      },
      Math.max(MINUTE / perMinute, REST * took),
    ).unref();
  };
  const next = async (): Promise<void> => {
    const prediction = queue.shift();
    if (prediction === undefined) return;
    const started = performance.now();
    try {
      const audit = await auditPrediction(graph, workspace, prediction);
      workspace.state.audits.put(audited(audit, workspace.clock.now()));
      onAudit(audit);
    } catch (error) {
      onError(error);
    } finally {
      took = performance.now() - started;
    }
  };
  return {
    offer(prediction, every) {
      if (closed || every <= 0 || queue.length >= waiting) return;
      const first = !seen.has(prediction.endpoint);
      if (!first && !isSampled(prediction.id, every)) return;
      seen.add(prediction.endpoint);
      queue.push(prediction);
      if (working === undefined) schedule();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      queue.length = 0;
      await working;
    },
  };
}
