import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeatureSpec, RequestBody } from '../feature/index.ts';
import type { Lookup } from '../model/index.ts';
import { requestInput } from './request-input.ts';

test('what a function is given is its own: what is logged of the answer stays as it was looked up', () => {
  const specs = [
    { name: 'recent', type: 'double', list: true },
    { name: 'times', type: 'timestamp', list: true },
    { name: 'none', type: 'string', list: true },
    { name: 'newest', type: 'timestamp' },
  ] as unknown as FeatureSpec[];
  const body: RequestBody = {
    request: [{ name: 'at', type: 'timestamp', nullable: false, rules: [] }],
    uses: { mine: 'habits' },
    code: '',
  };
  const asked = { at: '2026-01-01T00:00:00Z' };
  const looked = { habits: { recent: [3, 1, 2], times: [2_000, 1_000], newest: 5_000 } };
  const before = structuredClone({ asked, looked });
  const input = requestInput(body, asked, looked, [
    { name: 'habits', body: { features: specs } } as unknown as Lookup,
  ]) as unknown as {
    request: { at: Date };
    mine: { recent: number[]; times: Date[]; none: unknown; newest: Date };
  };
  assert.deepEqual(input, {
    request: { at: new Date('2026-01-01T00:00:00Z') },
    mine: { recent: [3, 1, 2], times: [new Date(2), new Date(1)], none: null, newest: new Date(5) },
  });
  input.mine.recent.sort();
  input.mine.times.pop();
  input.request.at.setTime(0);
  assert.deepEqual({ asked, looked }, before);
});
