import { type Instant, type JsonObject, MillraceError } from '../../base/index.ts';
import type { Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { entityText, type HeadPosition, type Heads, lookUp } from '../feature/index.ts';
import type { Lookup } from '../model/index.ts';

/** What was looked up for several questions at one instant. */
export interface Looked {
  /** By question and lookup. */
  readonly features: readonly Record<string, JsonObject>[];
  /** By lookup, the version of the dataset whose rows its state held. */
  readonly states: Readonly<Record<string, string>>;
  readonly heads: Readonly<Record<string, HeadPosition>>;
}

/**
 * All lookups of some questions: those by the keys of the questions in one round trip, then those whose entity is what another has found. Whom several
 * questions are about is looked up once.
 * @throws MILL_ENDPOINT_STATE_MISSING
 */
export async function lookUpAll(
  { online }: Pick<Workspace, 'online'>,
  heads: Heads | undefined,
  {
    model,
    lookups,
    spaces,
  }: { model: Version; lookups: readonly Lookup[]; spaces: ReadonlyMap<string, string> },
  asks: readonly JsonObject[],
  asOf: Instant,
  mustReach: boolean,
): Promise<Looked> {
  const features = asks.map((): Record<string, JsonObject> => ({}));
  const states: Record<string, string> = {};
  const positions: Record<string, HeadPosition> = {};
  let left = lookups;
  while (left.length > 0) {
    const now = left.filter(({ via }) => via === undefined || states[via.lookup] !== undefined);
    const about = now.map((lookup) =>
      distinct(asks.map((ask, i) => entityOf(lookup, ask, features[i] ?? {}))),
    );
    const found = await lookUp(
      online,
      heads,
      now.map((lookup, i) => ({
        body: lookup.body,
        space: spaces.get(lookup.name) as string,
        entities: (about[i] as Distinct).entities,
      })),
      asOf,
      { mustReach },
    );
    now.forEach((lookup, i) => {
      const one = found[i];
      if (one === undefined) throw stateMissing(model, lookup);
      const { places } = about[i] as Distinct;
      places.forEach((place, ask) => {
        (features[ask] as Record<string, JsonObject>)[lookup.name] = one.values[place] as JsonObject;
      });
      states[lookup.name] = one.coverage.dataset;
      if (one.position !== undefined) positions[lookup.name] = one.position;
    });
    left = left.filter((lookup) => !now.includes(lookup));
  }
  return { features, states, heads: positions };
}

interface Distinct {
  readonly entities: readonly (string | undefined)[];
  /** Where the entity of each question stands among them. */
  readonly places: readonly number[];
}

function distinct(all: readonly (string | undefined)[]): Distinct {
  const place = new Map<string | undefined, number>();
  const places = all.map((entity) => {
    const known = place.get(entity) ?? place.size;
    place.set(entity, known);
    return known;
  });
  return { entities: [...place.keys()], places };
}

/** Whom a lookup is about: as the keys of a question say, or as another lookup has found. */
export function entityOf(
  { body: { entity }, via }: Pick<Lookup, 'body' | 'via'>,
  keys: JsonObject,
  features: Readonly<Record<string, JsonObject>>,
): string | undefined {
  if (via === undefined) return entityText(entity, (key) => keys[key]);
  return entityText(entity, () => features[via.lookup]?.[via.feature]);
}

/** Answering as if nobody were known would be a wrong answer. */
export function stateMissing(model: Version, { of }: Lookup): MillraceError {
  return new MillraceError({
    code: 'MILL_ENDPOINT_STATE_MISSING',
    message: `The online store has no state of ${of} as ${model.id} was trained with.`,
    todo: 'Run `millrace run`: it builds the state again from the lake.',
    owner: 'service',
    asset: of,
    retry: true,
  });
}
