import { join } from 'node:path';
import {
  flushPredictions,
  kinds,
  openIntake,
  openServing,
  predictionLog,
  readmit,
  type SourceBody,
  servedBy,
} from '../../src/assets/index.ts';
import type { Problem } from '../../src/base/index.ts';
import { MillraceError } from '../../src/base/index.ts';
import { compactTable } from '../../src/engine/index.ts';
import {
  type Graph,
  graphOf,
  HOME,
  type Node,
  type Project,
  rollback,
  run,
  type Workspace,
} from '../../src/graph/index.ts';
import { col, project, source, sql, stream, table } from '../../src/index.ts';
import { openDatabase } from '../../src/store/index.ts';
import { expireSnapshots } from '../../src/store/lake/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { type LineChange, line, putFirstFiles, putLaterFiles } from '../truth/line.fixture.ts';

/** The line from files to an endpoint, and a source to which rows are posted, with a table of it. */
export function whole(change: LineChange = {}): Project {
  const taps = source('taps', {
    from: stream(),
    columns: { id: col.string().matches(/^t\d+$/), card_id: col.string(), n: col.integer().between(0, 100) },
  });
  const tapped = table('tapped', {
    columns: { card_id: col.string(), n: col.integer() },
    query: sql`select card_id, sum(n)::bigint as n from ${taps} group by card_id`,
  });
  return project('whole', { ...line(change).assets, taps, tapped } as never) as unknown as Project;
}

/** How a run of the project is to behave where calls fail. */
export interface Manner {
  /** Tries of a step in all. */
  readonly attempts: number;
  /** A step that takes longer has failed, in microseconds. */
  readonly timeout?: number;
  readonly concurrency: number;
  /** Told when a step has to wait for another run. */
  readonly onWait?: () => void;
}

/** Something that happens to a project, from a folder in which nothing or the earlier ones have happened. Doing it again ends it. */
export interface Scene {
  readonly name: string;
  /** What the outside brings before. */
  readonly put: (folder: string) => void;
  /** Gives the problems of steps that failed. */
  readonly act: (workspace: Workspace, manner: Manner) => Promise<readonly Problem[]>;
  /** Its versions bear a mark of chance, so that fingerprints differ from time to time. */
  readonly marked?: boolean;
  readonly change?: LineChange;
}

const nothing = (): void => {};

export const scenes: readonly Scene[] = [
  {
    name: 'a first run',
    put: putFirstFiles,
    act: async (workspace, manner) => {
      await post(workspace, ['a', 'b'], 0);
      return go(workspace, manner);
    },
  },
  {
    name: 'new and changed files, more posted rows',
    put: putLaterFiles,
    act: async (workspace, manner) => {
      await post(workspace, ['c'], 20);
      return go(workspace, manner);
    },
  },
  {
    name: 'readmission under a looser rule',
    put: nothing,
    marked: true,
    change: { least: -10 },
    act: async (workspace, manner) => {
      const graph = graphOf(whole({ least: -10 }));
      const node = graph.nodes.get('payments') as Node<SourceBody>;
      await readmit(node, graph, kinds, workspace);
      return go(workspace, manner, { least: -10 });
    },
  },
  {
    name: 'a roll-back',
    put: nothing,
    marked: true,
    change: { least: -10 },
    act: async (workspace, manner) => {
      if (workspace.state.live('payments')?.id !== 'payments@2')
        rollback(workspace, 'payments', 'payments@2');
      return go(workspace, manner, { least: -10 });
    },
  },
  {
    name: 'predictions, compaction and expiry',
    put: nothing,
    marked: true,
    change: { least: -10 },
    act: keep,
  },
];

/** Posts requests as a client does that retries: each under its own key. */
async function post(workspace: Workspace, keys: readonly string[], first: number): Promise<void> {
  const node = graphOf(whole()).nodes.get('taps') as Node<SourceBody>;
  const intake = await openIntake(workspace, node);
  try {
    for (const [k, key] of keys.entries()) {
      const rows = Array.from({ length: 10 }, (_, i) => first + 10 * k + i).map((n) =>
        JSON.stringify({ id: n % 10 === 9 ? `bad ${n}` : `t${n}`, card_id: `c${n % 4}`, n }),
      );
      await intake.take(await intake.judge(rows), { key, part: 0 });
    }
  } finally {
    intake.close();
  }
}

async function go(
  workspace: Workspace,
  manner: Manner,
  change: LineChange = {},
): Promise<readonly Problem[]> {
  const graph = graphOf(whole(change));
  const { attempts, timeout, concurrency, onWait } = manner;
  const { steps } = await run(timed(graph, timeout), kinds, workspace, {
    concurrency,
    retry: { attempts, first: 1000 },
    lease: { look: 20_000 },
    onEvent: ({ event }) => {
      if (event === 'step-waiting') onWait?.();
    },
  });
  return steps.flatMap(({ problems }) => problems);
}

/** With a time for every step; a declared one is at least a second, which is long for a test. */
function timed(graph: Graph, timeout: number | undefined): Graph {
  if (timeout === undefined) return graph;
  const nodes = new Map([...graph.nodes.keys()].map((name) => [name, { timeout }]));
  return { ...graph, running: { schedules: [], ...graph.running, nodes } };
}

async function keep(workspace: Workspace): Promise<readonly Problem[]> {
  const { state, lake, engine, clock, folder } = workspace;
  const serving = await openServing(
    graphOf(whole({ least: -10 })),
    workspace,
    servedBy(state.live('screen') as Version),
  );
  try {
    const answer = await serving.answer({ card_id: 'c1', amount: 50 }, clock.now());
    const log = await workspace.log(predictionLog('screen'));
    await log.append(JSON.parse(JSON.stringify(answer)));
  } finally {
    await serving.close();
  }
  await flushPredictions(workspace, 'screen');
  const session = await engine.session();
  try {
    await compactTable(session, lake, 'payments', { also: () => {} });
    await compactTable(session, lake, 'screen__predictions');
  } finally {
    session.close();
  }
  const database = openDatabase(join(folder, HOME, 'state.db'));
  try {
    expireSnapshots(database, clock, {
      olderThan: Date.now() * 2000,
      keep: 1,
      needed: () =>
        database.all<{ id: number }>('select distinct snapshot as id from mill_version').map(({ id }) => id),
    });
  } finally {
    database.close();
  }
  return [];
}

export const problemsOf = (error: unknown): readonly Problem[] | undefined =>
  error instanceof MillraceError ? error.problems : undefined;
