import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonTree, parseJson } from './parse-json.ts';

/** A text as JSON in which each character is escaped. */
const escaped = (text: string): string =>
  `"${[...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;

/** The text of a value, all names escaped. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ,')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, inner]) => ` ${escaped(name)}: ${textOf(inner)}`)}}`;
}

test('names with escapes are read as they are written, whatever was read before', () => {
  for (const [poison, text, name] of [
    ['{"h":[],"\\\\":0}', '{"h":1,"\\n":2}', '\n'],
    ['{"h":[],"\\\\":0}', '{"h":1,"\\"":2}', '"'],
    ['{"h":[],"gr\\\\u0":0}', '{"h":1,"gr\\u00f6\\u00dfe":2}', 'größe'],
    ['{"h":[],"\\\\u":0}', '{"h":1,"\\u0069d":2}', 'id'],
  ] as const) {
    parseJson(poison);
    assert.deepEqual(Object.keys(parseJson(text) as object), ['h', name]);
  }
});

test('whatever JSON there is, it says the same', () => {
  const names = fc.oneof(
    fc.string({ maxLength: 3 }),
    fc.constantFrom('__proto__', '\\', '\\u', '"', '\n', '1'),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      // JSON.stringify writes 0 for −0.
      fc.jsonValue({ maxDepth: 0 }).map((leaf) => (Object.is(leaf, -0) ? 0 : leaf)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .uniqueArray(fc.tuple(names, tie('value')), { selector: ([name]) => name, maxLength: 4 })
        .map((all) => Object.fromEntries(all)),
    ),
  }));
  fc.assert(
    fc.property(value, (what) => {
      const text = textOf(what);
      assert.deepEqual(parseJson(text), what);
      assert.deepEqual(parseJson(JSON.stringify(what)), what);
      assert.deepEqual(jsonTree(` ${text}\n`), what);
    }),
    { numRuns: 3_000 },
  );
});

test('of a name that stands twice the last counts, numbers are as they were written, and depth is no matter', () => {
  assert.deepEqual(parseJson('{"\\u0061":1,"a":2}'), { a: 2 });
  assert.deepEqual(
    jsonTree('[1.0, -0, 1e400]', (source) => source),
    ['1.0', '-0', '1e400'],
  );
  const deep = `{"\\n":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  assert.deepEqual(Object.keys(parseJson(deep) as object), ['\n']);
  for (const broken of ['{"\\n":}', '{"\\n":1', '', '{"\\n":01}'])
    assert.throws(() => parseJson(broken), SyntaxError);
});
