import { type Instant, instantLiteral, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { Freshness, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { KEPT_COMING, NewestEvents } from './newest-events.ts';
import type { ContractSpec } from './spec.ts';
import { FRESH } from './table-rules.ts';

type Promised = Pick<ContractSpec, 'fresh' | 'eventTime'>;

interface Known {
  readonly of: string;
  readonly events: NewestEvents;
}

/** By dataset: a version never changes, and who looks once a minute need not read it each time. */
const known = new WeakMap<Workspace, Map<string, Known>>();

/** The newest event of a live version, as of now, beside what the contract promises; undefined when it promises nothing. */
export async function freshnessOf(
  { fresh, eventTime }: Promised,
  version: Version,
  workspace: Workspace,
): Promise<Freshness | undefined> {
  if (fresh === undefined || eventTime === undefined) return undefined;
  const own = known.get(workspace) ?? new Map<string, Known>();
  known.set(workspace, own);
  const of = `${version.id} ${eventTime}`;
  const now = workspace.clock.now();
  const before = own.get(version.asset);
  const remembered = before?.of === of ? before.events.at(now) : undefined;
  const events =
    remembered === undefined ? await newestEvents(version, eventTime, workspace, now) : undefined;
  if (events !== undefined) own.set(version.asset, { of, events });
  const newest = remembered === undefined ? events?.at(now) : remembered;
  return newest === undefined ? undefined : { newest, atMost: fresh, column: eventTime, check: FRESH };
}

/** The newest events of a version of a dataset; undefined when it has no such column: it was built before that was declared. */
export async function newestEvents(
  { asset, snapshot }: Version,
  eventTime: string,
  { lake, engine }: Workspace,
  now: Instant,
): Promise<NewestEvents | undefined> {
  const table = lake.table(asset, snapshot);
  if (table?.columns.find(({ name }) => name === eventTime)?.type !== 'timestamp') return undefined;
  const session = await engine.session();
  try {
    return await readEvents(session, session.scan(table), eventTime, now);
  } finally {
    session.close();
  }
}

/** The newest event of a relation as of now, for a contract that promises how old it may be; null for any other, and without rows. */
export async function newestPromised(
  session: Session,
  { fresh, eventTime }: Promised,
  relation: string,
  now: Instant,
): Promise<Instant | null> {
  if (fresh === undefined || eventTime === undefined) return null;
  return (await readEvents(session, relation, eventTime, now)).at(now) ?? null;
}

async function readEvents(
  session: Session,
  relation: string,
  eventTime: string,
  now: Instant,
): Promise<NewestEvents> {
  const column = quoteName(eventTime);
  const isPast = `${column} <= ${instantLiteral(now)}`;
  const [row] = await session.rows<{ past: number | null; coming: boolean | null }>(
    `select epoch_us(max(${column}) filter (${isPast})) as past, bool_or(not (${isPast})) as coming from ${relation}`,
  );
  const events = new NewestEvents();
  if (row?.past != null) events.add(Number(row.past), now);
  if (row?.coming !== true) return events;
  const coming = await session.rows<{ event: number }>(
    `select distinct epoch_us(${column}) as event from ${relation} where not (${isPast}) order by event limit ${KEPT_COMING + 1}`,
  );
  for (const { event } of coming) events.add(Number(event), now);
  return events;
}
