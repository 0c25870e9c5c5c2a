import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Saturated, Saturation } from './closed-loop.ts';
import type { Size } from './features-data.ts';
import { featuresAsk, featuresPath } from './features-ours.ts';
import { SERVED } from './features-project.ts';
import { featuresProject, featuresServer } from './features-server.ts';
import { CONNECTIONS, type Measured, type Timetable } from './open-loop.ts';
import type { Pace } from './paced.ts';
import { type Result, result } from './results.ts';
import { clientProcess, constantRoute, served } from './server.ts';

const AT_ONCE = 32;
/** As in bench/latency.ts. */
const CLIENT_LATE = 5;

/** Look-ups of fifty features over HTTP, beside a route of the same server library that answers a constant of the same size. */
export async function featuresOverHttp(
  folder: string,
  size: Size,
  paces: readonly Pace[],
): Promise<{ results: Result[]; notes: string[] }> {
  const project = await featuresProject(folder, size);
  const path = featuresPath(SERVED.fifty);
  const results: Result[] = [];
  const notes: string[] = [];
  for (const entities of [1, 100]) {
    const bodies = join(folder, `asks-${entities}.json`);
    const asks = Array.from({ length: 500 }, (_, i) =>
      featuresAsk(
        Array.from({ length: entities }, (_, k) => `card${(i * 7919 + k * 104_729) % size.entities}`),
      ),
    );
    writeFileSync(bodies, JSON.stringify(asks));
    const answer = join(folder, `answer-${entities}.json`);
    const ours = await served(featuresServer(project), async (port) => {
      writeFileSync(answer, await oneAnswer(port, path, asks[0] as object));
      return asked(port, path, bodies, paces);
    });
    const constant = await served(constantRoute(path, answer), (port) => asked(port, path, bodies, paces));
    for (const [i, pace] of paces.entries()) {
      const [a, b] = [ours[i], constant[i]];
      const rate = pace.perSecond === 'saturation' ? 'saturated' : `${pace.perSecond.toLocaleString('en')}/s`;
      const what = `${entities} × 50 features over HTTP, ${rate}`;
      if (a === undefined || b === undefined) {
        notes.push(`${what}: ${a === undefined ? 'ours' : 'the constant'} could not keep up.`);
        continue;
      }
      for (const which of ['p50', 'p99'] as const)
        results.push(
          result(
            `${what}: ${which}`,
            a[which] / b[which],
            'lower',
            `${a[which].toFixed(2)} ms`,
            `${b[which].toFixed(2)} ms, Fastify answering a constant of the same size`,
          ),
        );
      if (a.perSecond !== undefined && b.perSecond !== undefined)
        results.push(
          result(
            `${what}: requests`,
            a.perSecond / b.perSecond,
            'higher',
            `${Math.round(a.perSecond).toLocaleString('en')}/s`,
            `${Math.round(b.perSecond).toLocaleString('en')}/s, Fastify answering a constant of the same size`,
          ),
        );
      const failed = a.failed + b.failed;
      if (failed > 0) throw new Error(`${what}: ${failed} requests failed`);
      if (a.starved || b.starved) notes.push(`Not to be quoted, ${what}: the client was late itself.`);
    }
  }
  return { results, notes };
}

interface Asked {
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  /** Of saturation alone. */
  readonly perSecond?: number;
  /** What was measured is partly the client's own. */
  readonly starved?: boolean;
}

/** A server at several paces; undefined where it fell so far behind that requests were never answered. */
export async function asked(
  port: number,
  path: string,
  bodies: string,
  paces: readonly Pace[],
): Promise<(Asked | undefined)[]> {
  const found: (Asked | undefined)[] = [];
  let most = Number.POSITIVE_INFINITY;
  // Saturation comes first: a rate that it does not reach is not tried.
  for (const pace of paces.toSorted((a) => (a.perSecond === 'saturation' ? -1 : 1))) {
    const told = { port, path, bodies, warmUpSeconds: 2, seconds: pace.seconds };
    if (pace.perSecond === 'saturation') {
      const it = await clientProcess<Saturated>('closed-loop.ts', {
        ...told,
        atOnce: AT_ONCE,
      } satisfies Saturation);
      most = it.perSecond;
      found[paces.indexOf(pace)] = it;
    } else if (pace.perSecond < most) {
      const timetable: Timetable = { ...told, perSecond: pace.perSecond };
      const { p50, p99, failed, clientLateP99, connections } = await clientProcess<Measured>(
        'open-loop.ts',
        timetable,
      );
      const starved = clientLateP99 > CLIENT_LATE || connections >= CONNECTIONS;
      found[paces.indexOf(pace)] = { p50, p99, failed, starved };
    } else found[paces.indexOf(pace)] = undefined;
  }
  return found;
}

/** What a server answers, which is JSON. @throws where it answers anything but 200 */
async function oneAnswer(port: number, path: string, ask: object): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ask),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`POST ${path} answered ${answer.status}: ${text.slice(0, 300)}`);
  return text;
}
