import { type Instant, quoteName } from '../../base/index.ts';
import type { Workspace } from '../../graph/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import type { Version } from '../../store/state/index.ts';

const known = new WeakMap<Workspace, Map<string, Instant | null>>();

/** The newest event time of a version of a dataset; null without rows. Read once for each version. */
export async function newestEvent(
  workspace: Workspace,
  version: Version,
  eventTime: string,
): Promise<Instant | null> {
  const found = known.get(workspace) ?? new Map<string, Instant | null>();
  known.set(workspace, found);
  const name = `${version.id} ${eventTime}`;
  const before = found.get(name);
  if (before !== undefined) return before;
  const table = workspace.lake.table(version.asset, version.snapshot);
  const newest = table === undefined ? null : await newestOf(workspace, table, eventTime);
  // Of each dataset only the last few versions are asked about.
  if (found.size > 100) found.clear();
  found.set(name, newest);
  return newest;
}

async function newestOf(
  { engine }: Workspace,
  table: TableState,
  eventTime: string,
): Promise<Instant | null> {
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
