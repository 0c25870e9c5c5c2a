import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type Database, openDatabase } from '../database.ts';
import { openState } from './index.ts';
import { type Notice, type Notices, openNotices } from './notices.ts';

let folder: string;
let database: Database;
let near: Notices;
let far: Notices;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  database = openDatabase(join(folder, 'state.db'));
  openState(database);
  near = openNotices(database, 'near.example:1');
  far = openNotices(database, 'far.example:1');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const about = (asset: string, problem = 'failed', message = '') => ({
  ...{ asset, problem, what: 'failed', message, todo: 'Mend it.', run: 'r1', version: null },
});
const names = (notices: readonly Notice[]): string[] =>
  notices.map(({ asset, problem, open }) => `${asset} ${problem}${open ? '' : ' over'}`);
const claim = (by: string, now = 0) => ({ by, now, until: now + 60 });

/** Sends all that is due, as one process would. */
function tell(notices: Notices, by: string, told = true): string[] {
  const mine = notices.claim(notices.due(0), claim(by));
  notices.settle(mine, by, told);
  return names(mine);
}

test('a problem is told once while it is there, and once when it is over', () => {
  near.found(about('a'), 1);
  near.found(about('b'), 2);
  assert.deepEqual(tell(near, 'x'), ['a failed', 'b failed']);
  near.found(about('a', 'failed', 'in other words'), 3);
  assert.deepEqual(tell(near, 'x'), []);
  near.gone('a', 'failed', 4);
  near.gone('a', 'never', 4);
  assert.deepEqual(tell(near, 'x'), ['a failed over']);
  assert.deepEqual(names(near.open()), ['b failed']);
  assert.deepEqual(tell(near, 'x'), []);
  near.found(about('a'), 5);
  assert.deepEqual(tell(near, 'x'), ['a failed'], 'a new one');
});

test('what could not be told stays due, in its newest words, and is forgotten when it is over', () => {
  near.found(about('a', 'failed', 'one'), 1);
  assert.deepEqual(tell(near, 'x', false), ['a failed']);
  near.found(about('a', 'failed', 'two'), 2);
  assert.deepEqual(
    near.due(0).map(({ message, at }) => [message, at]),
    [['two', 1]],
  );
  near.gone('a', 'failed', 3);
  assert.deepEqual(near.due(0), []);
  near.found(about('a'), 4);
  tell(near, 'x');
  near.gone('a', 'failed', 5);
  assert.deepEqual(tell(near, 'x', false), ['a failed over']);
  near.found(about('a'), 6);
  assert.deepEqual(near.due(0), [], 'its owner still believes it to be there');
});

test('what comes and goes is over only when it has stayed away for a while', () => {
  near.found(about('a'), 100);
  tell(near, 'x');
  near.gone('a', 'failed', 150, 60);
  assert.deepEqual(near.due(0), []);
  near.found(about('a'), 155);
  near.gone('a', 'failed', 160, 60);
  near.gone('a', 'failed', 214, 60);
  assert.deepEqual(near.due(0), []);
  near.gone('a', 'failed', 215, 60);
  assert.deepEqual(names(near.due(0)), ['a failed over']);
});

test('one process tells; another takes over what a silent one or one that is gone had begun', () => {
  near.found(about('a'), 1);
  const due = far.due(0);
  assert.deepEqual(names(near.claim(near.due(0), claim('x'))), ['a failed']);
  assert.deepEqual(far.due(30), []);
  assert.deepEqual(far.claim(due, claim('y', 30)), [], 'it looked before the other began');
  assert.deepEqual(near.claim(due, claim('z', 30)), [], 'nor does another run of the same process');
  assert.deepEqual(names(far.claim(due, claim('y', 61))), ['a failed']);
  near.settle(due, 'x', true);
  assert.deepEqual(far.due(62), [], 'it is still at it');
  far.settle(due, 'y', false);
  assert.deepEqual(names(far.due(62)), ['a failed']);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  openNotices(database, `${hostname()}:${pid}`).claim(due, claim('w', 62));
  assert.deepEqual(names(near.due(63)), ['a failed']);
});

test('over while it is being told: told as over afterwards, or not at all when the telling failed', () => {
  for (const told of [true, false]) {
    near.found(about('a'), 1);
    const mine = near.claim(near.due(0), claim('x'));
    near.gone('a', 'failed', 2);
    near.settle(mine, 'x', told);
    assert.deepEqual(tell(far, 'y'), told ? ['a failed over'] : []);
    assert.equal(database.all('select * from mill_notice').length, 0);
  }
});

test('whatever happens in whatever order: owners hear there and over by turns, and in the end what is so', () => {
  const event = fc.constantFrom('found', 'gone', 'claim', 'sent', 'down', 'lost');
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      database.run('delete from mill_notice');
      /** The oracle: what is so, and what its owner has heard. */
      let there = false;
      const heard: boolean[] = [];
      let mine: Notice[] = [];
      let now = 0;
      const end = (told: boolean): void => {
        if (told) heard.push(...mine.map(({ open }) => open));
        near.settle(mine, 'x', told);
        mine = [];
      };
      for (const what of [...events, 'down', 'claim', 'sent', 'claim', 'sent']) {
        now++;
        if (what === 'found' || what === 'gone') {
          there = what === 'found';
          if (there) near.found(about('a'), now);
          else near.gone('a', 'failed', now);
        } else if (what === 'claim' && mine.length === 0) mine = near.claim(near.due(now), claim('x', now));
        else if (what === 'sent') end(true);
        else if (what === 'down') end(false);
        else if (what === 'lost') {
          // The process dies before it has sent; the next one comes after its time.
          mine = [];
          now += 100;
        }
      }
      heard.forEach((open, i) => {
        assert.equal(open, i % 2 === 0, `heard ${heard}`);
      });
      assert.equal(heard.at(-1) ?? false, there);
      assert.deepEqual(near.due(now + 100), []);
    }),
    { numRuns: 300 },
  );
});
