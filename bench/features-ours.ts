import {
  answerPointInTime,
  buildState,
  coverageValue,
  type FeaturesBody,
  lookUp,
  newCoverage,
} from '../src/assets/feature/index.ts';
import type { Instant } from '../src/base/index.ts';
import type { Session } from '../src/engine/index.ts';
import { type Entry, openOnlineStore } from '../src/store/online/index.ts';

// How the benches of features ask the product. All they know of it, besides its HTTP routes, is here.

export interface History {
  readonly body: FeaturesBody;
  /** Relations as in `PointInTime`. */
  readonly events: string;
  readonly asks: string;
  readonly bounds?: { readonly from: Instant; readonly to: Instant };
}

/** Makes the temporary table `into` with `_ask` and a column per feature. */
export async function answerHistory(session: Session, history: History, into: string): Promise<void> {
  await session.run(`drop table if exists ${into}`);
  await answerPointInTime(session, { ...history, into });
}

/** The state of every entity, made at an instant. */
export const statesOf = (
  session: Session,
  body: FeaturesBody,
  events: string,
  from: Instant,
): AsyncIterable<Entry> => buildState(session, body, events, from);

export interface Online {
  fill(states: AsyncIterable<Entry>): Promise<number>;
  /** The features of some entities, one record each. */
  lookUp(entities: readonly string[], t: Instant): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** The online store of a folder with one space of states that were made at `from`. */
export async function openOnline(folder: string, body: FeaturesBody, from: Instant): Promise<Online> {
  const store = await openOnlineStore(folder, {});
  const space = 'bench';
  return {
    fill: (states) => store.fill(space, coverageValue(newCoverage('bench', from)), states),
    lookUp: async (entities, t) =>
      (await lookUp(store, undefined, [{ body, space, entities }], t))[0]?.values ?? [],
    close: () => store.close(),
  };
}

/** Where a server answers for features, and how it is asked. */
export const featuresPath = (name: string): string => `/v1/features/${name}`;
export const featuresAsk = (cards: readonly string[]): object => ({
  entities: cards.map((card) => ({ card_id: card })),
});
