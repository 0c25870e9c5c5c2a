import test from 'node:test';
import { provesSameness } from './sameness.fixture.ts';

test('offline = online = oracle, to the bit, for 10,000 random histories and more', () =>
  provesSameness(500));
