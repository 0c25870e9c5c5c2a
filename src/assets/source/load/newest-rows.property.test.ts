import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { col, contractOf, openBench } from './source.fixture.ts';

interface Given {
  readonly key: number;
  readonly other: string;
  /** From 0 to 4 it is a good row. */
  readonly n: number | null;
}

const contract = contractOf(
  [
    col('key', 'integer'),
    col('other "key"', 'string'),
    col('n', 'integer', { nullable: true, rules: [{ rule: 'between', min: 0, max: 4 }] }),
  ],
  { key: ['key', 'other "key"'] },
);
const row = fc.record<Given>({
  key: fc.integer({ min: 0, max: 4 }),
  other: fc.constantFrom('a', 'b', "it's"),
  n: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(null)),
});
/** Loads, each of one or more files. */
const loads = fc.array(
  fc.array(fc.array(row, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

// The twin: a map from key to the newest good row, and the load that brought it as it is.
function twin(given: readonly (readonly (readonly Given[])[])[]) {
  const table = new Map<string, { n: number | null; load: number }>();
  const aside = new Set<string>();
  let load = 0;
  for (const files of given) {
    const newest = new Map<string, { n: number | null; load: number }>();
    for (const rows of files) {
      load++;
      for (const { key, other, n } of rows) {
        const name = JSON.stringify([key, other]);
        if (n !== null && n > 4) aside.add(JSON.stringify([name, n]));
        else newest.set(name, { n, load });
      }
    }
    for (const [name, row] of newest)
      if (table.get(name)?.n !== row.n || !table.has(name)) table.set(name, row);
  }
  return { table: [...table].map(([name, { n, load }]) => [...JSON.parse(name), n, load]).sort(), aside };
}

test('rows that replace others of their key: as in a map, over loads, files and batches', async () => {
  await fc.assert(
    fc.asyncProperty(loads, fc.boolean(), async (given, single) => {
      const bench = await openBench();
      try {
        let firstLoad = 1;
        for (const [l, files] of given.entries()) {
          for (const [f, rows] of files.entries())
            bench.put(
              `${l}/${f}.jsonl`,
              rows
                .map(({ key, other, n }) => `${JSON.stringify({ key, 'other "key"': other, n })}\n`)
                .join(''),
            );
          const result = await bench.load(
            contract,
            { glob: `${l}/*.jsonl` },
            {
              replaces: true,
              firstLoad,
              ...(single ? { batchFiles: 1 } : {}),
            },
          );
          firstLoad += files.length;
          assert.equal(result.rows, (await bench.rows()).length);
        }
        const wanted = twin(given);
        const found = (await bench.rows()).map((r) => [r['key'], r['other "key"'], r['n'], r['_load']]);
        assert.deepEqual(found.sort(), wanted.table);
        const aside = (await bench.aside()).map(({ row }) => {
          const { key, 'other "key"': other, n } = row as Record<string, unknown>;
          return JSON.stringify([JSON.stringify([key, other]), n]);
        });
        assert.deepEqual(new Set(aside), wanted.aside);
      } finally {
        await bench.close();
      }
    }),
    { numRuns: 15 },
  );
});
