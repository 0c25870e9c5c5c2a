import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatInstant, parseInstant } from './instant.ts';

test('a day or an instant in UTC is read, and is what was written', () => {
  const millis = fc.date({ min: new Date(0), max: new Date('2254-12-31T00:00:00Z'), noInvalidDate: true });
  fc.assert(
    fc.property(millis, (date) => {
      const instant = date.getTime() * 1000;
      assert.equal(parseInstant(formatInstant(instant)), instant);
      const day = date.toISOString().slice(0, 10);
      assert.equal(parseInstant(day), Date.parse(`${day}T00:00:00Z`) * 1000);
    }),
  );
  assert.equal(parseInstant('2024-02-29T01:02Z'), Date.UTC(2024, 1, 29, 1, 2) * 1000);
});

test('what is on no calendar, or says no zone, is none', () => {
  for (const text of [
    ...['2026-02-30', '2026-02-29', '2026-13-01', '2026-00-10', '2026-04-31T00:00:00Z', '2026-01-01T24:00Z'],
    ...[
      '2026-01-01T12:00:00',
      '2026-01-01T12:00:00+02:00',
      '2026-1-1',
      '20260101',
      'now',
      '',
      '2026-01-01T12:60Z',
    ],
  ])
    assert.equal(parseInstant(text), undefined, text);
});
