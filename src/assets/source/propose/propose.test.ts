import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { discover } from '../index.ts';
import { dateForm } from './date-forms.ts';
import { firstRecords } from './file-start.ts';
import { globOf, sourceName } from './groups.ts';
import { luhn, personalData } from './personal.ts';
import { plausible, roundedAway } from './range.ts';
import { isHeader } from './shape.ts';
import { quoted } from './write.ts';

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });

test('a plausible range holds what was seen, and its ends are round', () => {
  fc.assert(
    fc.property(number, number, (a, b) => {
      const { min, max } = plausible(Math.min(a, b), Math.max(a, b));
      assert.ok(min <= Math.min(a, b) && Math.max(a, b) <= max);
    }),
  );
  assert.deepEqual(plausible(3, 97), { min: 0, max: 100 });
  assert.deepEqual(plausible(-3.2, 41_000), { min: -4, max: 50_000 });
  assert.deepEqual(plausible(983, 1042), { min: 700, max: 1300 });
  assert.deepEqual(plausible(0.02, 0.85), { min: 0, max: 1 });
});

test('rounding away from zero gives at most two digits, and never less', () => {
  fc.assert(
    fc.property(number, (value) => {
      const round = roundedAway(value);
      assert.ok(Math.abs(round) >= Math.abs(value));
      assert.ok(Math.abs(round) <= Math.abs(value) * 1.51 || value === 0);
    }),
  );
});

// Test numbers that the card schemes publish; each with one digit changed fails, which is what Luhn's check is for.
const CARDS = ['4111111111111111', '5500005555555559', '378282246310005', '6011111111111117'];

test('card numbers pass Luhn’s check, and fail it with any digit changed', () => {
  for (const card of CARDS) {
    assert.ok(luhn(card));
    for (let i = 0; i < card.length; i++)
      assert.ok(!luhn(`${card.slice(0, i)}${(Number(card[i]) + 1) % 10}${card.slice(i + 1)}`));
  }
});

test('personal data by value and by name', () => {
  assert.equal(personalData('x', ['a@b.org', 'c.d@e.com']), 'e-mail addresses');
  assert.equal(personalData('x', CARDS), 'card numbers');
  assert.equal(personalData('x', ['10.0.0.1', '::1']), 'IP addresses');
  assert.equal(personalData('x', ['+49 30 1234567', '(030) 123-4567']), 'phone numbers');
  assert.equal(personalData('FirstName', ['Ada']), 'names');
  assert.equal(personalData('date_of_birth', ['1970-01-01']), 'dates of birth');
  for (const [name, values] of [
    ['product_name', ['Bolt', 'Nut']],
    ['TIME', ['16:11:00', '05:11:00']],
    ['day', ['2026-01-02', '2026-01-03']],
    ['amount', ['12.50', '0']],
    ['id', ['1000000000001', '1000000000002', '1000000000003']],
  ] as const)
    assert.equal(personalData(name, values), undefined, name);
});

test('forms of dates: the day is the number above 12', () => {
  assert.equal(dateForm(['31/01/2025', '01/02/2025']), '%d/%m/%Y');
  assert.equal(dateForm(['01/31/2025 4:05 PM', '02/01/2025 11:00 AM']), '%m/%d/%Y %I:%M %p');
  assert.equal(dateForm(['01/02/2025']), '%d or %m/%m or %d/%Y');
  assert.equal(dateForm(['31.01.2025', '2025-02-01']), 'several forms');
  assert.equal(dateForm(['Jan 5, 2025']), '%b %d, %Y');
  assert.equal(dateForm(['1.2.3', 'x']), undefined);
});

test('a header is told from a row', () => {
  const rows = [
    ['1', 'a'],
    ['2', 'b'],
  ];
  assert.ok(isHeader(['id', 'name'], rows));
  assert.ok(!isHeader(['0', 'z'], rows));
  assert.ok(isHeader(['a', 'b'], [['x', 'y']]));
});

test('the first records of CSV text', () => {
  const text = '"a ""b""",c\r\n\n1,"x\ny"\n2,cut';
  assert.deepEqual(firstRecords({ text, cut: false }, ','), [
    ['a "b"', 'c'],
    ['1', 'x\ny'],
    ['2', 'cut'],
  ]);
  assert.equal(firstRecords({ text, cut: true }, ',').length, 2);
});

test('any text comes back from its literal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(new Function(`return ${quoted(text)};`)(), text);
    }),
  );
});

test('a glob finds its files and no other, whatever they are called', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const name = fc
    .string({
      unit: fc.constantFrom('a', 'b', '1', '2', '-', '_', '[', ']', '{', '}', ' ', "'"),
      minLength: 1,
      maxLength: 6,
    })
    .map((text) => `x${text}.csv`);
  try {
    let n = 0;
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), fc.nat(4), (names, kept) => {
        const below = `d${n++}`;
        mkdirSync(join(folder, below));
        for (const one of names) writeFileSync(join(folder, below, one), 'a\n');
        const wanted = names.slice(0, kept + 1).sort();
        const glob = globOf(
          wanted.map((one) => join(folder, below, one)),
          folder,
        );
        // A brace in a list of names cannot be written for every system.
        if (glob === undefined)
          return assert.ok(wanted.length > 1 && wanted.some((one) => /[{},]/.test(one)));
        const found = discover({ glob, nulls: [] }, folder).map(({ path }) => path.slice(below.length + 1));
        assert.deepEqual(found.sort(), wanted, glob);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a source is called as its files are', () => {
  assert.equal(sourceName(['/d/payments-2026-01.csv.gz', '/d/payments-2026-02.csv.gz']), 'payments');
  assert.equal(sourceName(['/d/Orders 2025.csv']), 'orders');
  assert.equal(sourceName(['/d/OrderLines.csv']), 'order_lines');
  assert.equal(sourceName(['/sales/2026-01.csv']), 'sales');
  assert.equal(sourceName(['/D x/€.csv']), 'd_x');
  assert.equal(sourceName(['/€/€.csv']), 'rows');
});
