import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { carryOut, current, deed, firstDeeds, held, shop, twins } from './incremental.fixture.ts';
import { openBench } from './line.fixture.ts';

test('a table built by intervals is what it would be as a whole, whatever comes, goes and comes back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('1d' as const, '2d' as const, '7d' as const),
      async (deeds, every) => {
        const bench = await openBench();
        try {
          const declared = shop({ every });
          for (const what of firstDeeds) await carryOut(bench, declared, what);
          for (const what of deeds) {
            await carryOut(bench, declared, what);
            // What was rolled back is held, and what is built from it follows what is live.
            const live = await current(bench, declared);
            const [is, should] = [await held(bench), await twins(bench)];
            if (live.has('daily')) {
              assert.deepEqual(is['daily'], should['daily']);
              assert.deepEqual(is['daily__quarantine'], should['daily__quarantine']);
              if (live.has('weekly')) assert.deepEqual(is['weekly'], should['weekly']);
            }
            if (live.has('trailing')) assert.deepEqual(is['trailing'], should['trailing']);
          }
        } finally {
          await bench.close();
        }
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
});
