import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import {
  graphOf,
  HOME,
  type Kind,
  type Node,
  openWorkspace,
  type Project,
  run,
  type Workspace,
} from '../../../graph/index.ts';
import { type Log, openLog } from '../../../store/log/index.ts';
import { col } from '../../contract/index.ts';
import { source } from '../declare.ts';
import { sourceKind } from '../kind.ts';
import { quarantineOf } from '../source-tables.ts';
import type { SourceBody } from '../spec.ts';
import { stream } from './declare.ts';
import { ingestLog } from './record.ts';

export const kinds = new Map([[sourceKind.kind, sourceKind as unknown as Kind]]);

/** A streamed source; another `most` judges all rows anew. */
export function itemsProject(most: number, keyed = false): Project {
  const columns = { id: col.string(), n: col.integer().between(0, most) };
  const items = source('items', { from: stream(), columns, ...(keyed ? { key: 'id' } : {}) });
  return { name: 'bench', assets: { items }, place: { file: 'x', line: 1, column: 1 } } as unknown as Project;
}
export const itemsNode = (project: Project) => graphOf(project).nodes.get('items') as Node<SourceBody>;

/** A workspace whose logs have a new segment every few records, so that there is something to trim. */
export async function openSmallLogs(folder: string): Promise<Workspace> {
  const workspace = await openWorkspace(folder, {});
  const logs = new Map<string, Promise<Log>>();
  return {
    ...workspace,
    log(name) {
      const log = logs.get(name) ?? openLog(join(folder, HOME, 'log', name), { segmentBytes: 300 });
      logs.set(name, log);
      return log;
    },
    async close() {
      for (const log of logs.values()) await (await log).close();
      await workspace.close();
    },
  };
}

/** The files of the source's log. */
export function segmentsOf(folder: string): string[] {
  const log = join(folder, HOME, 'log', ingestLog('items'));
  return existsSync(log) ? readdirSync(log).map((name) => join(log, name)) : [];
}

/** As if nobody had written for long: only then the last segment of a stream is trimmed. */
export function letRest(folder: string): void {
  for (const path of segmentsOf(folder)) utimesSync(path, new Date('2020-01-01'), new Date('2020-01-01'));
}

/** Runs, and gives what is live then: ids of the table and of the quarantine, sorted. */
export async function runItems(
  workspace: Workspace,
  project: Project,
): Promise<{ good: string[]; bad: string[] }> {
  const { ok, steps } = await run(graphOf(project), kinds, workspace);
  if (!ok) throw new Error(JSON.stringify(steps.map(({ outcome, problems }) => [outcome, problems])));
  const snapshot = workspace.state.live('items')?.snapshot;
  const session = await workspace.engine.session();
  const idsOf = async (name: string, id: string): Promise<string[]> => {
    const table = workspace.lake.table(name, snapshot);
    if (table === undefined) return [];
    const rows = await session.rows<{ id: string }>(
      `select ${id} as id from ${session.scan(table)} order by 1`,
    );
    return rows.map((row) => row.id);
  };
  try {
    return {
      good: await idsOf('items', 'id'),
      bad: await idsOf(quarantineOf('items'), `coalesce(_row ->> 'id', _row ->> '_text')`),
    };
  } finally {
    session.close();
  }
}
