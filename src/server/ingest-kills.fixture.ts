import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HOME } from '../graph/index.ts';
import { type Database, openDatabase } from '../store/index.ts';
import { folderForDoor, idsAfterRun, removeDoor, rowOf, versionsOf } from './ingest.fixture.ts';
import type { IngestAnswer } from './ingest.ts';

const server = fileURLToPath(new URL('ingest.crash.fixture.ts', import.meta.url));
const BATCH = 100;

/**
 * Posts rows while the server is killed again and again; clients retry until they are answered. Half of the rows go to a source with a
 * key, half to one without, under an Idempotency-Key. Afterwards each row is there exactly once.
 */
export async function postUnderKills(rows: number, kills: number, pause: number): Promise<void> {
  const folder = folderForDoor();
  const batches = Array.from({ length: rows / BATCH }, (_, b) => b);
  let address = Promise.withResolvers<string>();
  let child: ChildProcess | undefined;
  /** Every row is answered. */
  let done = false;
  /** It has failed, or all has been looked at. */
  let over = false;
  let answered = 0;
  let retried = 0;
  let killed = 0;

  /** As many requests as are to be answered before the k-th kill. */
  const share = (k: number): number => (rows / BATCH) * (k / (kills + 1));
  let database: Database | undefined;
  /** Micro-batches of the source without a key so far. */
  const brought = (): number => {
    database ??= openDatabase(join(folder, HOME, 'state.db'));
    const sql = "select count(*) as n from mill_version where asset = 'pings'";
    return database.get<{ n: number }>(sql)?.n ?? 0;
  };

  async function start(): Promise<void> {
    child = spawn(process.execPath, ['--conditions=source', server, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout as never }), 'line')) as [string];
    address.resolve(line);
  }
  async function kill(): Promise<void> {
    address = Promise.withResolvers();
    const gone = once(child as ChildProcess, 'exit');
    child?.kill('SIGKILL');
    await gone;
  }
  async function post(b: number): Promise<void> {
    const keyed = b % 2 === 0;
    const list = Array.from({ length: BATCH }, (_, i) => rowOf(b * BATCH + i));
    const lines = b % 3 === 0;
    for (;;) {
      const base = await address.promise;
      try {
        const response = await fetch(new URL(`/v1/ingest/${keyed ? 'events' : 'pings'}`, base), {
          method: 'POST',
          headers: {
            'content-type': lines ? 'application/x-ndjson' : 'application/json',
            ...(keyed ? {} : { 'idempotency-key': `batch-${b}` }),
          },
          body: lines ? list.join('\n') : `[${list.join(',')}]`,
        });
        if (response.status === 200) {
          const answer = (await response.json()) as IngestAnswer;
          assert.deepEqual([answer.rows, answer.accepted, answer.setAside.length], [BATCH, 90, 10]);
          answered++;
          return;
        }
        assert.ok([429, 503].includes(response.status), `${response.status} ${await response.text()}`);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
      }
      retried++;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  async function client(): Promise<void> {
    for (let b = batches.shift(); b !== undefined; b = batches.shift()) {
      await post(b);
      // So that micro-batches are under way when it is killed, and not only requests.
      await new Promise((resolve) =>
        setTimeout(resolve, answered > share(killed + 1) + 8 ? 20 * pause : pause),
      );
    }
  }
  async function killer(): Promise<void> {
    for (let k = 1; k <= kills; k++) {
      // Not before this life has brought something to the lake: on a busy machine that may take longer than the requests.
      while (!over && (answered < share(k) || (!done && brought() < k)))
        await new Promise((resolve) => setTimeout(resolve, 5));
      if (over) return;
      await kill();
      killed++;
      await start();
    }
  }
  try {
    await start();
    const killing = killer();
    await Promise.all(Array.from({ length: 8 }, client));
    done = true;
    await killing;
    await kill();
    assert.equal(killed, kills);
    assert.ok(retried > 0, 'some requests met a dead server');
    const versions = await versionsOf(folder, 'pings');
    assert.ok(versions >= kills, `${versions} micro-batches came while it was killed ${kills} times`);
    const wanted = (keyed: boolean, bad: boolean): string[] =>
      Array.from({ length: rows }, (_, n) => n)
        .filter((n) => (Math.floor(n / BATCH) % 2 === 0) === keyed && (n % 10 === 9) === bad)
        .map((n) => `row-${n}`)
        .sort();
    assert.deepEqual(await idsAfterRun(folder, 'events'), wanted(true, false));
    assert.deepEqual(await idsAfterRun(folder, 'pings'), wanted(false, false));
    assert.deepEqual(await idsAfterRun(folder, 'events', 'events__quarantine'), wanted(true, true));
    assert.deepEqual(await idsAfterRun(folder, 'pings', 'pings__quarantine'), wanted(false, true));
  } finally {
    over = true;
    child?.kill('SIGKILL');
    database?.close();
    removeDoor(folder);
  }
}
