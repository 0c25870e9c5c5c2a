import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  atMost,
  common,
  formatIntervals,
  type Interval,
  subtracted,
  united,
  wholeSteps,
} from './interval.ts';

const END = 60;
const interval = fc
  .tuple(fc.integer({ min: -END, max: END }), fc.integer({ min: -END, max: END }))
  .map(([from, to]): Interval => ({ from, to }));
const intervals = fc.array(interval, { maxLength: 12 });

/** The twin: every instant by itself. */
const instants = (list: readonly Interval[]): Set<number> =>
  new Set(list.flatMap(({ from, to }) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)));

const apart = (list: readonly Interval[]): boolean =>
  list.every(({ from, to }, i) => from < to && (i === 0 || (list[i - 1] as Interval).to < from));

describe('intervals', () => {
  it('are what the sets of their instants are', () => {
    fc.assert(
      fc.property(intervals, intervals, (a, b) => {
        const [x, y] = [instants(a), instants(b)];
        assert.deepEqual(instants(united(a, b)), x.union(y));
        assert.deepEqual(instants(subtracted(a, b)), x.difference(y));
        assert.deepEqual(instants(common(a, b)), x.intersection(y));
        for (const list of [united(a, b), subtracted(a, b), common(a, b)]) assert.ok(apart(list));
      }),
    );
  });

  it('become whole steps that hold them and nothing that they do not touch', () => {
    fc.assert(
      fc.property(intervals, fc.integer({ min: 1, max: 9 }), (a, step) => {
        const touched = new Set([...instants(a)].map((instant) => Math.floor(instant / step)));
        const whole = [...instants(wholeSteps(united(a), step))];
        assert.deepEqual(new Set(whole.map((instant) => Math.floor(instant / step))), touched);
        assert.equal(whole.length, touched.size * step);
      }),
    );
  });

  it('are joined over the narrowest gaps when there are too many', () => {
    fc.assert(
      fc.property(intervals, fc.integer({ min: 1, max: 4 }), (a, most) => {
        const few = atMost(most, a);
        assert.ok(few.length <= most && apart(few));
        assert.ok(instants(a).isSubsetOf(instants(few)));
      }),
    );
    const list = [
      { from: 0, to: 1 },
      { from: 3, to: 4 },
      { from: 9, to: 10 },
    ];
    assert.deepEqual(atMost(2, list), [
      { from: 0, to: 4 },
      { from: 9, to: 10 },
    ]);
  });

  it('are told as people write them', () => {
    const day = Date.UTC(2026, 0, 5) * 1000;
    const hour = 3_600_000_000;
    assert.equal(formatIntervals([]), 'none');
    assert.equal(formatIntervals([{ from: day, to: day + 24 * hour }]), '2026-01-05 to 2026-01-06');
    assert.equal(
      formatIntervals([{ from: day + hour, to: day + 2 * hour }]),
      '2026-01-05T01:00Z to 2026-01-05T02:00Z',
    );
    assert.equal(
      formatIntervals([0, 1, 2].map((i) => ({ from: day + 2 * i * hour, to: day + (2 * i + 1) * hour }))),
      '3 ranges from 2026-01-05 to 2026-01-05T05:00Z',
    );
  });
});
