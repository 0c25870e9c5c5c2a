import { test } from 'node:test';
import { killAtManyMoments } from './crash.fixture.ts';

test('killed at any moment, what is visible is whole and the next run finishes right', (t) =>
  killAtManyMoments(t, 12));
