import { test } from 'node:test';
import { crowd } from './crowd.fixture.ts';

test('8 processes append to one table, 2 replace others, one compacts and expires, for 30 s: nothing is lost or doubled', (t) =>
  crowd(t, { appenders: 8, replacers: 2, seconds: 30 }));
