import { formatDuration, formatInstant, quoteName } from '../../../../base/index.ts';
import type { Session } from '../../../../engine/index.ts';
import {
  type AggregateSpec,
  aggregatesIn,
  entitySql,
  type FeatureSpec,
  type FeaturesBody,
  isAggregate,
} from '../../../feature/index.ts';

/** A feature that is empty in every row, and why. */
export interface Unseen {
  readonly feature: string;
  readonly reason: string;
}

/** Who is asked about. */
interface Asked {
  /** The training set. */
  readonly rows: string;
  /** Whether its rows name the entity: what is looked up through another one is of whom the rows do not say. */
  readonly names: boolean;
}

/**
 * The features of one asset that no row ever saw anything of: null throughout, or a count that is 0 throughout. What is known only after it was asked for looks
 * like that. `events` is the dataset.
 */
export async function unseenOf(
  session: Session,
  body: FeaturesBody,
  features: readonly FeatureSpec[],
  asked: Asked,
  events: string,
): Promise<Unseen[]> {
  if (features.length === 0) return [];
  const [seen = {}] = await session.rows<Record<string, number>>(
    `select ${features.map((feature, i) => `count(*) filter (${hasSeen(feature)}) as f${i}`).join(', ')} from ${asked.rows}`,
  );
  const empty = features.filter((_, i) => seen[`f${i}`] === 0);
  if (empty.length === 0) return [];
  const facts = await factsOf(session, body, asked, events);
  return empty.map((feature) => ({ feature: feature.name, reason: reasonOf(feature, body, facts) }));
}

/** Whether a value says that a row was in the window. A sum of 0 may be one of rows. */
function hasSeen(spec: FeatureSpec): string {
  const column = quoteName(spec.name);
  const aggregate = isAggregate(spec) ? spec.aggregate : undefined;
  return aggregate === 'count' || aggregate === 'distinct' ? `${column} > 0` : `${column} is not null`;
}

interface Facts {
  readonly rows: number;
  /** Rows of which it is said when they are known. */
  readonly known: number;
  /** Rows of entities that are asked about; of any, where these are not named. */
  readonly asked: number;
  readonly firstKnown: number | null;
  /** The shortest time from a row's event to when it is known. */
  readonly delay: number | null;
  readonly lastAsk: number | null;
}

async function factsOf(
  session: Session,
  body: FeaturesBody,
  { rows, names }: Asked,
  events: string,
): Promise<Facts> {
  const { entity, eventTime, availableAt, availableAfter } = body;
  const event = `epoch_us(${quoteName(eventTime)})`;
  const known =
    availableAt === null
      ? `${event} + ${availableAfter}`
      : `case when ${quoteName(availableAt)} is not null then greatest(${event}, epoch_us(${quoteName(availableAt)})) end`;
  // The rows carry keys as text, under the same names.
  const key = (of: string): string => entitySql(entity, of);
  const isAsked = names ? `entity in (select ${key('asked')} from ${rows} as asked)` : 'entity is not null';
  const [facts] = await session.rows<Facts>(
    `select count(*) as "rows", count(known) as known, min(known) as "firstKnown", min(known - event) as delay,
       count(*) filter (${isAsked}) as asked, (select max(_at) from ${rows}) as "lastAsk"
     from (select ${key('dataset')} as entity, ${event} as event, ${known} as known from ${events} as dataset where ${event} is not null)`,
  );
  return facts ?? { rows: 0, known: 0, asked: 0, firstKnown: null, delay: null, lastAsk: null };
}

function reasonOf(spec: FeatureSpec, { from, entity }: FeaturesBody, facts: Facts): string {
  const [{ window, hop, ending }] = aggregatesIn(spec) as [AggregateSpec];
  const { rows, known, asked, firstKnown, delay, lastAsk } = facts;
  const empty = 'empty in every row:';
  if (rows === 0) return `${empty} ${from} has no rows`;
  if (known === 0) return `${empty} no row of ${from} says when it was known`;
  if (asked === 0) return `${empty} ${from} has no row of any ${entity.name} that is asked about`;
  if (firstKnown !== null && lastAsk !== null && firstKnown >= lastAsk)
    return `${empty} the first row of ${from} is known from ${formatInstant(firstKnown)} on, the last question is of ${formatInstant(lastAsk)}`;
  const told = `its window reaches back ${formatDuration((window ?? 0) + ending)}`;
  if (window !== null && delay !== null && delay >= window + hop + ending)
    return `${empty} rows of ${from} are known ${formatDuration(delay)} or more after they happen, and ${told}`;
  const which = window === null ? 'in its window' : `in its window of ${formatDuration(window)}`;
  return `${empty} no row of ${from} was ${which} and known when it was asked for`;
}
