import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPointer, memberPointer, pathText, pointerOf, stepsOf, valueAt } from './path.ts';

test('a place is written with dots, or as a JSON pointer', () => {
  for (const [path, pointer] of [
    ['city', '/city'],
    ['customer.address.city', '/customer/address/city'],
    ['items[0].price', '/items/0/price'],
    ['m[1][20]', '/m/1/20'],
    ['a/b.c~d', '/a~1b/c~0d'],
    ["it's here.x", "/it's here/x"],
    ['/customer/a.b/x', '/customer/a.b/x'],
    ['/', '/'],
  ] as const) {
    assert.equal(pointerOf(path), pointer);
    assert.ok(isPointer(pointer));
  }
});

test('what is no place stays as it is, and is none', () => {
  for (const path of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a[',
    'a[]',
    'a[x]',
    'a[01]',
    'a[-1]',
    '[0]',
    'a]b',
    '/a~2',
    'a\0b',
    `/${'x'.repeat(1001)}`,
    '/a'.repeat(101),
  ])
    assert.ok(!isPointer(pointerOf(path)), path);
});

const steps = fc.array(
  fc
    .oneof(
      fc.constantFrom('a', 'a.b', '0', '01', '', '~', '/', '[0]', '~1', '__proto__', 'length'),
      fc.string({ maxLength: 4 }),
    )
    .filter((s) => !s.includes('\0')),
  { minLength: 1, maxLength: 5 },
);

test('any names make a pointer that gives them back, also by the form for people', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const pointer = all.map(memberPointer).join('');
      assert.ok(isPointer(pointer));
      assert.deepEqual(stepsOf(pointer), all);
      assert.equal(pointerOf(pathText(pointer)), pointer);
    }),
  );
});

test('the value at any place of a JSON value is found, and nothing that every object inherits', () => {
  fc.assert(
    fc.property(fc.jsonValue(), steps, (value, random) => {
      const walk = (here: unknown, path: string[]): void => {
        assert.equal(valueAt(value, path), here);
        if (here === null || typeof here !== 'object') return;
        for (const key of Object.keys(here)) walk((here as Record<string, unknown>)[key], [...path, key]);
      };
      walk(value, []);
      const found = valueAt(value, random);
      assert.ok(found === undefined || JSON.stringify(value).includes(JSON.stringify(found)));
    }),
  );
  for (const place of [['length'], ['constructor'], ['0', 'length'], ['-1'], ['00'], ['']])
    assert.equal(valueAt(['text'], place), undefined);
  assert.equal(valueAt({}, ['constructor', 'length']), undefined);
});
