import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rollback } from '../../src/graph/index.ts';
import { openBench, put, told } from './line.fixture.ts';
import { type Fault, generationFile, generations, type Reader, startReader } from './readers.fixture.ts';

const READERS = 2;

test('readers in other processes see an old version or a new one, whole, and never a candidate', async (t) => {
  const bench = await openBench();
  const readers: Reader[] = [];
  try {
    for (let i = 0; i < READERS; i++) readers.push(await startReader(bench.folder));
    /** What may be seen: 0 stands for nothing yet. */
    const published = { ticks: new Set([0]), kept: new Set([0]), newest: new Set([0]) };
    let good = { ticks: 0, kept: 0, newest: 0 };
    const everyoneSees = async (wanted: typeof good, when: string): Promise<void> => {
      for (const reader of readers) {
        const { now, wrong } = await reader.ask();
        assert.deepEqual(wrong, [], when);
        assert.deepEqual({ ticks: now.ticks, kept: now.kept, newest: now.newest }, wanted, when);
      }
    };
    for (let generation = 1; generation <= 14; generation++) {
      const fault: Fault =
        generation % 5 === 3 ? 'source' : generation % 5 === 4 ? 'table' : ('none' as const);
      const when = `generation ${generation}, fault: ${fault}`;
      put(bench.folder, 'in/ticks.csv', generationFile(generation, fault));
      const result = await bench.run(generations());
      assert.equal(result.ok, fault === 'none', when);
      const before = good;
      if (fault !== 'source') good = { ...good, ticks: generation };
      if (fault === 'none') good = { ...good, kept: generation, newest: generation };
      for (const asset of ['ticks', 'kept', 'newest'] as const) published[asset].add(good[asset]);
      await everyoneSees(good, when);
      if (generation % 5 !== 2) continue;
      rollback(bench.workspace, 'ticks');
      await everyoneSees({ ...good, ticks: before.ticks }, `${when}, rolled back`);
      const held = await bench.run(generations());
      assert.deepEqual(
        told(held),
        ['ticks hold held', 'kept reuse published', 'newest reuse published'],
        when,
      );
      good = before;
      await everyoneSees(good, `${when}, rolled back, and what was made of it too`);
    }
    for (const reader of readers) {
      const seen = await reader.ask();
      t.diagnostic(`${seen.looks} looks saw ${seen.ticks.length} versions of the source`);
      assert.deepEqual(seen.wrong, []);
      for (const asset of ['ticks', 'kept', 'newest'] as const)
        for (const generation of seen[asset])
          assert.ok(
            published[asset].has(generation),
            `${asset} of generation ${generation} was never published`,
          );
      assert.ok(seen.looks > 40 && seen.ticks.length > 5, 'the readers were there while it happened');
    }
  } finally {
    for (const reader of readers) await reader.stop();
    await bench.close();
  }
});
