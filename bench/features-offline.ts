import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Size } from './features-data.ts';
import { compared, type JobUse, job } from './job.ts';
import { median } from './machine.ts';
import { benchPython } from './python.ts';
import { type Result, result } from './results.ts';

/** What each doubling of payments and asks may cost. */
const AIM = 2.2;
/** Seconds that another way may take before it is given up. */
const PATIENCE = 1800;

interface Way {
  readonly name: string;
  /** As it stands in the table. */
  readonly said: string;
  readonly run: (folder: string) => Promise<JobUse>;
}

const jobs = { script: 'features-jobs.ts' };
const ownJob = (name: string, said: string): Way => ({
  name,
  said,
  run: (folder) => job([name, folder], undefined, { ...jobs, patience: PATIENCE }),
});
const pythonJob = (name: string, said: string, python: string, script: string): Way => {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return { name, said, run: (folder) => job([path, folder], python, { patience: PATIENCE }) };
};

/** A set of payments and asks, how ours answers them, and what stands beside it. */
interface Case extends Size {
  readonly what: string;
  readonly body: 'sixteen' | 'sixteen-late' | 'everything';
  readonly ours: string;
  readonly others: readonly Way[];
  /** Made beforehand, and not counted. */
  readonly before?: readonly string[];
}

/** The same payments and asks by several ways, each in a process of its own under 4 GB for the engine; answers are compared before times count. */
export async function featuresOffline(
  folder: string,
  { events, asks }: { readonly events: number; readonly asks: number },
  rounds: number,
  only?: readonly string[],
): Promise<{ results: Result[]; notes: string[] }> {
  const polars = benchPython();
  const feast = benchPython('bench-feast');
  const notes: string[] = [];
  for (const [what, found] of [
    ['polars', polars],
    ['Feast', feast],
  ] as const)
    if ('reason' in found) notes.push(`No ${what} beside offline features: ${found.reason}.`);

  const naive = ownJob('range-join', 'naive range join');
  const asof = ownJob('asof', 'ASOF joins on running totals, max by window frames');
  const frames = ownJob('frames', 'window frames for all');
  const sort = ownJob('floor', 'the floor: sort and scan once');
  const inPolars =
    'python' in polars ? [pythonJob('polars', 'polars', polars.python, 'features-polars.py')] : [];
  const sixteen = { body: 'sixteen', ours: 'ours' } as const;
  const cases: Case[] = [
    {
      ...{ what: '10,000 entities', events, asks, entities: 10_000 },
      ...{ ...sixteen, others: [naive, asof, frames, ...inPolars, sort] },
    },
    {
      ...{ what: '500,000 entities', events, asks, entities: 500_000 },
      ...{ ...sixteen, others: [naive, asof, frames, ...inPolars, sort] },
    },
    // A join that looks at thousands of rows for each ask would take hours on all.
    {
      ...{ what: '200 busy entities', events: events / 10, asks: asks / 10, entities: 200 },
      ...{ ...sixteen, others: [naive, asof, frames, ...inPolars, sort] },
    },
    {
      ...{ what: '10,000 entities, known by a column', events, asks, entities: 10_000 },
      ...{ body: 'sixteen-late', ours: 'ours-late' },
      others: [ownJob('range-join-late', 'naive range join'), sort],
    },
  ];
  // Feast keeps every pair of an ask and an earlier row until it has picked the newest.
  if ('python' in feast)
    cases.push({
      ...{
        what: 'all time, 4 features, 10,000 entities',
        events: events / 10,
        asks: asks / 10,
        entities: 10_000,
      },
      ...{ body: 'everything', ours: 'ours-everything', before: ['running-table'] },
      others: [
        pythonJob('feast', "Feast's look-up of values computed before", feast.python, 'features-feast.py'),
      ],
    });

  const results: Result[] = [];
  const wants = (word: string): boolean => only === undefined || only.includes(word);
  for (const one of cases)
    if (wants(one.what)) results.push(...(await measuredCase(folder, one, rounds, notes)));
  if (wants('doubling')) results.push(await doubling(folder, { events, asks, entities: 10_000 }, rounds));
  if ('python' in feast)
    notes.push(
      "Feast's DuckDB store aggregates nothing over windows. It is given running values after every payment, computed before and not counted, and looks up the newest; ours computes them from the payments.",
    );
  return { results, notes };
}

async function measuredCase(folder: string, one: Case, rounds: number, notes: string[]): Promise<Result[]> {
  const here = await written(folder, one);
  try {
    for (const name of one.before ?? []) await job([name, here], undefined, jobs);
    const pairs = new Map<Way, [JobUse, JobUse][]>();
    const given = new Set<Way>();
    for (let round = 0; round < rounds; round++) {
      let ours: JobUse;
      try {
        ours = await job([one.ours, here], undefined, { ...jobs, patience: PATIENCE });
      } catch (error) {
        notes.push(`${one.what}, OURS: ${(error as Error).message.split('\n')[0]}.`);
        break;
      }
      for (const way of one.others) {
        if (given.has(way)) continue;
        try {
          const theirs = await way.run(here);
          if (round === 0 && way.name !== 'floor') await assertAlike(here, one, way);
          pairs.set(way, [...(pairs.get(way) ?? []), [ours, theirs]]);
        } catch (error) {
          if (error instanceof Unlike) throw error;
          given.add(way);
          notes.push(`${one.what}, ${way.said}: ${(error as Error).message.split('\n')[0]}.`);
        }
      }
    }
    const size = `${one.asks.toLocaleString('en')} asks of ${one.events.toLocaleString('en')} payments, ${one.what}`;
    return [...pairs].flatMap(([way, uses]) => [
      ...compared(size, uses, way.said),
      result(
        `${size}: peak memory`,
        median(uses.map(([a, b]) => a.peakBytes / b.peakBytes)),
        'lower',
        `${Math.round(Math.max(...uses.map(([a]) => a.peakBytes)) / 1e6)} MB`,
        `${Math.round(Math.max(...uses.map(([, b]) => b.peakBytes)) / 1e6)} MB, ${way.said}`,
      ),
    ]);
  } finally {
    rmSync(here, { recursive: true, force: true });
  }
}

class Unlike extends Error {}

async function assertAlike(folder: string, { body, ours }: Case, way: Way): Promise<void> {
  const told = JSON.stringify({ body, mine: ours, theirs: way.name });
  const { asked, same } = (await job(['compare', folder, told], undefined, jobs)).gave as {
    asked: number;
    same: number;
  };
  if (asked === 0 || same !== asked)
    throw new Unlike(`${way.said}: only ${same} of ${asked} answers are the same`);
}

/** How ours grows when payments and asks both double. */
async function doubling(folder: string, size: Size, rounds: number): Promise<Result> {
  const sizes = [{ ...size, events: size.events / 2, asks: size.asks / 2 }, size];
  const folders = [];
  for (const one of sizes) folders.push(await written(folder, one));
  const uses: JobUse[][] = sizes.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, here] of folders.entries()) uses[i]?.push(await job(['ours', here], undefined, jobs));
  for (const here of folders) rmSync(here, { recursive: true, force: true });
  const seconds = uses.map((own) => median(own.map(({ cpuSeconds }) => cpuSeconds))) as [number, number];
  const times = seconds[1] / seconds[0];
  return result(
    'offline features: payments and asks doubled',
    times / AIM,
    'lower',
    `${times.toFixed(2)}×: ${sizes.map(({ events }, i) => `${events / 1e6} M ${seconds[i]?.toFixed(2)} s`).join(', ')} of CPU`,
    `the aim of ${AIM}×`,
  );
}

async function written(folder: string, { events, asks, entities }: Size): Promise<string> {
  const here = join(folder, `${events}-${entities}`);
  mkdirSync(here, { recursive: true });
  await job(['write', here, JSON.stringify({ events, asks, entities })], undefined, jobs);
  return here;
}
