import { randomInt } from 'node:crypto';
import { type Instant, type JsonObject, newId } from '../../../base/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { KeptLookUp } from '../../../store/state/index.ts';
import type { FeaturesBody, LookedUp } from '../../feature/index.ts';
import { rankOf } from '../predictions.ts';
import { AUDIT_EVERY } from './auditor.ts';
import { plain } from './replay.ts';

/** Features as they were looked up, of several entities at once. */
export interface LookedUpNow {
  /** The features asset, and its version whose state was read. */
  readonly asset: string;
  readonly version: string;
  readonly asOf: Instant;
  /** Whom they are of, in the order of `found.values`. */
  readonly keys: readonly JsonObject[];
  readonly found: LookedUp;
}

/** Takes one in so many look-ups, an entity each, and keeps it with what a replay needs. */
export interface LookUpSample {
  /** Takes what is to be taken of these, and returns at once: what is taken is written a little later. */
  offer(looked: LookedUpNow): void;
  /** Writes what was taken. */
  close(): void;
}

/** How long what was taken waits to be written, in milliseconds: no answer waits for the disk. */
const WRITE_AFTER = 1_000;

/**
 * A sample of look-ups. Its first of each features asset is taken, so that features that are asked for seldom have one at all; from there to
 * the next it is left to chance, so that a question that is asked in rounds is not always the same one. Nobody was told an id that others
 * could choose by, so each process takes its own.
 * @param take whether there is room for one more; what is not taken is not kept either
 */
export function openLookUpSample(
  graph: Graph,
  { state }: Pick<Workspace, 'state'>,
  {
    take = () => true,
    onError,
  }: { take?: (lookUp: KeptLookUp) => boolean; onError: (error: unknown) => void },
): LookUpSample {
  /** Of each features asset, how many are passed over before one is taken. */
  const skips = new Map<string, number>();
  let taken: KeptLookUp[] = [];
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const all = taken;
    taken = [];
    if (all.length === 0) return;
    try {
      state.lookUps.put(all);
    } catch (error) {
      onError(error);
    }
  };
  return {
    offer({ asset, version, asOf, keys, found }) {
      const every = (graph.nodes.get(asset) as Node<FeaturesBody>).body.audit?.every ?? AUDIT_EVERY;
      if (every <= 0) return;
      let next = skips.get(asset) ?? 0;
      for (; next < keys.length; next += 1 + randomInt(2 * every - 1)) {
        const lookUp: KeptLookUp = {
          ...{ id: newId(), asset, version, asOf, keys: keys[next] as JsonObject },
          features: plain(found.values[next]),
          dataset: found.coverage.dataset,
          position: found.position ?? null,
        };
        // Passed over, as those between: whoever asks pays for no more than his share of the sample.
        if (!take(lookUp)) continue;
        taken.push(lookUp);
        timer ??= setTimeout(write, WRITE_AFTER).unref();
      }
      skips.set(asset, Math.max(0, next - keys.length));
    },
    close: write,
  };
}

/** Up to so many kept look-ups of features as of an instant or later, chosen as predictions are. Oldest first. */
export function sampleLookUps(
  { state }: Pick<Workspace, 'state'>,
  asset: string,
  { since, most }: { readonly since: Instant; readonly most: number },
): KeptLookUp[] {
  const ranked = state.lookUps.since(asset, since).map((lookUp) => ({ lookUp, rank: rankOf(lookUp.id) }));
  const chosen = ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, most);
  return chosen.map(({ lookUp }) => lookUp).sort((a, b) => a.asOf - b.asOf || (a.id < b.id ? -1 : 1));
}
