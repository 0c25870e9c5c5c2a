import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { coverageOf, featuresVersionOf, readState } from '../../src/assets/index.ts';
import type { Session } from '../../src/engine/index.ts';
import type { Workspace } from '../../src/graph/index.ts';
import {
  col,
  entity,
  features,
  files,
  type Project,
  project,
  rowCount,
  source,
  sql,
  table,
} from '../../src/index.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { openBench } from './line.fixture.ts';

// This file is also what the readers' processes run: `node <this file> <folder>`.

/** Rows of every generation. */
export const ROWS = 120;
const KEYS = 8;

/**
 * Everything in it is of one generation: a source whose one file changes, a table of it, features of the table. A bad row stops the
 * source at its gate; a row that is not to be kept stops the table at its.
 */
export function generations(): Project {
  const ticks = source('ticks', {
    from: files('in/*.csv'),
    columns: {
      id: col.string(),
      key: col.string(),
      generation: col.integer().between(1, 1_000_000),
      keep: col.boolean(),
      ticked_at: col.timestamp(),
    },
    key: 'id',
    eventTime: 'ticked_at',
    onBreach: 'block',
  });
  const kept = table('kept', {
    columns: { id: col.string(), key: col.string(), generation: col.integer(), ticked_at: col.timestamp() },
    key: 'id',
    eventTime: 'ticked_at',
    expect: [rowCount.between(ROWS, ROWS)],
    query: sql`select id, key, generation, ticked_at from ${ticks} where keep`,
  });
  const thing = entity('thing', { key: 'key' });
  const newest = features('newest', {
    entity: thing,
    from: kept,
    compute: ({ last, count, sum }) => ({
      generation: last('generation').over('30d'),
      rows: count().over('30d'),
      total: sum('generation').over('30d'),
    }),
  });
  return project('generations', { ticks, kept, thing, newest }) as unknown as Project;
}

export type Fault = 'none' | 'source' | 'table';

/** The file of a generation. */
export function generationFile(generation: number, fault: Fault = 'none'): string {
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const value = fault === 'source' && i === ROWS - 1 ? -1 : generation;
    return `r${i},k${i % KEYS},${value},${!(fault === 'table' && i === 0)},2026-01-02T00:00:00Z`;
  });
  return `id,key,generation,keep,ticked_at\n${lines.join('\n')}\n`;
}

/** What one look at everything found: the generation of each asset, or what is wrong. */
export interface Look {
  readonly ticks: number;
  readonly kept: number;
  readonly newest: number;
  /** At the lake's newest snapshot, whatever the alias says. */
  readonly ticksHead: number;
  readonly keptHead: number;
  readonly wrong: readonly string[];
}

/** Looks at everything that is visible: through the aliases, at the lake's head, in the online store. */
export async function look(workspace: Workspace, session: Session): Promise<Look> {
  const { state, lake, online, clock } = workspace;
  const wrong: string[] = [];
  const ofTable = async (table: TableState | undefined, what: string): Promise<number> => {
    if (table === undefined) return 0;
    const found = await session.rows<{ generation: number; n: number }>(
      `select generation, count(*) as n from ${session.scan(table)} group by generation order by generation`,
    );
    const [only] = found;
    if (found.length !== 1 || only?.n !== ROWS) wrong.push(`${what}: ${JSON.stringify(found)}`);
    return only?.generation ?? 0;
  };
  const live = async (asset: string): Promise<number> => {
    const version = state.live(asset);
    if (version === undefined) return 0;
    if (version.status !== 'published') {
      // Between reading the alias and reading the version, a roll-back may have come.
      if (state.live(asset)?.id === version.id) wrong.push(`${version.id} is live and ${version.status}`);
    }
    return ofTable(lake.table(asset, version.snapshot), version.id);
  };
  const ofFeatures = async (version: Version | undefined): Promise<number> => {
    if (version === undefined) return 0;
    const { space, body } = featuresVersionOf(version);
    const keys = Array.from({ length: KEYS }, (_, i) => `k${i}`);
    const [found] = await online.get([{ space, entities: keys }]);
    // Two versions later its state may be gone; then it is no longer live either.
    if (found?.coverage === undefined) {
      if (state.live('newest')?.id === version.id) wrong.push(`${version.id} is live without its state`);
      return 0;
    }
    const { from } = coverageOf(found.coverage);
    const values = found.states.map((state) => readState(body, state, [], from, clock.now()));
    const generation = values[0]?.['generation'] as number;
    for (const [i, value] of values.entries()) {
      const rows = ROWS / KEYS;
      if (
        value['generation'] !== generation ||
        value['rows'] !== rows ||
        value['total'] !== rows * generation
      )
        wrong.push(`${version.id} k${i}: ${JSON.stringify(value)}`);
    }
    return generation;
  };
  const ticks = await live('ticks');
  const kept = await live('kept');
  const ticksHead = await ofTable(lake.table('ticks'), 'ticks at the head');
  const keptHead = await ofTable(lake.table('kept'), 'kept at the head');
  return { ticks, kept, newest: await ofFeatures(state.live('newest')), ticksHead, keptHead, wrong };
}

/** All that a reader has seen so far. */
export interface Seen {
  readonly looks: number;
  readonly now: Look;
  /** Generations of each asset, live or at the lake's head, in the order in which they were first seen. */
  readonly ticks: readonly number[];
  readonly kept: readonly number[];
  readonly newest: readonly number[];
  readonly wrong: readonly string[];
}

/** A process that looks at everything over and over. */
export interface Reader {
  /** Looks once more, and tells all it has seen. */
  ask(): Promise<Seen>;
  stop(): Promise<void>;
}

export async function startReader(folder: string): Promise<Reader> {
  const child: ChildProcessWithoutNullStreams = spawn(
    process.execPath,
    ['--conditions=source', fileURLToPath(import.meta.url), folder],
    { env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done) throw new Error(`the reader ended: ${errors}`);
    return line.value;
  };
  await said();
  return {
    async ask() {
      child.stdin.write('tell\n');
      return JSON.parse(await said()) as Seen;
    },
    async stop() {
      child.stdin.end('stop\n');
      await exit;
    },
  };
}

async function main(folder: string): Promise<void> {
  const bench = await openBench(folder);
  const session = await bench.workspace.engine.session();
  const asked: string[] = [];
  createInterface({ input: process.stdin }).on('line', (line) => asked.push(line));
  const seen = { ticks: new Set<number>(), kept: new Set<number>(), newest: new Set<number>() };
  const wrong: string[] = [];
  let looks = 0;
  process.stdout.write('ready\n');
  for (;;) {
    const word = asked.shift();
    if (word === 'stop') break;
    const now = await look(bench.workspace, session);
    looks++;
    wrong.push(...now.wrong.slice(0, 10 - wrong.length));
    for (const asset of ['ticks', 'kept', 'newest'] as const) seen[asset].add(now[asset]);
    seen.ticks.add(now.ticksHead);
    seen.kept.add(now.keptHead);
    if (word === 'tell') {
      const all = { ticks: [...seen.ticks], kept: [...seen.kept], newest: [...seen.newest] };
      process.stdout.write(`${JSON.stringify({ looks, now, ...all, wrong } satisfies Seen)}\n`);
    }
    await turn();
  }
  session.close();
  await bench.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2] as string);
