import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type Database, openDatabase } from '../database.ts';
import { openState, type State } from './index.ts';
import { openLeases } from './leases.ts';
import { openPlaces, type Places } from './places.ts';

let folder: string;
let database: Database;
let state: State;
/** Places of processes on other machines: whether they live can only be told from their beat. */
let near: Places;
let far: Places;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  database = openDatabase(join(folder, 'state.db'));
  state = openState(database);
  near = openPlaces(database, 'near.example:1');
  far = openPlaces(database, 'far.example:1');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const limits = (of: Record<string, number>): ReadonlyMap<string, number> => new Map(Object.entries(of));
const at = (run: string, asset: string) => ({ run, asset });

test('as many as a limit allows have a place, and it says who is in the way', () => {
  const two = limits({ x: 2 });
  assert.equal(near.take(at('r1', 'a'), two, 0, 30), undefined);
  assert.equal(near.take(at('r1', 'b'), two, 0, 30), undefined, 'steps of one run count too');
  assert.deepEqual(far.take(at('r2', 'c'), two, 0, 30), { tag: 'x', limit: 2, by: at('r1', 'a') });
  assert.equal(near.take(at('r1', 'a'), two, 0, 30), undefined, 'what one has one keeps');
  near.give(at('r1', 'a'));
  assert.equal(far.take(at('r2', 'c'), two, 0, 30), undefined);
  assert.equal(far.take(at('r2', 'd'), limits({}), 0, 30), undefined, 'no limit, no place');
});

test('all places or none, and who came later does not go before', () => {
  assert.equal(near.take(at('r1', 'a'), limits({ x: 1 }), 0, 30), undefined);
  const both = limits({ x: 1, y: 1 });
  assert.equal(far.take(at('r2', 'both'), both, 0, 30)?.tag, 'x');
  // Nothing holds y, but it is kept for the one that came first.
  assert.deepEqual(near.take(at('r1', 'later'), limits({ y: 1 }), 0, 30)?.by, at('r2', 'both'));
  near.give(at('r1', 'a'));
  assert.equal(near.take(at('r1', 'a2'), limits({ x: 1 }), 0, 30)?.by.asset, 'both', 'nor does its holder');
  assert.equal(far.take(at('r2', 'both'), both, 0, 30), undefined);
  far.give(at('r2', 'both'));
  assert.equal(near.take(at('r1', 'later'), limits({ y: 1 }), 0, 30), undefined);
});

test('who leaves the line, is silent, or is gone keeps nobody waiting; a beat keeps a place', () => {
  const one = limits({ x: 1 });
  const leases = openLeases(database, 'near.example:1');
  state.startRun('r1', 0);
  near.take(at('r1', 'a'), one, 0, 30);
  leases.beat('r1', 100);
  assert.equal(far.take(at('r2', 'b'), one, 60, 90)?.by.asset, 'a');
  assert.equal(far.take(at('r3', 'c'), one, 60, 200)?.by.asset, 'a');
  // Both a and b, which is first in line, are silent at 101.
  assert.equal(far.take(at('r3', 'c'), one, 101, 200), undefined);
  leases.end('r3');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const gone = openPlaces(database, `${hostname()}:${pid}`);
  gone.take(at('r4', 'd'), one, 102, 1_000);
  assert.equal(near.take(at('r1', 'a'), one, 103, 130), undefined);
  far.take(at('r5', 'e'), one, 103, 1_000);
  far.give(at('r5', 'e'));
  near.give(at('r1', 'a'));
  assert.equal(near.take(at('r1', 'f'), one, 104, 130), undefined);
});

test('whatever is asked and given in whatever order: no limit is passed, and once all are served in turn each gets its place', () => {
  const tags = ['x', 'y', 'z'];
  const limit: Record<string, number> = { x: 1, y: 2, z: 3 };
  const claim = fc.record({
    tags: fc.subarray(tags, { minLength: 1 }),
    // How often the line moves before it gives its place back.
    stays: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(claim, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (claims, chance) => {
        database.run('delete from mill_place');
        const waiting = new Set(claims.keys());
        const holding = new Map<number, number>();
        // Each round asks everybody who waits, in any order. All are served: nobody starves, nothing locks.
        for (let round = 0; waiting.size > 0; round++) {
          assert.ok(round <= claims.length * 5, `${waiting.size} still wait`);
          const order = [...waiting]
            .map((i) => [chance.next().value as number, i] as const)
            .sort((a, b) => a[0] - b[0]);
          for (const [, i] of order) {
            const wants = limits(
              Object.fromEntries((claims[i]?.tags ?? []).map((tag) => [tag, limit[tag] as number])),
            );
            if (near.take(at('r', `a${i}`), wants, 0, 30) !== undefined) continue;
            waiting.delete(i);
            holding.set(i, claims[i]?.stays ?? 0);
            for (const tag of tags) {
              const held = [...holding.keys()].filter((at) => claims[at]?.tags.includes(tag)).length;
              assert.ok(held <= (limit[tag] as number), `${held} of ${tag}`);
            }
          }
          for (const [i, left] of holding) {
            if (left > 0) holding.set(i, left - 1);
            else {
              holding.delete(i);
              near.give(at('r', `a${i}`));
            }
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
