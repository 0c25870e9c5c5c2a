import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { col, kinds, source, stream } from '../assets/index.ts';
import { checked, type Graph, openWorkspace, type Project, run, type Workspace } from '../graph/index.ts';

const columns = {
  id: col.string().matches(/^[a-z]+-\d+$/),
  n: col.integer().between(0, 1_000_000),
  at: col.timestamp(),
};
/** With a key: posting again replaces. */
const events = source('events', { from: stream(), columns, key: 'id', eventTime: 'at' });
/** Without: two requests are two, unless they have one Idempotency-Key. */
const pings = source('pings', { from: stream(), columns });
const strict = source('strict', { from: stream(), columns, onBreach: 'block' });
/** Columns within objects and lists. */
const nested = source('nested', {
  from: stream(),
  columns: {
    id: col.string().at('who.id'),
    n: col.integer().at('list[0]').nullable(),
    who: col.string().nullable(),
    at: col.timestamp().at('/who/seen.at').describe('When it was seen.').nullable(),
  },
});
const lax = source('lax', { from: stream(), columns, onBreach: 'warn' });

export const door = {
  name: 'door',
  assets: { events, pings, strict, lax, nested },
  place: { file: 'door.ts', line: 1, column: 1 },
} as unknown as Project;

export const folderForDoor = (): string => mkdtempSync(join(tmpdir(), 'millrace-'));
export const removeDoor = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export async function openDoor(folder: string): Promise<{ graph: Graph; workspace: Workspace }> {
  const workspace = await openWorkspace(folder, { MILLRACE_MEMORY: '500MB' });
  return { workspace, graph: await checked(door, kinds, workspace.engine) };
}

/** Rows of a source as they are live after a run, by one column. */
export async function idsAfterRun(folder: string, asset: string, table = asset): Promise<string[]> {
  const { graph, workspace } = await openDoor(folder);
  try {
    const { ok, steps } = await run(graph, kinds, workspace, { only: [asset] });
    if (!ok) throw new Error(JSON.stringify(steps.map(({ problems, outcome }) => [outcome, problems])));
    const state = workspace.lake.table(table, workspace.state.live(asset)?.snapshot);
    if (state === undefined) return [];
    const session = await workspace.engine.session();
    const id = table === asset ? 'id' : "_row->>'id'";
    const rows = await session.rows<{ id: string }>(
      `select ${id} as id from ${session.scan(state)} order by 1`,
    );
    session.close();
    return rows.map((row) => row.id);
  } finally {
    await workspace.close();
  }
}

/** How many versions a source has had. */
export async function versionsOf(folder: string, asset: string): Promise<number> {
  const { workspace } = await openDoor(folder);
  try {
    return workspace.state.versions(asset).length;
  } finally {
    await workspace.close();
  }
}

/** A row that `events` and the others take; every tenth is bad. */
export function rowOf(n: number): string {
  const bad = n % 10 === 9;
  return JSON.stringify({ id: `row-${n}`, n: bad ? -n : n, at: '2026-03-01T10:00:00Z' });
}
