import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '../src/graph/index.ts';
import type { TableState } from '../src/store/lake/index.ts';
import { type ChildOptions, startMillrace, type World } from './millrace.ts';
import { CONNECTIONS, type Measured, type Timetable } from './open-loop.ts';
import { type Result, result } from './results.ts';
import { clientProcess, constantRoute, served } from './server.ts';

const PER_SECOND = 1000;
const SECONDS = 15;
const WARM_UP_SECONDS = 3;
/** Milliseconds by which the client may be late (p99) before its own delays show in what it measures. */
const CLIENT_LATE = 5;

/** Questions about real cards, for both servers the same. */
export async function writeQuestions(workspace: Workspace, world: World): Promise<string> {
  const { engine, lake, state } = workspace;
  const session = await engine.session();
  try {
    const table = lake.table('outcomes', state.live('outcomes')?.snapshot) as TableState;
    const rows = await session.rows(
      `select card_id, amount, country, channel from ${session.scan(table)} order by hash(payment_id) limit 5000`,
    );
    const path = join(world.folder, 'questions.json');
    writeFileSync(path, JSON.stringify(rows));
    return path;
  } finally {
    session.close();
  }
}

/** Predictions over HTTP at a fixed rate, beside a route of the same server library that answers a constant. */
export async function latency(
  world: World,
  questions: string,
  options: ChildOptions,
): Promise<{ results: Result[]; notes: string[] }> {
  const constant = await asked(constantRoute(), questions);
  const ours = await asked(startMillrace(world, ['serve', '--port', '0'], options), questions);
  const results = (['p50', 'p99', 'p999'] as const).map((which) =>
    result(
      `prediction over HTTP, ${PER_SECOND.toLocaleString('en')}/s: ${which === 'p999' ? 'p99.9' : which}`,
      ours[which] / constant[which],
      'lower',
      `${ours[which].toFixed(2)} ms`,
      `${constant[which].toFixed(2)} ms, Fastify answering a constant`,
    ),
  );
  const said = (who: string, m: Measured): string =>
    `${who}: ${m.requests.toLocaleString('en')} requests, ${m.failed} failed, slowest ${m.max.toFixed(1)} ms, ${m.connections} connections; the client sent its own p99 ${m.clientLateP99.toFixed(2)} ms late, which is counted.`;
  const starved = [ours, constant].some(
    ({ clientLateP99, connections }) => clientLateP99 > CLIENT_LATE || connections >= CONNECTIONS,
  );
  const warning = `Not to be quoted: a client was more than ${CLIENT_LATE} ms late itself or ran out of connections, so these latencies are partly its own. Repeat on a quiet machine.`;
  return {
    results,
    notes: [...(starved ? [warning] : []), said('Predictions', ours), said('Constant', constant)],
  };
}

/** Asks a server at the rate, and stops it. */
const asked = (server: ChildProcess, questions: string): Promise<Measured> =>
  served(server, (port) => {
    const timetable: Timetable = {
      port,
      path: '/v1/predict/screen',
      bodies: questions,
      perSecond: PER_SECOND,
      warmUpSeconds: WARM_UP_SECONDS,
      seconds: SECONDS,
    };
    return clientProcess<Measured>('open-loop.ts', timetable);
  });
