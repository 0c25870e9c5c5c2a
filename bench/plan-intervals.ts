import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds } from '../src/assets/index.ts';
import { graphOf, openWorkspace, type Project, plan, run } from '../src/graph/index.ts';
import { col, files, project, source, sql, table, within } from '../src/index.ts';
import { type Result, result } from './results.ts';

const MINUTE = 60_000;
const START = Date.UTC(2025, 0, 1);
const PLANS = 9;

function minutes(): Project {
  const pings = source('pings', {
    from: files('in/*.csv'),
    columns: { id: col.integer(), sent_at: col.timestamp() },
    eventTime: 'sent_at',
  });
  const each = table('each_minute', {
    columns: { minute: col.timestamp(), n: col.integer() },
    key: 'minute',
    eventTime: 'minute',
    incremental: { every: '1m', lookBack: '1d' },
    query: sql`select date_trunc('minute', sent_at) as minute, count(*) as n from ${within(pings)} group by minute`,
  });
  return project('minutes', { pings, each }) as unknown as Project;
}

/** Planning a table of one-minute intervals that holds a year of them, beside one that holds a day; a third of the minutes have no row. */
export async function planIntervals(): Promise<Result[]> {
  const day = await planned(1);
  const year = await planned(365);
  const told = ({ ms, intervals }: Planned) => `${ms.toFixed(1)} ms, ${intervals} ranges to build`;
  return [
    result(
      'plan of 1-minute intervals, a year of them',
      year.ms / day.ms,
      'lower',
      told(year),
      `${told(day)}, a day of them`,
    ),
  ];
}

interface Planned {
  /** The median of some plans. */
  readonly ms: number;
  readonly intervals: number;
}

async function planned(days: number): Promise<Planned> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const workspace = await openWorkspace(folder, { MILLRACE_CLOCK: '2026-06-01T00:00:00Z' });
  try {
    const graph = graphOf(minutes());
    const put = (name: string, from: number, to: number): void => {
      mkdirSync(join(folder, 'in'), { recursive: true });
      const lines = ['id,sent_at'];
      for (let i = from; i < to; i++)
        if (i % 3 !== 0) lines.push(`${i},${new Date(START + i * MINUTE).toISOString()}`);
      const file = join(folder, 'in', name);
      writeFileSync(file, `${lines.join('\n')}\n`);
      // A file that was written a moment ago may still change, and is read to know it again; that is no part of a plan of intervals.
      utimesSync(file, new Date(START), new Date(START));
    };
    put('a.csv', 0, days * 1440);
    if (!(await run(graph, kinds, workspace)).ok) throw new Error('the minutes could not be built');
    put('b.csv', days * 1440, days * 1440 + 60);
    await run(graph, kinds, workspace, { only: { assets: ['pings'], inputs: false } });
    const times: number[] = [];
    let intervals = 0;
    for (let i = 0; i < PLANS; i++) {
      const began = performance.now();
      const { steps } = await plan(graph, kinds, workspace);
      times.push(performance.now() - began);
      intervals = steps.find(({ asset }) => asset === 'each_minute')?.intervals?.length ?? 0;
    }
    return { ms: times.toSorted((a, b) => a - b)[PLANS >> 1] as number, intervals };
  } finally {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
