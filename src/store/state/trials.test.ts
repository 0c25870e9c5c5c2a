import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type Database, openDatabase } from '../database.ts';
import { openState } from './index.ts';
import { type ClaimedTrial, openTrials } from './trials.ts';

let folder: string;
let database: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  database = openDatabase(join(folder, 'state.db'));
  openState(database);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const end = { status: 'done', loss: 1, rungs: [2, 1], fault: null } as const;

test('a trial that was silent too long is another one’s, and its former holder is told', () => {
  const [near, far] = [openTrials(database, 'near.example:1'), openTrials(database, 'far.example:1')];
  const of = { most: 2, atOnce: 1 };
  const first = near.claim('s', { ...of, now: 0, until: 10 }) as ClaimedTrial;
  assert.equal(far.claim('s', { ...of, now: 9, until: 20 }), 'busy');
  assert.equal(near.beat('s', first, 30), true);
  assert.equal(far.claim('s', { ...of, now: 29, until: 40 }), 'busy');
  const second = far.claim('s', { ...of, now: 31, until: 40 }) as ClaimedTrial;
  assert.equal(second.number, 0);
  assert.deepEqual(
    [near.beat('s', first, 99), near.choose('s', first, { a: 1 }), near.settle('s', first, end)],
    [false, false, false],
  );
  assert.equal(far.choose('s', second, { a: 2 }), true);
  assert.equal(far.settle('s', second, end), true);
  assert.equal(far.settle('s', second, { ...end, loss: 5 }), false, 'settled once');
  assert.deepEqual(near.of('s'), [{ number: 0, point: { a: 2 }, ...end }]);
  assert.deepEqual(near.of('other'), []);
});

test('who asks for fewer trials does not wait for those that another one asked for, and more go on from those that are there', () => {
  const [few, many] = [openTrials(database, 'few.example:1'), openTrials(database, 'many.example:1')];
  const claim = (trials: typeof few, most: number) =>
    trials.claim('s', { most, atOnce: 1, now: 0, until: 10 });
  assert.equal(few.settle('s', claim(few, 1) as ClaimedTrial, end), true);
  assert.equal(claim(few, 1), 'over');
  const second = claim(many, 2) as ClaimedTrial;
  assert.deepEqual([second.number, second.before.length], [1, 1]);
  assert.deepEqual([claim(few, 1), claim(few, 2)], ['over', 'busy']);
});

test('whatever processes do, each trial is settled once, in rounds, with all of the rounds before in view', () => {
  const moves = fc.array(fc.tuple(fc.nat(2), fc.constantFrom('claim', 'settle', 'die', 'wait')), {
    maxLength: 60,
  });
  let studies = 0;
  fc.assert(
    fc.property(moves, fc.integer({ min: 1, max: 3 }), (made, atOnce) => {
      const study = `s${studies++}`;
      const workers = [0, 1, 2].map((i) => openTrials(database, `w${i}.example:1`));
      const held: (ClaimedTrial | undefined)[] = [];
      const settled = new Map<number, number>();
      let now = 0;
      for (const [worker, move] of made) {
        const trials = workers[worker]!;
        const mine = held[worker];
        now += move === 'wait' ? 100 : 1;
        if (move === 'claim' && mine === undefined) {
          const got = trials.claim(study, { most: 7, atOnce, now, until: now + 50 });
          if (typeof got === 'string') continue;
          const round = got.number - (got.number % atOnce);
          assert.deepEqual(
            got.before.map(({ number }) => number),
            [...Array(round).keys()],
          );
          assert.ok(got.before.every(({ status }) => status === 'done'));
          held[worker] = got;
        } else if (move === 'settle' && mine !== undefined) {
          if (trials.settle(study, mine, { ...end, loss: worker }))
            settled.set(mine.number, (settled.get(mine.number) ?? 0) + 1);
          held[worker] = undefined;
        } else if (move === 'die') held[worker] = undefined;
      }
      assert.ok([...settled.values()].every((times) => times === 1));
      const done = workers[0]!.of(study).filter(({ status }) => status === 'done');
      assert.equal(done.length, settled.size);
    }),
    { numRuns: 60 },
  );
});
