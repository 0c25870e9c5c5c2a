import { canonicalJson, MillraceError } from '../../../base/index.ts';
import type { Found, OnlineStore, SpaceAsk, StateValue } from '../../../store/online/index.ts';

/** What this process has read of a space: all of one coverage. */
interface Known {
  readonly coverage: StateValue;
  readonly print: string;
  /** The one read last comes last. Undefined for an entity that has no state. */
  readonly states: Map<string, StateValue | undefined>;
}

/** States that are remembered of each space: some ten megabytes. */
const MOST = 2_000;

const stores = new WeakMap<OnlineStore, Map<string, Known>>();

/**
 * States as the store has them. As long as a space covers the same, its states are the same: those that were read before are neither fetched nor
 * parsed again, which is most of what a look-up takes. Where the store does not answer, what is remembered is given, if that is all that is
 * asked for (`reached` is false then), unless `mustReach`.
 * @throws MILL_ONLINE_UNREACHABLE
 */
export async function readStates(
  online: OnlineStore,
  asks: readonly SpaceAsk[],
  mustReach: boolean,
): Promise<{ readonly found: readonly Found[]; readonly reached: boolean }> {
  const known = stores.get(online) ?? new Map<string, Known>();
  stores.set(online, known);
  // Taken out before anything is awaited: others forget and learn meanwhile.
  const held = asks.map(({ space, entities }) => {
    const before = known.get(space);
    const states = new Map<string, StateValue | undefined>();
    for (const entity of entities)
      if (before?.states.has(entity)) states.set(entity, before.states.get(entity));
    return { before, states, missing: entities.filter((entity) => !states.has(entity)) };
  });
  let fetched: readonly Found[];
  try {
    fetched = await online.get(asks.map(({ space }, i) => ({ space, entities: held[i]?.missing ?? [] })));
  } catch (error) {
    const away = error instanceof MillraceError && error.code === 'MILL_ONLINE_UNREACHABLE';
    if (!away || mustReach || held.some(({ before, missing }) => before === undefined || missing.length > 0))
      throw error;
    const found = asks.map(({ entities }, i): Found => {
      const { before, states } = held[i] as (typeof held)[number];
      return { coverage: before?.coverage, states: entities.map((entity) => states.get(entity)) };
    });
    return { found, reached: false };
  }
  const found: (Found | undefined)[] = asks.map(({ space, entities }, i) => {
    const now = fetched[i] as Found;
    const { before, states, missing } = held[i] as (typeof held)[number];
    if (now.coverage === undefined) return now;
    const print = canonicalJson(now.coverage);
    missing.forEach((entity, n) => {
      states.set(entity, now.states[n]);
    });
    remember(known, space, { coverage: now.coverage, print }, missing, now);
    // What was remembered is of before the space moved.
    if (missing.length < entities.length && before?.print !== print) return undefined;
    return { coverage: now.coverage, states: entities.map((entity) => states.get(entity)) };
  });
  const moved = asks.flatMap((ask, i) => (found[i] === undefined ? [{ ask, i }] : []));
  const again = moved.length === 0 ? [] : await online.get(moved.map(({ ask }) => ask));
  moved.forEach(({ ask: { space, entities }, i }, n) => {
    const now = again[n] as Found;
    found[i] = now;
    const { coverage } = now;
    if (coverage !== undefined)
      remember(known, space, { coverage, print: canonicalJson(coverage) }, entities, now);
  });
  return { found: found as readonly Found[], reached: true };
}

function remember(
  known: Map<string, Known>,
  space: string,
  covers: Omit<Known, 'states'>,
  entities: readonly string[],
  found: Found,
): void {
  let own = known.get(space);
  if (own?.print !== covers.print) {
    own = { ...covers, states: new Map() };
    known.set(space, own);
  }
  const { states } = own;
  entities.forEach((entity, i) => {
    states.delete(entity);
    states.set(entity, found.states[i]);
  });
  for (const entity of states.keys()) {
    if (states.size <= MOST) return;
    states.delete(entity);
  }
}
