import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  aBatch,
  askOffline,
  askOnline,
  askOracle,
  gather,
  loadEvents,
  withSession,
} from './sameness.fixture.ts';

// The law of Sameness: for every feature, entity and instant, value online = value offline = value of the oracle.

test('offline = online = oracle, to the bit, for random histories', async () => {
  await withSession(async (session) => {
    await fc.assert(
      fc.asyncProperty(aBatch, async ({ body, histories, from }) => {
        const { rows, asks } = gather(histories);
        await loadEvents(session, rows);
        const truth = askOracle(body, rows, asks);
        assert.deepStrictEqual(await askOffline(session, body, asks), truth);
        assert.deepStrictEqual(
          await askOnline(session, body, asks, from),
          truth.map((values, i) => (asks[i]!.at < from ? undefined : values)),
        );
      }),
      { numRuns: Number(process.env['RUNS'] ?? 20) },
    );
  });
});
