import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NewestEvents } from './newest-events.ts';

test('the newest event is the last that is past, whatever is to come and in whatever order it is told', () => {
  const aStep = fc.oneof(
    fc.record({ event: fc.integer({ min: -20, max: 60 }) }),
    fc.record({ later: fc.nat(15) }),
  );
  fc.assert(
    fc.property(fc.array(aStep, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, keep) => {
      let now = 0;
      const told: number[] = [];
      let newest = new NewestEvents(keep);
      for (const step of steps) {
        if ('event' in step) {
          told.push(step.event);
          newest.add(step.event, now);
          continue;
        }
        now += step.later;
        if (newest.at(now) === undefined) {
          // More were to come than are kept.
          assert.ok(new Set(told.filter((event) => event > 0)).size > keep);
          newest = new NewestEvents(keep);
          for (const event of told) newest.add(event, now);
        }
        const past = told.filter((event) => event <= now);
        assert.equal(newest.at(now), past.length === 0 ? null : Math.max(...past));
      }
    }),
  );
});
