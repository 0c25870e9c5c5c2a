import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bandOf, type Point } from './history.ts';

const DAY = 86_400_000_000;
/** A Monday. */
const MONDAY = Date.UTC(2026, 0, 5) * 1000;
const like = { tolerance: 0.1, deviations: 4 };
const daily = (values: readonly number[]): Point[] =>
  values.map((value, i) => ({ at: MONDAY + i * DAY, value }));

test('while history is short there is no band', () => {
  assert.equal(bandOf([], MONDAY, like), undefined);
  assert.equal(bandOf(daily([1, 1, 1, 1, 1, 1, 1]), MONDAY + 7 * DAY, like), undefined);
  assert.equal(bandOf(daily([1, 1, 1, 1, 1, 1, 1, 1]), MONDAY + 8 * DAY, like)?.from, '8 earlier loads');
  const mondays = [0, 1, 2].map((week) => ({ at: MONDAY + week * 7 * DAY, value: 5 }));
  assert.equal(bandOf(mondays, MONDAY + 21 * DAY, like), undefined);
  // What comes later than now says nothing.
  assert.equal(bandOf(daily([1, 1, 1, 1, 1, 1, 1, 1]), MONDAY + 6 * DAY, like), undefined);
});

test('a weekday is held against its own kind', () => {
  // Quiet weekends: five busy days, two quiet ones.
  const values = Array.from({ length: 28 }, (_, i) => (i % 7 < 5 ? 1000 : 100));
  const monday = bandOf(daily(values), MONDAY + 28 * DAY, like);
  assert.deepEqual(monday, { expected: 1000, min: 900, max: 1100, from: '4 earlier Mondays' });
  const saturday = bandOf([...daily(values), { at: MONDAY + 28 * DAY, value: 1 }], MONDAY + 33 * DAY, like);
  assert.deepEqual(saturday, { expected: 100, min: 90, max: 110, from: '4 earlier Saturdays' });
});

test('one bad load among the earlier ones moves nothing', () => {
  const values = [100, 100, 100, 1e9, 100, 100, 100, 100, 100];
  assert.deepEqual(bandOf(daily(values).slice(0, 9), MONDAY + 9 * DAY, like), {
    expected: 100,
    min: 90,
    max: 110,
    from: '9 earlier loads',
  });
});

test('the median absolute deviation of a known set', () => {
  // 1 1 2 2 4 6 9: median 2, deviations 1 1 0 0 2 4 7, their median 1. With two 2s more, still 2 and 1 (0 0 0 0 1 1 2 4 7).
  const values = [1, 9, 2, 6, 2, 4, 2, 1, 2];
  const points = values.map((value) => ({ at: MONDAY, value }));
  const band = bandOf(points, MONDAY, { tolerance: 0, deviations: 1 });
  assert.equal(band?.expected, 2);
  assert.ok(Math.abs((band?.max ?? 0) - (2 + 1.4826)) < 1e-9);
});

test('a steady rise is expected to go on', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: 8, max: 40 }),
      (step, first, days) => {
        const points = daily(Array.from({ length: days }, (_, i) => first + step * i));
        const band = bandOf(points, MONDAY + days * DAY, { tolerance: 0, deviations: 4 });
        const used = days >= 28 ? 4 : days;
        // Below six points a trend is not trusted.
        const wanted = used >= 6 ? first + step * days : undefined;
        if (wanted !== undefined)
          assert.ok(Math.abs((band?.expected ?? NaN) - wanted) < 1e-6 * (1 + Math.abs(wanted)));
      },
    ),
  );
});
