import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MillraceError, type Problem, SECOND } from '../base/index.ts';
import { defaultRetry, passing, waitBefore } from './retry.ts';

test('waits double up to the longest, and chance takes off at most a half', () => {
  const whole = [2, 3, 4, 5, 6, 7, 8].map((attempt) => waitBefore(attempt, defaultRetry, 1) / SECOND);
  assert.deepEqual(whole, [2, 4, 8, 16, 32, 60, 60]);
  assert.equal(waitBefore(2, defaultRetry, 0), 1 * SECOND);
  const random = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 2_000 }), random, (attempt, at) => {
      const wait = waitBefore(attempt, defaultRetry, at);
      const most = waitBefore(attempt, defaultRetry, 1);
      assert.ok(wait >= most / 2 && wait <= most && most <= defaultRetry.longest, `${wait} of ${most}`);
    }),
  );
});

test('only what says of itself that it passes is tried again', () => {
  const problem = (retry?: boolean): Problem => ({
    ...{ code: 'MILL_X', message: '', todo: '', owner: 'service' },
    ...(retry === undefined ? {} : { retry }),
  });
  assert.equal(passing(new MillraceError(problem(true))), true);
  assert.equal(passing(new MillraceError(problem())), false);
  assert.equal(passing(new MillraceError([problem(true), problem(false)])), false);
  assert.equal(passing(new MillraceError([])), false);
  assert.equal(passing(new Error('ECONNRESET')), false);
});
