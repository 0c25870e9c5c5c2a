import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds } from '../src/assets/index.ts';
import { checked, openWorkspace, type Project, plan, run } from '../src/graph/index.ts';
import { type Result, result } from './results.ts';
import { warehouse } from './warehouse.ts';

const TABLES = 1000;
/** Seconds: of a first check and plan, and of a run that finds nothing to do. */
const AIM = { first: 1.5, idle: 2 };

/**
 * How long a project of many tables takes to be checked and planned, opened anew each time as a command does: with nothing known,
 * again, after one edit at the top, and with all of it live.
 */
export async function planThousand(): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  for (let i = 0; i < 10; i++) {
    mkdirSync(join(folder, 'data', String(i)), { recursive: true });
    writeFileSync(
      join(folder, 'data', String(i), 'a.csv'),
      'id,city,amount,fee,kind,began\nx,y,1,2,a,2026-01-01\n',
    );
  }
  const results: Result[] = [];
  const tell = async (what: string, aim: number, declared: () => Project): Promise<void> => {
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    const { seconds, steps } = await command(folder, declared);
    const { user, system } = process.cpuUsage(cpu);
    const all = (performance.now() - began) / 1000;
    results.push(
      result(
        `1,000 tables, ${what}`,
        all / aim,
        'lower',
        `${all.toFixed(2)} s, ${seconds.toFixed(2)} s of it the check; ${((user + system) / 1e6).toFixed(2)} s of CPU; ${steps} steps`,
        `the aim of ${aim} s`,
      ),
    );
  };
  const same = () => warehouse(TABLES);
  const edited = () => warehouse(TABLES, true);
  try {
    await tell('first check and plan', AIM.first, same);
    await tell('check and plan again', AIM.first, same);
    await tell('a column added to all ten sources', AIM.first, edited);
    await build(folder, same());
    await tell('all live, nothing to do', AIM.idle, same);
    await tell('all live, a column added to all ten sources', AIM.first, edited);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

async function command(folder: string, declared: () => Project): Promise<{ seconds: number; steps: number }> {
  const workspace = await openWorkspace(folder);
  try {
    const began = performance.now();
    const graph = await checked(declared(), kinds, workspace.engine, workspace.state);
    const seconds = (performance.now() - began) / 1000;
    const { steps } = await plan(graph, kinds, workspace);
    return { seconds, steps: steps.length };
  } finally {
    await workspace.close();
  }
}

async function build(folder: string, declared: Project): Promise<void> {
  const workspace = await openWorkspace(folder);
  try {
    const graph = await checked(declared, kinds, workspace.engine, workspace.state);
    const { ok } = await run(graph, kinds, workspace);
    if (!ok) throw new Error('the thousand tables could not be built');
  } finally {
    await workspace.close();
  }
}
