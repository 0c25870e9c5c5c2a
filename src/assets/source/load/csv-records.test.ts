import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cellsOf, csvDialect, csvRecords, LINES, LONGEST_RECORD } from './csv-records.ts';

const dialect = csvDialect(',');

async function read(
  text: string | Buffer,
  width: number | undefined,
  pieces: readonly number[] = [],
  by = dialect,
) {
  const bytes = Buffer.from(text);
  async function* chunks() {
    let from = 0;
    for (const piece of pieces) {
      yield bytes.subarray(from, from + piece);
      from += piece;
    }
    yield bytes.subarray(from);
  }
  const found: [number, string[] | string][] = [];
  for await (const records of csvRecords(chunks(), by, width))
    for (const record of records)
      found.push([record.line, record.sound ? cellsOf(record.bytes, by) : record.bytes.toString()]);
  return found;
}

test('records, lines and cells', async () => {
  assert.deepEqual(await read('\uFEFFa,b\r\n"x ""y""\n,",2\n\n,\r3,"" \n', 2), [
    [1, ['a', 'b']],
    [2, ['x "y"\n,', '2']],
    [5, ['', '']],
    [6, ['3', '']],
  ]);
  assert.deepEqual(await read('', 2), []);
  assert.deepEqual(await read('x', 1), [[1, ['x']]]);
});

test('a broken record costs its first line', async () => {
  assert.deepEqual(await read('1,"a\n2,b\n3,"c"d\n4,e\n5,f,g\n', 2), [
    [1, '1,"a'],
    [2, ['2', 'b']],
    [3, '3,"c"d'],
    [4, ['4', 'e']],
    [5, '5,f,g'],
  ]);
});

test('a line longer than may be is broken, and what follows is read', async () => {
  const long = 'x'.repeat(3 * LONGEST_RECORD);
  const found = await read(`a,b\n${long}\nc,d\n"${long}`, 2, [10, 100, LONGEST_RECORD, LONGEST_RECORD]);
  assert.deepEqual(
    found.map(([line, cells]) => [line, typeof cells === 'string' ? cells.length : cells]),
    [
      [1, ['a', 'b']],
      [2, LONGEST_RECORD],
      [3, ['c', 'd']],
      [4, LONGEST_RECORD],
    ],
  );
});

test('where the bytes are cut does not matter', async () => {
  const text = fc
    .array(fc.constantFrom('a', '"', '""', ',', '\n', '\r', '\r\n', ' ', 'é', '\uFEFF'), { maxLength: 40 })
    .map((t) => t.join(''));
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.array(fc.nat(5), { maxLength: 40 }),
      fc.boolean(),
      async (content, pieces, lines) => {
        const by = lines ? LINES : dialect;
        const width = lines ? 1 : 2;
        assert.deepEqual(await read(content, width, pieces, by), await read(content, width, [], by));
      },
    ),
    { numRuns: 500 },
  );
});
