import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds, type ModelVersion, modelVersionOf } from '../../src/assets/index.ts';
import {
  checked,
  type Graph,
  openWorkspace,
  type RunResult,
  run,
  type Workspace,
} from '../../src/graph/index.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import maintenance from './project.ts';
import { simulate } from './simulate.ts';

/** Midnight after the last day. */
export const UNTIL = '2026-10-01T00:00:00Z';

/** A plant of so many machines, with its files and the line over them in a folder of its own. */
export interface Plant {
  readonly data: string;
  readonly graph: Graph;
  readonly workspace: Workspace;
  run(...only: string[]): Promise<RunResult>;
  model(name: string): ModelVersion;
  rows<Row extends object>(asset: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** `deliver` may lay the files in its data folder out in another way. */
export async function openPlant(
  machines: number,
  days: number,
  until: string = UNTIL,
  deliver: (data: string) => void = () => {},
): Promise<Plant> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const data = join(folder, 'data');
  simulate({ folder: data, until: new Date(until), machines, days });
  deliver(data);
  const workspace = await openWorkspace(folder, { MILLRACE_CLOCK: until });
  const graph = await checked(maintenance, kinds, workspace.engine);
  const live = (asset: string): Version => workspace.state.live(asset) as Version;
  return {
    data,
    graph,
    workspace,
    run: (...only) => run(graph, kinds, workspace, only.length === 0 ? {} : { only }),
    model: (name) => modelVersionOf(live(name)),
    async rows<Row extends object>(asset: string) {
      const session = await workspace.engine.session();
      try {
        const table = workspace.lake.table(asset, live(asset).snapshot) as TableState;
        return await session.rows<Row & Record<string, unknown>>(`select * from ${session.scan(table)}`);
      } finally {
        session.close();
      }
    },
    async close() {
      await workspace.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where a value found is not what an oracle wants. */
export function differences(found: object, wanted: object): string[] {
  const row = found as Record<string, unknown>;
  const close = (a: unknown, b: unknown): boolean =>
    typeof b === 'number' && typeof a !== 'object'
      ? Math.abs(Number(a) - b) <= 1e-9 * Math.max(1, Math.abs(b))
      : (a ?? null) === b;
  return Object.entries(wanted)
    .filter(([name, value]) => !close(row[name], value))
    .map(([name, value]) => `${name}: ${row[name]}, by hand ${value}`);
}
