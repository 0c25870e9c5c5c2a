import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { DAY, MillraceError } from '../../../base/index.ts';
import { type ColumnData, type Engine, openDuckDb, type Session } from '../../../engine/index.ts';
import { aBatch, together } from '../random-history.fixture.ts';
import { askOffline, loadEvents } from '../sameness.fixture.ts';
import type { AggregateSpec, FeaturesBody } from '../spec.ts';
import { answerPointInTime, type PointInTime } from './point-in-time.ts';
import { stretchesOf } from './stretches.ts';

let engine: Engine;
let session: Session;
let workers: Worker[] = [];
const seen = (worker: Worker): number => workers.push(worker);
before(async () => {
  process.on('worker', seen);
  engine = await openDuckDb({ threads: 1 });
  session = inPieces(await engine.session(), 7);
});
after(async () => {
  process.off('worker', seen);
  await engine.close();
});
afterEach(() => {
  for (const { threadId } of workers) assert.equal(threadId, -1, 'no thread is left behind');
  workers = [];
});

/** A session that hands results over in pieces of so few rows. */
function inPieces(whole: Session, rows: number): Session {
  return {
    ...whole,
    async *stream(...of) {
      for await (const piece of whole.stream(...of))
        for (let i = 0; i < (piece[0]?.values.length ?? 0); i += rows)
          yield piece.map(
            (column) => ({ ...column, values: column.values.slice(i, i + rows) }) as ColumnData,
          );
    },
  };
}

test('swept by several threads, answers and their order are the same to the bit, whole and in shares', async () => {
  const law = fc.asyncProperty(
    aBatch,
    fc.integer({ min: 1, max: 3 }),
    async ({ body, histories }, threads) => {
      const { rows, asks } = together(histories);
      await loadEvents(session, rows);
      const shares = fc.sample(fc.constantFrom({}, { mostValues: 100 }), 1)[0];
      const told: object[] = [];
      for (const how of [
        { crew: { threads: 0 }, stretch: 1_000_000 },
        { crew: { threads, alone: 0 }, stretch: 5 },
        // The first of them by the thread that reads.
        { crew: { threads, alone: 40 }, stretch: 20 },
      ]) {
        await askOffline(session, body, asks, { ...shares, ...how });
        told.push(await session.columns('from answers'));
      }
      assert.deepStrictEqual(told[1], told[0]);
      assert.deepStrictEqual(told[2], told[0]);
    },
  );
  await fc.assert(law, { numRuns: 4 });
  assert.ok(workers.length >= 8);
});

const body: FeaturesBody = {
  entity: { name: 'card', keys: ['card'] },
  from: 'payments',
  eventTime: 'at',
  availableAt: 'seen',
  availableAfter: 0,
  columnTypes: {},
  features: ['spent', 'dearest'].map(
    (name, i): AggregateSpec => ({
      ...{ name, aggregate: i === 0 ? 'sum' : 'max', column: 'amount', columnType: 'double' },
      ...{ window: DAY, hop: DAY / 24, ending: 0, type: 'double', nullable: i > 0 },
    }),
  ),
};
const T = 20_000 * DAY;
/** Payments of 200 cards, every eleventh known too late; `bad` ones cannot be summed. */
const asked = (bad = 'false'): Pick<PointInTime, 'body' | 'events' | 'asks' | 'into'> => ({
  ...{ body, into: 'answers' },
  events: `(select 'c' || i % 200 as card, case when ${bad} then 1e300 + i else i / 7 end as amount,
    make_timestamp((${T} - i * 60000000)::BIGINT) as at,
    make_timestamp((${T} - i * 60000000 + (case when i % 11 = 0 then ${3 * DAY} else 0 end))::BIGINT) as seen, i as _row_id from range(20000) t(i))`,
  asks: `(select i as _ask, 'c' || i % 200 as _entity, (${T} - i * 1000000)::BIGINT as _at from range(5000) t(i))`,
});
const beside = { crew: { threads: 2, alone: 0 }, stretch: 50 };

test('late rows are counted over all threads', async () => {
  const alone = await answerPointInTime(session, { ...asked(), crew: { threads: 0 } });
  assert.ok((alone.late['spent'] ?? 0) > 0);
  assert.deepEqual(await answerPointInTime(session, { ...asked(), into: 'again', ...beside }), alone);
});

test('of several errors that of the first entity is thrown, as one thread would', async () => {
  const bad = asked('i % 200 > 20 and i > 19000');
  const errors: unknown[] = [];
  for (const how of [{ crew: { threads: 0 } }, beside])
    await answerPointInTime(session, { ...bad, ...how }).catch((error) => errors.push(error));
  const [alone, together] = errors as [MillraceError, MillraceError];
  assert.equal(alone.code, 'MILL_FEATURE_SUM_RANGE');
  assert.ok(together instanceof MillraceError);
  assert.deepEqual(together.problems, alone.problems);
  assert.equal(workers.length, 2);
});

test('called off, it ends at once', async () => {
  const stop = new AbortController();
  let told = 0;
  await assert.rejects(
    answerPointInTime(session, {
      ...{ ...asked(), ...beside, into: 'stopped', signal: stop.signal },
      progress: () => {
        if (++told === 3) stop.abort(new Error('enough'));
      },
    }),
    /enough/,
  );
  assert.ok(told < 10, `${told} stretches`);
  assert.equal(workers.length, 2);
});

test('an error of whoever is told of the progress comes back to the caller', async () => {
  const progress = (): void => {
    throw new Error('no');
  };
  for (const how of [{ crew: { threads: 0 } }, beside])
    await assert.rejects(
      answerPointInTime(session, { ...asked(), ...how, into: 'untold', progress }),
      /^Error: no$/,
    );
});

test('a thread that dies is told of, and nobody waits for it', async () => {
  const killed = answerPointInTime(session, {
    ...{ ...asked(), ...beside, into: 'died' },
    progress: () => void workers[1]?.terminate(),
  });
  await assert.rejects(killed, { code: 'MILL_BUG' });
});

test('a line is cut into stretches, and each says whether it goes on with the entity of the one before', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.boolean()), { maxLength: 20 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1 }),
      async (entities, length, sizes) => {
        const codes = entities.flatMap(([rows], code) => new Array<number>(rows).fill(code));
        const texts = codes.map((code, i) => (i % 3 === 0 ? null : `${code}:${i}`));
        async function* pieces(): AsyncGenerator<ColumnData[]> {
          let at = 0;
          for (let i = 0; at < codes.length; i++) {
            const size = Math.max(i < 100 ? 0 : 1, sizes[i % sizes.length] as number);
            const own = Float64Array.from(codes.slice(at, at + size));
            yield [
              { name: 'code', type: 'integer', values: own },
              { name: 'text', type: 'string', values: texts.slice(at, at + size) },
            ];
            at += size;
          }
        }
        const [allCodes, allTexts]: [number[], (string | null)[]] = [[], []];
        let last: number | undefined;
        for await (const { stretch, continues } of stretchesOf(pieces(), length)) {
          const [own, words] = stretch.columns as [Float64Array, (string | null)[]];
          assert.ok(stretch.length > 0 && own.length === stretch.length && words.length === stretch.length);
          assert.equal(continues, own[0] === last);
          assert.ok(stretch.length < length + 2 * Math.max(1, ...sizes));
          allCodes.push(...own);
          allTexts.push(...words);
          last = own.at(-1);
        }
        assert.deepEqual(allCodes, codes);
        assert.deepEqual(allTexts, texts);
      },
    ),
    { numRuns: 300 },
  ));
