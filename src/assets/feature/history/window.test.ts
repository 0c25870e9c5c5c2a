import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../../base/index.ts';
import type { FeatureValue, Monoid } from '../aggregate/index.ts';
import { layoutOf, type Series } from '../layout.ts';
import type { AggregateName, AggregateSpec, FeaturesBody } from '../spec.ts';
import { addRow, intoTiles, type SeenRow, type Tile } from '../tiles.ts';
import { EXACT, windowEnd, windowStart } from '../time-law.ts';
import { Sweep } from './sweep.ts';
import { MovingWindow } from './window.ts';

// A window that moves, held against one that is made anew for every question: rows come late into tiles that were taken in, open tiles in
// their midst, and go on until old tiles are let go.

const features: readonly (readonly [AggregateName, number?])[] = [
  ['count'],
  ['sum'],
  ['variance'],
  ['distinct'],
  ['quantile', 0.5],
  ['topK', 2],
  // These cannot take back what was merged.
  ['min'],
  ['max'],
  ['first'],
  ['last'],
  ['lastK', 2],
];

type Span = Pick<AggregateSpec, 'window' | 'hop' | 'ending'>;

const bodyOf = (spans: readonly Span[]): FeaturesBody => ({
  entity: { name: 'card', keys: ['card'] },
  from: 'payments',
  eventTime: 'at',
  availableAt: 'seen',
  availableAfter: 0,
  features: spans.flatMap((span, i) =>
    features.map(
      ([aggregate, parameter]): AggregateSpec => ({
        name: `${aggregate} ${i}`,
        aggregate,
        column: aggregate === 'count' ? null : 'x',
        columnType: 'double',
        ...(parameter === undefined ? {} : { parameter }),
        type: 'double',
        nullable: true,
        ...span,
      }),
    ),
  ),
  columnTypes: { x: 'double' },
});

/** Every row that is in the window, one after the other. */
function anew(body: FeaturesBody, rows: readonly SeenRow[], t: Instant): FeatureValue[] {
  const layout = layoutOf(body);
  return body.features.map((spec) => {
    const { aggregate, parameter, series, part } = layout.readings[
      layout.readingOf.get(spec as AggregateSpec) as number
    ] as (typeof layout.readings)[number];
    const own = layout.series[series]?.parts[part] as (typeof layout.series)[number]['parts'][number];
    const [start, end] = [windowStart(t, spec as Span), windowEnd(t, spec as Span)];
    const seen = rows.filter(({ event, known }) => known < t && event >= start && event < end);
    return aggregate.result(
      seen.reduce((state, row) => addRow(state, own, row), own.monoid.empty()),
      t,
      parameter,
    );
  });
}

function answers(sweep: Sweep, t: Instant): FeatureValue[] {
  const found: FeatureValue[] = [];
  sweep.ask(t, (feature, value) => {
    found[feature] = value;
  });
  return found;
}

interface Happening {
  readonly ask: boolean;
  readonly step: number;
  readonly late: number;
  readonly x: number | null;
}

/** Lets rows and questions come one after the other and compares each answer. */
function lived(spans: readonly Span[], base: Instant, happenings: readonly Happening[]): void {
  const body = bodyOf(spans);
  const sweep = new Sweep(body);
  const rows: SeenRow[] = [];
  let now = base;
  for (const { ask, step, late, x } of happenings) {
    now += step;
    if (ask) {
      assert.deepStrictEqual(answers(sweep, now), anew(body, rows, now), `at ${now - base}`);
      continue;
    }
    const row = { known: now, event: now - late, row: rows.length, cells: [x] };
    rows.push(row);
    sweep.row(row);
    now += 1;
  }
}

const aStep = fc.oneof(
  fc.constantFrom(0, 1, SECOND, MINUTE - 1, MINUTE, MINUTE + 1, 3 * MINUTE, HOUR),
  fc.integer({ min: 0, max: 5 * MINUTE }),
);
const aHappening: fc.Arbitrary<Happening> = fc.record({
  ask: fc.boolean(),
  step: aStep,
  late: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    {
      weight: 2,
      arbitrary: fc.oneof(
        aStep,
        fc.tuple(fc.nat(12), fc.constantFrom(-1, 0, 1)).map(([n, e]) => Math.max(0, n * MINUTE + e)),
        fc.integer({ min: 0, max: 2 * HOUR }),
      ),
    },
  ),
  x: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 9 }),
});
const aSpan: fc.Arbitrary<Span> = fc.record({
  window: fc.constantFrom(MINUTE, 2 * MINUTE, 5 * MINUTE + 7, 10 * MINUTE, HOUR, null),
  // Windows of the same hop share their tiles.
  hop: fc.constantFrom(MINUTE, MINUTE, MINUTE, EXACT, 7 * SECOND),
  ending: fc.constantFrom(0, 0, 0, 1, 30 * SECOND, MINUTE, 4 * MINUTE + 3),
});

/** Much goes on within one window, so that late rows come into tiles that are stacked already and leave before newer ones. */
const aDenseHappening: fc.Arbitrary<Happening> = fc.record({
  ask: fc.boolean(),
  step: fc.constantFrom(0, 20 * SECOND, MINUTE, MINUTE),
  late: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 9 }).map((n) => n * MINUTE),
  ),
  x: fc.integer({ min: -50, max: 50 }),
});

test('a window that moves holds what one made anew would', () => {
  fc.assert(
    fc.property(
      fc.array(aSpan, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(0, 20_000 * DAY, -20_000 * DAY - 1),
      fc.oneof(
        fc.array(aHappening, { minLength: 5, maxLength: 80 }),
        fc.array(aDenseHappening, { minLength: 30, maxLength: 120 }),
      ),
      lived,
    ),
    { numRuns: 600 },
  );
});

test('old tiles are let go of, and rows that come for them later are not seen', () => {
  const spans: Span[] = [
    { window: 3 * MINUTE, hop: MINUTE, ending: 0 },
    { window: 20 * MINUTE, hop: MINUTE, ending: 5 * MINUTE },
    { window: 2 * MINUTE, hop: EXACT, ending: 0 },
  ];
  // More than twice as many tiles as are let go of at a time, thrice over.
  const happenings = Array.from({ length: 4_000 }, (_, i): Happening => {
    if (i % 4 === 3) return { ask: true, step: i % 40 === 3 ? MINUTE : 0, late: 0, x: null };
    const late = i % 97 === 0 ? 30 * HOUR : i % 13 === 0 ? 4 * MINUTE : 0;
    return { ask: false, step: MINUTE + (i % 3), late, x: i % 11 };
  });
  lived(spans, 20_000 * DAY, happenings);
});

/** How often the states of a window that moves over so many tiles are added to, merged and taken from, for each row and question. */
function stepsARow(tiles: number): number {
  const body = bodyOf([{ window: tiles * MINUTE, hop: EXACT, ending: 0 }]);
  const { series, ...rest } = layoutOf(body);
  let steps = 0;
  const counting = (monoid: Monoid<unknown>): Monoid<unknown> =>
    new Proxy(monoid, {
      get(of, name, receiver) {
        if (name === 'add' || name === 'merge' || name === 'remove') steps++;
        return Reflect.get(of, name, receiver);
      },
    });
  const counted = series.map((one) => ({
    ...one,
    parts: one.parts.map((part) => ({ ...part, monoid: counting(part.monoid) })),
  }));
  const window = new MovingWindow({ ...rest, series: counted }, rest.readings);
  const own: Tile[] = [];
  const count = 5 * tiles;
  for (let i = 0; i < count; i++) {
    const known = i * MINUTE;
    // Every other row is late, by as much as a quarter of the window.
    const event = known - (i % 2) * (((i * 37) % tiles) * (MINUTE / 4));
    const row = { known, event, row: i, cells: [i % 7] };
    const { at, isNew } = intoTiles(own, series[0] as Series, row);
    window.changed(at, isNew, row);
    window.read(own, known + 1, () => {});
  }
  return steps / count;
}

test('a late row is a step like any other, however many tiles its window has taken in', () => {
  const [few, many] = [stepsARow(100), stepsARow(1_600)];
  assert.ok(many < 1.5 * few, `${few} steps a row over 100 tiles, ${many} over 1,600`);
});

test('many questions at one instant, and none for long, give the same', () => {
  const spans: Span[] = [
    { window: HOUR, hop: MINUTE, ending: 0 },
    { window: null, hop: MINUTE, ending: MINUTE },
  ];
  const row = (step: number, x: number): Happening => ({ ask: false, step, late: 0, x });
  const ask: Happening = { ask: true, step: 0, late: 0, x: null };
  const burst = Array.from({ length: 50 }, () => ask);
  const many = Array.from({ length: 90 }, (_, i) => row(MINUTE, i));
  lived(spans, 0, [
    ...burst,
    row(1, 1),
    ...burst,
    ...many,
    ...burst,
    { ...ask, step: 5 * HOUR },
    row(0, 3),
    ...burst,
  ]);
});

test('another entity begins with nothing', () => {
  const body = bodyOf([
    { window: HOUR, hop: MINUTE, ending: 0 },
    { window: HOUR, hop: MINUTE, ending: MINUTE },
  ]);
  const sweep = new Sweep(body);
  const row = (known: number): SeenRow => ({ known, event: known, row: 0, cells: [1] });
  for (let i = 0; i < 100; i++) {
    sweep.row(row(i * MINUTE));
    answers(sweep, i * MINUTE + 1);
  }
  sweep.clear();
  assert.deepStrictEqual(answers(sweep, HOUR), anew(body, [], HOUR));
  sweep.row(row(HOUR + 1));
  assert.deepStrictEqual(answers(sweep, 2 * HOUR), anew(body, [row(HOUR + 1)], 2 * HOUR));
});

test('a row comes into the tile of its hop, which is made where there is none', () => {
  const [series] = layoutOf(bodyOf([{ window: HOUR, hop: MINUTE, ending: 0 }])).series;
  assert.ok(series);
  const tiles: Tile[] = [];
  const come = (event: Instant) => intoTiles(tiles, series, { event, known: event, row: 0, cells: [1] });
  assert.deepEqual(come(2 * MINUTE), { at: 0, isNew: true });
  assert.deepEqual(come(3 * MINUTE - 1), { at: 0, isNew: false });
  assert.deepEqual(come(9 * MINUTE), { at: 1, isNew: true });
  assert.deepEqual(come(5 * MINUTE), { at: 1, isNew: true });
  assert.deepEqual(come(6 * MINUTE - 1), { at: 1, isNew: false });
  assert.deepEqual(come(-1), { at: 0, isNew: true });
  assert.deepEqual(come(-MINUTE), { at: 0, isNew: false });
  assert.deepEqual(
    tiles.map(({ start }) => start / MINUTE),
    [-1, 2, 5, 9],
  );
});
