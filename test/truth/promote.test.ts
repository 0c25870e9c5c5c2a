import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '../../src/assets/index.ts';
import { MillraceError } from '../../src/base/index.ts';
import {
  dropAlias,
  graphOf,
  nameVersion,
  noteVersion,
  type Promotion,
  promote,
  rollback,
  toRetire,
} from '../../src/graph/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { type Bench, type LineChange, line, openBench, putFirstFiles } from './line.fixture.ts';

const refused = (code: string) => (error: unknown) =>
  error instanceof MillraceError && error.problems[0]?.code === code;

describe('versions of a model, by a person’s word', () => {
  let bench: Bench;
  const version = (id: string): Version => bench.workspace.state.version(id) as Version;
  const live = (asset = 'fraud', alias?: string) => bench.workspace.state.live(asset, alias)?.id;
  const modelStep = async (change: LineChange = {}) => {
    const { steps } = await bench.run(line(change));
    const step = steps.find(({ step }) => step.asset === 'fraud');
    return step && `${step.step.action} ${step.outcome}`;
  };
  const promoted = (id: string, change: LineChange, rest: Partial<Promotion> = {}) =>
    promote(graphOf(line(change)), kinds, bench.workspace, version(id), { author: 'anna', ...rest });

  before(async () => {
    bench = await openBench();
    putFirstFiles(bench.folder);
    await bench.run(line());
  });
  after(() => bench.close());

  test('what did not pass its gates goes live only with a name and a reason, and stays', async () => {
    const strict = { minAuc: 1, iterations: 5 };
    assert.equal(await modelStep(strict), 'rebuild rejected');
    await assert.rejects(promoted('fraud@2', strict), refused('MILL_PROMOTE_GATES'));
    await assert.rejects(promoted('fraud@2', strict, { force: true }), refused('MILL_PROMOTE_NOTE'));
    await assert.rejects(promoted('fraud@2', strict, { alias: 'challenger' }), refused('MILL_PROMOTE_GATES'));
    assert.equal(live(), 'fraud@1');
    assert.deepEqual(bench.workspace.state.versionNotes.of('fraud@2'), []);
    const done = await promoted('fraud@2', strict, { force: true, note: ' the old one is worse ' });
    assert.deepEqual(done, {
      ...{ asset: 'fraud', alias: 'live', from: 'fraud@1', to: 'fraud@2' },
      // Another declaration was live than is declared: no run brings it back.
      ...{ overridden: ['rocAuc ≥ 1'], rolledBack: null },
    });
    assert.equal(version('fraud@1').status, 'published');
    const [note] = bench.workspace.state.versionNotes.of('fraud@2');
    assert.deepEqual(
      [note?.kind, note?.author, note?.text],
      ['override', 'anna', 'the old one is worse; not passed: rocAuc ≥ 1'],
    );
    // The gate stands as it was judged.
    assert.ok(bench.workspace.state.checks('fraud@2').some(({ passed }) => !passed));
    assert.equal(await modelStep(strict), undefined);
    assert.deepEqual([live(), live('screen')], ['fraud@2', 'screen@2']);
  });

  test('going back to an earlier version is a roll-back: no run undoes it', async () => {
    const strict = { minAuc: 1, iterations: 5 };
    const { rolledBack } = await promoted('fraud@1', strict);
    assert.equal(rolledBack, 'fraud@2');
    assert.equal(version('fraud@2').status, 'rolled-back');
    assert.equal(await modelStep(strict), 'hold held');
    assert.equal(live(), 'fraud@1');
    await assert.rejects(promoted('fraud@1', strict), refused('MILL_PROMOTE_IMPOSSIBLE'));
  });

  test('where approval is required a candidate that passed waits, and is not built again', async () => {
    const asked = { approval: 'required', iterations: 7 } as const;
    assert.equal(await modelStep(asked), 'rebuild rejected');
    assert.equal(await modelStep(asked), 'hold held');
    // Another name is no approval: the next run does not take it for one.
    await promoted('fraud@3', asked, { alias: 'challenger' });
    assert.equal(await modelStep(asked), 'hold held');
    assert.deepEqual([live(), live('fraud', 'challenger')], ['fraud@1', 'fraud@3']);
    await promoted('fraud@3', asked);
    const checks = bench.workspace.state.checks('fraud@3');
    assert.ok(checks.every(({ passed }) => passed));
    assert.deepEqual(bench.workspace.state.versionNotes.of('fraud@3').at(-1), {
      ...{ version: 'fraud@3', kind: 'approval', author: 'anna', text: 'promoted to live' },
      at: bench.workspace.clock.now(),
    });
    assert.equal(await modelStep(asked), undefined);
    assert.equal(live(), 'fraud@3');
    // The way back is by what was live before.
    assert.deepEqual(rollback(bench.workspace, 'fraud'), { from: 'fraud@3', to: 'fraud@1' });
  });

  test('what is live already, or was set aside and has no tables to show, cannot be promoted', async () => {
    const { state } = bench.workspace;
    await assert.rejects(promoted('payments@1', {}), refused('MILL_PROMOTE_IMPOSSIBLE'));
    state.setStatus('outcomes@1', 'candidate');
    state.dropAlias('outcomes', 'live');
    await assert.rejects(promoted('outcomes@1', {}), refused('MILL_PROMOTE_IMPOSSIBLE'));
    state.setStatus('outcomes@1', 'published');
    state.moveAlias('outcomes', 'outcomes@1', 0, 'test');
  });

  test('aliases: by rule, moved, listed, taken away; live is none of them', () => {
    const { workspace } = bench;
    for (const name of ['latest', 'v1', 'V', '', '1st', 'a b', 'x'.repeat(61), 'à'])
      assert.throws(() => nameVersion(workspace, version('fraud@1'), name), refused('MILL_ALIAS_NAME'));
    assert.throws(() => nameVersion(workspace, version('fraud@1'), 'live'), refused('MILL_ALIAS_LIVE'));
    assert.throws(() => dropAlias(workspace, 'fraud', 'live'), refused('MILL_ALIAS_LIVE'));
    assert.throws(() => dropAlias(workspace, 'fraud', 'nobody'), refused('MILL_ALIAS_UNKNOWN'));
    assert.deepEqual(nameVersion(workspace, version('fraud@1'), 'challenger'), { from: 'fraud@3' });
    assert.deepEqual(workspace.state.aliases('fraud'), [
      { alias: 'challenger', version: 'fraud@1' },
      { alias: 'live', version: 'fraud@1' },
    ]);
    assert.deepEqual(dropAlias(workspace, 'fraud', 'challenger'), { from: 'fraud@1' });
    assert.equal(live('fraud', 'challenger'), undefined);
  });

  test('what has an alias or a note is kept, and what it was built from', async () => {
    const { workspace } = bench;
    const old = { now: workspace.clock.now() + 1e15, young: 0, recent: 0, hourly: 0 };
    const go = async () => (await toRetire(kinds, workspace, old)).filter((id) => id.startsWith('fraud'));
    for (const iterations of [8, 9, 10]) await bench.run(line({ iterations }));
    const [a, b, c] = [4, 5, 6].map((n) => `fraud@${n}`);
    assert.equal(live(), c);
    assert.deepEqual(await go(), [b, a, 'fraud@1']);
    nameVersion(workspace, version(a as string), 'baseline');
    assert.deepEqual(await go(), [b, 'fraud@1']);
    noteVersion(workspace, version(b as string), 'anna', 'for the auditors');
    assert.deepEqual(await go(), ['fraud@1']);
    assert.throws(
      () => noteVersion(workspace, version(b as string), 'anna', '  '),
      refused('MILL_PROMOTE_NOTE'),
    );
  });
});
