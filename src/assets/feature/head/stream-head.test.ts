import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { DAY, HOUR, type Instant, type JsonObject, SECOND } from '../../../base/index.ts';
import type { Asset } from '../../../graph/index.ts';
import { col } from '../../contract/index.ts';
import { type SourceBody, source, stream } from '../../source/index.ts';
import type { FeatureValue } from '../aggregate/index.ts';
import { features } from '../declare.ts';
import { entity } from '../entity.ts';
import { layoutOf } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import { readState } from '../state/state-read.ts';
import type { SeenRow } from '../tiles.ts';
import { HeadRow } from './head-row.ts';
import { StreamHead } from './stream-head.ts';

// What is seen of a head, held against all that was ever posted, gone through for every look-up: rows come under keys that are there, by several
// ways, are known only later, and are let go of; look-ups are a little out of order.

const payments = source('payments', {
  from: stream(),
  columns: {
    id: col.string(),
    card: col.string(),
    amount: col.double(),
    at: col.timestamp(),
    seen: col.timestamp(),
  },
  key: 'id',
  eventTime: 'at',
  availableAt: 'seen',
});
const activity = features('activity', {
  entity: entity('card', { key: 'card' }),
  from: payments,
  compute: ({ count, sum, max, last, lastK, distinct }) => ({
    all: count().over('lifetime'),
    hour: sum('amount').over('1h'),
    minutes: count().over('10m', { hop: 'exact' }),
    before: max('amount').over('lifetime', { endingBefore: '1h' }),
    largest: max('amount').over('1d'),
    latest: last('id').over('1d'),
    recent: lastK('amount', 3).over('1d'),
    amounts: distinct('amount').over('1d'),
  }),
});
const bodyOf = <Body>({ '~': { nodes } }: Asset): Body => nodes[0]?.body as Body;
const { contract } = bodyOf<SourceBody>(payments);
const body = bodyOf<FeaturesBody>(activity);

const START: Instant = 20_000 * DAY;
const text = (at: Instant): string => new Date(at / 1000).toISOString();

interface Posted {
  readonly id: number;
  readonly card: string;
  readonly amount: number;
  readonly at: Instant;
  readonly seen: Instant;
}

type Place = readonly [stream: string, index: number];

interface Batch {
  readonly places: Place[];
  readonly rows: readonly Posted[];
}

/** Which of a batch's places is read first. */
const firstOf = ({ places }: Batch): Place => places.toSorted(byPlace)[0] as Place;
const byPlace = ([a, i]: Place, [b, j]: Place): number => (a === b ? i - j : a < b ? -1 : 1);

/**
 * By the words: not what a state has by any of its ways; of one key the last; none of a key of which the state has some row. In the order in
 * which the table takes them: stream by stream, whichever came first.
 */
function slowRows(batches: readonly Batch[], ends: ReadonlyMap<string, number>, card: string): SeenRow[] {
  const inOrder = batches.toSorted((a, b) => byPlace(firstOf(a), firstOf(b)));
  const all = inOrder.flatMap(({ places, rows }) => {
    const there = places.some(([name, index]) => index < (ends.get(name) ?? 0));
    return rows.map((row) => ({ row, there }));
  });
  const hidden = new Set(all.filter(({ there }) => there).map(({ row }) => row.id));
  const last = new Map(all.map(({ row }, i) => [row.id, i]));
  return all.flatMap(({ row }, i) => {
    if (hidden.has(row.id) || last.get(row.id) !== i || row.card !== card) return [];
    const cells = layoutOf(body).columns.map(({ name }) => (name === 'id' ? String(row.id) : row.amount));
    return [{ event: row.at, known: Math.max(row.at, row.seen), row: i, cells }];
  });
}

/** A head and all that it was given. */
function openHead() {
  const head = new StreamHead(contract, { ends: new Map(), since: new Map() });
  const batches: Batch[] = [];
  const next = new Map<string, number>();
  const give = (name: string, of: Batch, number: number): void => {
    const index = next.get(name) ?? 0;
    next.set(name, index + 1);
    (of.places as Place[]).push([name, index]);
    const lines = of.rows
      .map(({ id, at, seen, ...rest }) =>
        JSON.stringify({ id: String(id), at: text(at), seen: text(seen), ...rest }),
      )
      .join('\n');
    const value: JsonObject = { at: START, lines, key: `${number}`, part: 0, hash: '' };
    head.take({ position: { stream: name, index }, value });
  };
  return {
    head,
    next,
    post(name: string, rows: readonly Posted[]): void {
      const batch = { places: [], rows };
      give(name, batch, batches.push(batch));
    },
    /** The same request, taken by another process too. */
    repeat(name: string, which: number): void {
      const batch = batches[which % Math.max(batches.length, 1)];
      if (batch !== undefined) give(name, batch, batches.indexOf(batch) + 1);
    },
    looked(card: string, ends: ReadonlyMap<string, number>, t: Instant): readonly unknown[] {
      const { rows, tiles, count } = head.of(body, ends, card, t);
      return [readState(body, undefined, rows, START, t, tiles), count];
    },
    slow(card: string, ends: ReadonlyMap<string, number>, t: Instant): readonly unknown[] {
      const rows = slowRows(batches, ends, card);
      return [readState(body, undefined, rows, START, t), rows.length];
    },
  };
}

const aName = fc.constantFrom('a', 'b', 'aa');
const aStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      post: aName,
      rows: fc.array(
        fc.record({
          // Some keys come again.
          id: fc.oneof({ weight: 1, arbitrary: fc.nat(300) }, { weight: 9, arbitrary: fc.nat(1e9) }),
          card: fc.constantFrom('x', 'x', 'x', 'y'),
          amount: fc.integer({ min: -9, max: 9 }),
          // Some at one instant.
          ago: fc.oneof(
            ...[fc.nat(3 * SECOND), fc.nat(2 * HOUR)].map((any) => any.map((ago) => ago - (ago % 1000))),
            fc.constantFrom(SECOND, 2 * SECOND, HOUR),
          ),
          // Known at once, late, or not yet.
          late: fc.constantFrom(0, 0, 0, SECOND, 5 * SECOND, HOUR),
        }),
        { minLength: 1, maxLength: 120, size: 'max' },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ repeat: aName, which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ forget: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ask: fc.constantFrom('x', 'x', 'y', 'nobody'),
      step: fc.constantFrom(-2 * SECOND, -1, 0, 1, SECOND, SECOND + 1, HOUR),
      beyond: fc.constantFrom<number | 'ahead'>(0, 0, 0.5, 'ahead'),
    }),
  },
);

test('a head in tiles is what all its rows are, one by one', () => {
  fc.assert(
    fc.property(fc.array(aStep, { minLength: 4, maxLength: 40, size: 'max' }), (steps) => {
      const { head, next, post, repeat, looked, slow } = openHead();
      const forgotten = new Map<string, number>();
      /** Between what was let go of and what has come. */
      const between = (part: number): Map<string, number> =>
        new Map(
          [...next].map(([name, end]) => {
            const from = forgotten.get(name) ?? 0;
            return [name, from + Math.round(part * (end - from))];
          }),
        );
      /** A version of another process, which has come further in one stream than is known here. */
      const ahead = (): Map<string, number> => new Map([...between(0), ['b', (next.get('b') ?? 0) + 3]]);
      let known = new Map<number | 'ahead', Map<string, number>>();
      let now = START + DAY;
      for (const step of steps) {
        // What is posted is told to the millisecond.
        const posted = now - (now % 1_000);
        if ('post' in step)
          post(
            step.post,
            step.rows.map(({ ago, late, ...rest }) => ({
              ...rest,
              at: posted - ago,
              seen: posted - ago + late,
            })),
          );
        else if ('repeat' in step) repeat(step.repeat, step.which);
        else if ('forget' in step) {
          for (const [name, end] of between(step.forget)) forgotten.set(name, end);
          head.forget(forgotten);
          known = new Map();
        } else {
          now += step.step;
          // The ends of one version are the same object for as long as it is asked about.
          const ends = known.get(step.beyond) ?? (step.beyond === 'ahead' ? ahead() : between(step.beyond));
          known.set(step.beyond, ends);
          assert.deepEqual(looked(step.ask, ends, now), slow(step.ask, ends, now));
        }
      }
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test('a row is gone through once, however many look-ups there are', () => {
  const { head, post, looked, slow } = openHead();
  const ends = new Map<string, number>();
  const rowsFrom = (from: number, many: number): Posted[] =>
    Array.from({ length: many }, (_, i) => {
      const at = START + (from + i) * 1_000;
      return { id: from + i, card: 'x', amount: i % 97, at, seen: at };
    });
  for (let from = 0; from < 40_000; from += 1_000) post('a', rowsFrom(from, 1_000));
  let t = START + 60 * SECOND;
  looked('x', ends, t);
  const seen = mock.method(HeadRow.prototype, 'seenBy');
  let asked: readonly unknown[] = [];
  for (let i = 0; i < 100; i++) {
    post('a', rowsFrom(40_000 + i, 1));
    asked = looked('x', ends, ++t);
  }
  assert.equal(seen.mock.callCount(), 100);
  // And what is known for good is in tiles.
  assert.ok(head.of(body, ends, 'x', t).rows.length <= 1);
  assert.deepEqual(asked, slow('x', ends, t));
});

test('rows that a state has by another way are seen no more as soon as that is known', () => {
  const { post, repeat, looked, slow } = openHead();
  const ends = new Map([['b', 1]]);
  const at = START + SECOND;
  post(
    'a',
    Array.from({ length: 100 }, (_, id) => ({ id, card: 'x', amount: id, at, seen: at })),
  );
  const t = START + HOUR;
  assert.deepEqual(looked('x', ends, t), slow('x', ends, t));
  repeat('b', 0);
  assert.equal(looked('x', ends, t)[1], 0);
  assert.deepEqual(looked('x', ends, t), slow('x', ends, t));
});

test('a value that fits in no sum is told to whoever asks while it is in the window, and to nobody else', () => {
  const { post, head } = openHead();
  const ends = new Map<string, number>();
  const rows = Array.from({ length: 200 }, (_, i): Posted => {
    const at = START + i * SECOND;
    return { id: i, card: 'x', amount: i === 100 ? 1e30 : 1, at, seen: at };
  });
  post('a', rows);
  const read = (t: Instant): Record<string, FeatureValue> => {
    const { rows: singles, tiles } = head.of(body, ends, 'x', t);
    return readState(body, undefined, singles, START, t, tiles);
  };
  assert.equal(read(START + 50 * SECOND)['all'], 50);
  assert.throws(() => read(START + HOUR), { code: 'MILL_FEATURE_SUM_RANGE' });
  assert.deepEqual([read(START + DAY)['all'], read(START + DAY)['hour']], [200, 0]);
});
