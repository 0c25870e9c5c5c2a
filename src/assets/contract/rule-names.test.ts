import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellRule } from './rule-names.ts';
import type { ColumnSpec } from './spec.ts';

test('a set of values is named by its first ones, each to be told from the next', () => {
  const column: ColumnSpec = { name: 'c', type: 'string', nullable: false, rules: [] };
  const named = (...values: string[]): string => cellRule(column, { rule: 'oneOf', values });
  assert.equal(named('DE'), 'c: one of DE');
  assert.equal(named('DE', 'FR', 'US', 'GB'), 'c: one of DE, FR, US, GB');
  assert.equal(named('DE', 'FR', 'US', 'GB', 'IT'), 'c: one of 5: DE, FR, US, …');
  assert.equal(
    named('', 'a, b', 'it\'s "so"\u001b[2J', 'ü-1.5'),
    'c: one of "", "a, b", "it\'s \\"so\\"\\u001b[2J", ü-1.5',
  );
  assert.equal(named('x'.repeat(500)), `c: one of ${'x'.repeat(20)}…`);
  assert.equal(named(`${'x'.repeat(19)}😀😀`), `c: one of "${'x'.repeat(19)}😀"…`);
});
