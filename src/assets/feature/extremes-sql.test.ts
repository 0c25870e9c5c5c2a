import assert from 'node:assert/strict';
import test from 'node:test';
import { DAY, floorTo, HOUR, MINUTE } from '../../base/index.ts';
import { openDuckDb } from '../../engine/index.ts';
import { type Ask, askOffline, askOracle, loadEvents, type Row } from './sameness.fixture.ts';
import type { FeaturesBody } from './spec.ts';
import { windowLeave, windowStart } from './time-law.ts';

test('min and max with a column of available times: wherever two stretches, or prompt and late rows, meet', async () => {
  const engine = await openDuckDb({ threads: 1 });
  const session = await engine.session();
  try {
    for (const [window, hop] of [
      [HOUR, 5 * MINUTE],
      [2 * HOUR + 1, 7 * MINUTE],
      [MINUTE / 2, MINUTE],
    ] as const) {
      const half = Math.floor(window / 2);
      const near = (instant: number) => [-2, -1, 0, 1, 2].map((edge) => instant + edge);
      const rows: Row[] = [];
      const asks: Ask[] = [];
      for (const t of near(floorTo(20_000 * DAY, hop) + window)) {
        const start = windowStart(t, window, hop);
        for (const event of new Set([start, start + half, t - half, t].flatMap(near)))
          for (const delay of new Set(
            [0, half, window, t - event, windowLeave(event, window, hop) - event].flatMap(near),
          )) {
            if (delay < 0) continue;
            const card = `${rows.length}`;
            rows.push({ card, paid_at: event, seen_at: event + delay, _row_id: rows.length, amount: 1 });
            asks.push({ entity: card, at: t });
          }
      }
      const body: FeaturesBody = {
        entity: { name: 'card', key: 'card' },
        from: 'payments',
        eventTime: 'paid_at',
        availableAt: 'seen_at',
        availableAfter: 0,
        features: (['min', 'max'] as const).map((aggregate) => ({
          name: aggregate,
          aggregate,
          column: 'amount',
          columnType: 'double',
          window,
          hop,
          type: 'double',
          nullable: true,
        })),
      };
      await loadEvents(session, rows);
      const truth = askOracle(body, rows, asks);
      assert.ok(truth.some(({ max }) => max === 1) && truth.some(({ max }) => max === null));
      assert.deepStrictEqual(await askOffline(session, body, asks), truth);
    }
  } finally {
    await engine.close();
  }
});
