import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Coverage,
  coverageOf,
  coverageValue,
  entityText,
  type FeaturesBody,
  featuresVersionOf,
  kinds,
  rebuildFeatures,
} from '../assets/index.ts';
import { type Clock, SECOND } from '../base/index.ts';
import { checked, type Node, rollback, run, settleAll } from '../graph/index.ts';
import type { StateValue } from '../store/online/index.ts';
import type { Version } from '../store/state/index.ts';
import { featuresOf } from './feature-answers.ts';
import {
  type Answer,
  card,
  editedTill,
  newFolder,
  openTill,
  payment,
  removeFolder,
  type Till,
} from './features.fixture.ts';

/** Posts, one after the other, and counts what was acknowledged and what was sent. */
interface Tally {
  readonly card: string;
  sent: number;
  acknowledged: number;
}

const coverageIn = async ({ workspace: { state, online } }: Till): Promise<Coverage> => {
  const { space } = featuresVersionOf(state.live('card_activity') as Version);
  return coverageOf((await online.coverage(space)) as StateValue);
};

const counted = (answer: Answer): number => answer.entities[0]?.values['payments_all'] as number;

test('while states move on under look-ups, nothing is lost, goes back or is counted twice', async () => {
  const folder = newFolder();
  const till = await openTill(folder, { ingest: { every: 300 } });
  try {
    await till.post('payments', [payment(0, 'first')]);
    await till.run();
    let n = 1;
    let over = false;
    let asked = 0;
    const spaces = new Set<string>();
    const writes = async (tally: Tally): Promise<void> => {
      while (!over) {
        const rows = Array.from({ length: 1 + (n % 3) }, () => payment(n++, tally.card));
        tally.sent += rows.length;
        await till.post('payments', rows);
        tally.acknowledged += rows.length;
        await sleep(3);
      }
    };
    const reads = async (tally: Tally): Promise<void> => {
      let seen = 0;
      while (!over) {
        const least = Math.max(seen, tally.acknowledged);
        const answer = await till.card(tally.card);
        seen = counted(answer);
        assert(seen >= least, `${seen} seen, ${least} were acknowledged or seen before`);
        assert(seen <= tally.sent, `${seen} seen, ${tally.sent} were sent`);
        spaces.add(answer.dataset);
        asked++;
        await sleep(1);
      }
    };
    const tallies = ['a', 'b', 'c'].map((card): Tally => ({ card, sent: 0, acknowledged: 0 }));
    const work = Promise.all([...tallies.map(writes), ...tallies.map(reads), ...tallies.map(reads)]);
    for (const until = Date.now() + 60_000; spaces.size < 6 && Date.now() < until; )
      await Promise.race([sleep(100), work]);
    over = true;
    await work;
    assert(spaces.size > 4, `states have moved on: ${spaces.size}`);
    assert(asked > 200);
    for (const { card, acknowledged } of tallies) assert.equal(counted(await till.card(card)), acknowledged);
    assert.deepEqual(till.errors, []);
  } finally {
    await till.close();
    removeFolder(folder);
  }
});

test('two servers of one project see what each other has taken, also after one is opened again', async () => {
  const folder = newFolder();
  let [one, two] = await Promise.all([openTill(folder), openTill(folder)]);
  /** Another process' rows are seen within a short while. */
  const sees = async (till: Till, card: string, count: number): Promise<void> => {
    for (let left = 40; ; left--) {
      const found = counted(await till.card(card));
      assert(found <= count);
      if (found === count) return;
      assert(left > 0, `${found} of ${count} are seen`);
      await sleep(10);
    }
  };
  try {
    await one.post('payments', [payment(0, 'x')]);
    await one.run();
    for (let n = 1; n <= 30; n++) {
      await (n % 2 === 0 ? one : two).post('payments', [payment(n, 'x')]);
      await Promise.all([sees(one, 'x', n + 1), sees(two, 'x', n + 1)]);
      if (n % 10 === 0) await (n % 20 === 0 ? one : two).run();
    }
    // The same part of a request, taken by both: once.
    const again = [payment(100, 'y')];
    const key = { 'idempotency-key': 'k-1' };
    await Promise.all([one.post('payments', again, key), two.post('payments', again, key)]);
    await Promise.all([sees(one, 'y', 1), sees(two, 'y', 1)]);
    await two.close();
    await one.post('payments', [payment(101, 'y')]);
    two = await openTill(folder);
    assert.equal(counted(await two.card('y')), 2, 'at once');
    assert.equal(counted(await two.card('x')), 31);
    await two.run();
    await Promise.all([sees(one, 'y', 2), sees(two, 'y', 2), sees(one, 'x', 31)]);
    // A row of a key replaces the one before it.
    await one.post('payments', [payment(200, 'z', { amount: 1 })]);
    await one.post('payments', [payment(200, 'z', { amount: 2 })]);
    assert.deepEqual(
      [(await one.card('z')).entities[0]?.values['spent_30d'], counted(await one.card('z'))],
      [2, 1],
    );
    await two.run();
    assert.equal(counted(await one.card('z')), 1);
    await one.post('payments', [payment(200, 'z', { amount: 3 })]);
    assert.equal(counted(await one.card('z')), 1, 'never twice');
    await one.run();
    assert.equal((await one.card('z')).entities[0]?.values['spent_30d'], 3);
    // Who sends again after a server was opened anew has sent it once all the same.
    await two.close();
    two = await openTill(folder);
    await two.post('payments', [payment(200, 'z', { amount: 3 }), payment(30, 'x')]);
    assert.deepEqual([counted(await two.card('z')), counted(await two.card('x'))], [1, 31]);
    assert.deepEqual([...one.errors, ...two.errors], []);
  } finally {
    await Promise.all([one.close(), two.close()]);
    removeFolder(folder);
  }
});

test('rows of one instant stand in one order, whichever server is asked, and in the table', async () => {
  const folder = newFolder();
  const [one, two] = await Promise.all([openTill(folder), openTill(folder)]);
  const at = new Date().toISOString();
  const paid = (n: number, country: string): object => payment(n, 'x', { country, paid_at: at });
  const countries = async (till: Till): Promise<unknown> =>
    (await till.card('x')).entities[0]?.values['countries'];
  try {
    await one.post('payments', [payment(0, 'y')]);
    await one.run();
    // Each gets to know its own row first.
    await one.post('payments', [paid(1, 'FR')]);
    await two.post('payments', [paid(2, 'IT')]);
    await one.post('payments', [paid(3, 'ES')]);
    await sleep(50);
    const answers = [await countries(one), await countries(two)];
    await two.run();
    assert.deepEqual(answers, [await countries(one), await countries(two)]);
    assert.deepEqual([...one.errors, ...two.errors], []);
  } finally {
    await Promise.all([one.close(), two.close()]);
    removeFolder(folder);
  }
});

test('a server whose clock is a little behind answers as of when the state was made; further behind, it says by how much', async () => {
  const folder = newFolder();
  const one = await openTill(folder, { ingest: { every: 300 } });
  let behind = 2 * SECOND;
  const late = (own: Clock): Clock => ({ now: () => own.now() - behind });
  const two = await openTill(folder, {}, {}, late);
  const open = [one, two];
  try {
    await one.post('payments', [payment(0, 'x')]);
    await one.run();
    const seen = new Set<string>();
    for (let n = 1; seen.size < 4 && n < 300; n++) {
      await (n % 2 === 0 ? one : two).post('payments', [payment(n, 'x')]);
      await one.card('x');
      seen.add((await two.card('x')).dataset);
      await sleep(20);
    }
    assert.equal(seen.size, 4, 'states have moved on');
    await (open.shift() as Till).close();
    // Who is behind moves on what is there, and does not fill it anew.
    const fillings = new Set<string>();
    for (let n = 300; n < 303; n++) {
      await two.post('payments', [payment(n, 'x')]);
      await two.run();
      fillings.add((await coverageIn(two)).filling);
    }
    assert.equal(fillings.size, 1);
    behind = 3600 * SECOND;
    await assert.rejects(two.card('x'), /MILL_FEATURE_AS_OF_TOO_EARLY.*3,[56]\d\d(\.\d+)? s later/s);
    assert.deepEqual([...one.errors, ...two.errors], []);
  } finally {
    await Promise.all(open.map((till) => till.close()));
    removeFolder(folder);
  }
});

test('states that are made anew are read anew, also where the clock stands still', async () => {
  const folder = newFolder();
  const till = await openTill(folder, {}, { MILLRACE_CLOCK: new Date().toISOString() });
  try {
    await till.post('payments', [payment(0, 'x')]);
    await till.run();
    const { graph, workspace } = till;
    const covers = coverageValue(await coverageIn(till));
    const { space } = featuresVersionOf(workspace.state.live('card_activity') as Version);
    await workspace.online.move(space, covers, covers, [{ entity: entityText(card, () => 'x') as string }]);
    assert.equal(counted(await till.card('x')), 0, 'it was lost');
    await rebuildFeatures(featuresOf(graph).get('card_activity') as Node<FeaturesBody>, workspace);
    assert.equal(counted(await till.card('x')), 1);
  } finally {
    await till.close();
    removeFolder(folder);
  }
});

test('states that go back to an older version find in the log what they no longer have', async () => {
  const folder = newFolder();
  let till = await openTill(folder);
  try {
    await till.post('payments', [payment(0, 'x')]);
    await till.run();
    await till.post('payments', [payment(1, 'x'), payment(2, 'x')]);
    await till.run();
    // Opened anew, it follows the log from the newest version on.
    await till.close();
    till = await openTill(folder);
    assert.deepEqual([counted(await till.card('x')), (await till.card('x')).headRows], [3, 0]);
    const { graph, workspace } = till;
    rollback(workspace, 'payments');
    rollback(workspace, 'card_activity');
    await settleAll(graph, kinds, workspace);
    const back = await till.card('x');
    assert.deepEqual([back.dataset, counted(back), back.headRows], ['payments@1', 3, 2]);
    assert.deepEqual(till.errors, []);
  } finally {
    await till.close();
    removeFolder(folder);
  }
});

test('features that another process has declared anew go on moving, as they are declared there', async () => {
  const folder = newFolder();
  const till = await openTill(folder, { ingest: { every: 100 } });
  const { workspace, errors } = till;
  const space = (): string => {
    const live = workspace.state.live('card_activity');
    assert.ok(live);
    return featuresVersionOf(live).space;
  };
  try {
    await till.post('payments', [payment(0, 'x')]);
    await till.run();
    const declared = space();
    const { ok } = await run(await checked(editedTill, kinds, workspace.engine), kinds, workspace);
    assert.ok(ok);
    const published = space();
    assert.notEqual(published, declared);
    await till.post('payments', [payment(1, 'x'), payment(2, 'x')]);
    let answer = await till.card('x');
    assert.deepEqual([counted(answer), answer.entities[0]?.values['today']], [3, 3]);
    for (const until = Date.now() + 30_000; answer.headRows > 0 && Date.now() < until; await sleep(50))
      answer = await till.card('x');
    assert.deepEqual([counted(answer), answer.entities[0]?.values['today'], answer.headRows], [3, 3, 0]);
    assert.equal(answer.dataset, workspace.state.live('payments')?.id);
    assert.equal(space(), published);
    assert.deepEqual(errors, []);
  } finally {
    await till.close();
    removeFolder(folder);
  }
});
