import { test } from 'node:test';
import { crowd } from './crowd.fixture.ts';

test('4 processes append to one table, one replaces another, one compacts and expires: nothing is lost or doubled', (t) =>
  crowd(t, { appenders: 4, replacers: 1, seconds: 3 }));
