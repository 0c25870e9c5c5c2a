import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { openDuckDb } from '../src/engine/index.ts';
import { ASKED, type Size, seeHistory, writeHistory } from './features-data.ts';
import { type Online, openOnline, statesOf } from './features-ours.ts';
import { fiftyBody } from './features-project.ts';
import { measured } from './measured.ts';
import { type Pace, type Paced, paced } from './paced.ts';
import { rawRedis } from './raw-redis.ts';

// Look-ups of fifty features in this process, and raw gets of the same bytes: node --conditions=source bench/features-in-process.ts
// FOLDER TOLD, where TOLD is JSON. Prints JSON as bench/jobs.ts does.

export interface Told extends Size {
  readonly paces: readonly Pace[];
  readonly sizes: readonly number[];
}

/** Undefined where work fell behind its timetable. */
export interface LookUps {
  readonly entities: number;
  readonly pace: Pace;
  readonly ours: Paced | undefined;
  readonly lmdb: Paced | undefined;
  readonly redis: Paced | undefined | { readonly reason: string };
}

/** The instant that is asked about: some time after the states were made. */
const MADE = ASKED.to;
const AT = MADE + 90_000_000;

async function lookUps(folder: string, told: Told): Promise<LookUps[]> {
  const { online, cards } = await filled(folder, told);
  const bytes = await statesAsBytes(folder, cards);
  const raw = open<Buffer, string>({ path: join(folder, 'raw.mdb'), noSubdir: true, encoding: 'binary' });
  await raw.batch(() => {
    for (const [card, state] of bytes) raw.put(card, state);
  });
  const redis = await rawRedis();
  if (!('reason' in redis)) for (const [card, state] of bytes) await redis.set(card, state);
  const some = (i: number, entities: number): string[] =>
    Array.from({ length: entities }, (_, k) => cards[(i * 7919 + k * 104_729) % cards.length] as string);
  const found: LookUps[] = [];
  for (const entities of told.sizes) {
    const ways = {
      ours: (i: number) => online.lookUp(some(i, entities), AT),
      lmdb: async (i: number) => some(i, entities).map((card) => raw.get(card)),
      redis: async (i: number) => ('reason' in redis ? undefined : redis.get(some(i, entities))),
    };
    await assertWhole(ways, bytes, entities);
    for (const pace of told.paces) {
      // Compiled before it is measured.
      for (const way of Object.values(ways)) await paced(way, { perSecond: 'saturation', seconds: 0.3 });
      found.push({
        entities,
        pace,
        ours: await paced(ways.ours, pace),
        lmdb: await paced(ways.lmdb, pace),
        redis: 'reason' in redis ? redis : await paced(ways.redis, pace),
      });
    }
  }
  if (!('reason' in redis)) await redis.close();
  await raw.close();
  await online.close();
  return found;
}

/** The states of all cards, in a store of the product. */
async function filled(folder: string, size: Size): Promise<{ online: Online; cards: readonly string[] }> {
  mkdirSync(folder, { recursive: true });
  const engine = await openDuckDb({ memoryLimit: '4GB' });
  const session = await engine.session();
  await writeHistory(session, folder, size);
  await seeHistory(session, folder);
  const online = await openOnline(join(folder, 'online'), fiftyBody, MADE);
  const cards: string[] = [];
  await online.fill(
    (async function* () {
      for await (const one of statesOf(session, fiftyBody, 'events', MADE)) {
        cards.push(one.entity);
        yield one;
      }
    })(),
  );
  await engine.close();
  return { online, cards };
}

/** The same states again as they stand in JSON, by card. */
async function statesAsBytes(folder: string, cards: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const engine = await openDuckDb({ memoryLimit: '4GB' });
  const session = await engine.session();
  await seeHistory(session, folder);
  const bytes = new Map<string, Buffer>();
  for await (const { entity, state } of statesOf(session, fiftyBody, 'events', MADE))
    bytes.set(entity, Buffer.from(JSON.stringify(state)));
  await engine.close();
  if (bytes.size !== cards.length) throw new Error(`${bytes.size} states of ${cards.length} cards`);
  return bytes;
}

/** Raw gets find the bytes, and ours fifty values for each card, the sums of some of which are no zeros. */
async function assertWhole(
  ways: Record<'ours' | 'lmdb' | 'redis', (i: number) => Promise<unknown>>,
  bytes: ReadonlyMap<string, Buffer>,
  entities: number,
): Promise<void> {
  const values = (await ways.ours(1)) as Record<string, number>[];
  if (values.length !== entities || values.some((one) => Object.keys(one).length !== 50))
    throw new Error(`${entities} × 50 features were asked for, not ${JSON.stringify(values).slice(0, 200)}`);
  if (!values.some(({ sum_30d }) => (sum_30d as number) > 0)) throw new Error('nobody has paid anything');
  const stored = [...bytes.values()];
  for (const way of ['lmdb', 'redis'] as const) {
    const found = (await ways[way](1)) as (Buffer | undefined)[] | undefined;
    if (found?.some((one) => !stored.some((state) => one !== undefined && state.equals(one))))
      throw new Error(`raw ${way} did not find what was put`);
  }
}

if (import.meta.main) {
  const [folder = '', told = ''] = process.argv.slice(2);
  await measured(() => lookUps(folder, JSON.parse(told) as Told));
}
