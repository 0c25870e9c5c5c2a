import { type Instant, quoteName } from '../../base/index.ts';
import type { Freshness, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { ContractSpec } from './spec.ts';
import { FRESH } from './table-rules.ts';

interface Newest {
  readonly of: string;
  readonly at: Instant | null;
}

/** By dataset: a version never changes, and who looks once a minute need not read it each time. */
const newest = new WeakMap<Workspace, Map<string, Newest>>();

/** The newest event of a live version beside what the contract promises; undefined when it promises nothing. */
export async function freshnessOf(
  { fresh, eventTime }: ContractSpec | Required<Pick<ContractSpec, 'fresh' | 'eventTime'>>,
  version: Version,
  workspace: Workspace,
): Promise<Freshness | undefined> {
  if (fresh === undefined || eventTime === undefined) return undefined;
  const at = await newestEvent(version, eventTime, workspace);
  return at === undefined ? undefined : { newest: at, atMost: fresh, column: eventTime, check: FRESH };
}

/** The newest event time of a version of a dataset, remembered while it is the last one asked about; null without rows, undefined when it has no such column. */
export async function newestEvent(
  version: Version,
  eventTime: string,
  workspace: Workspace,
): Promise<Instant | null | undefined> {
  const known = newest.get(workspace) ?? new Map<string, Newest>();
  newest.set(workspace, known);
  const of = `${version.id} ${eventTime}`;
  const before = known.get(version.asset);
  if (before?.of === of) return before.at;
  const at = await newestOf(version, eventTime, workspace);
  if (at !== undefined) known.set(version.asset, { of, at });
  return at;
}

/** Undefined when the version has no such column: it was built before that was declared. */
async function newestOf(
  { asset, snapshot }: Version,
  eventTime: string,
  { lake, engine }: Workspace,
): Promise<Instant | null | undefined> {
  const table = lake.table(asset, snapshot);
  if (table?.columns.find(({ name }) => name === eventTime)?.type !== 'timestamp') return undefined;
  const session = await engine.session();
  try {
    const [row] = await session.rows<{ max: number | bigint | null }>(
      `select epoch_us(max(${quoteName(eventTime)})) as max from ${session.scan(table)}`,
    );
    return row?.max == null ? null : Number(row.max);
  } finally {
    session.close();
  }
}
