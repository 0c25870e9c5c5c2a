import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../base/index.ts';
import { exchangeTable } from '../store/lake/index.ts';
import type { CheckResult } from '../store/state/index.ts';
import type { BuildContext, Candidate, Kind, Kinds } from './kind.ts';
import { openWorkspace } from './open.ts';
import { plan } from './plan.ts';
import { graphOf, type Project } from './project.ts';
import { rollback } from './rollback.ts';
import { type RunResult, run } from './run.ts';
import type { RunEvent } from './run-event.ts';
import type { RunOptions } from './run-options.ts';
import type { Workspace } from './workspace.ts';

// Real stores; only the kind is made up, so that a build can be told what to do.

let folder: string;
let workspace: Workspace;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  workspace = await openWorkspace(folder, { MILLRACE_CLOCK: '2026-01-08T00:00:00Z' });
});
afterEach(async () => {
  await workspace.close();
  rmSync(folder, { recursive: true, force: true });
});

type Build = (context: BuildContext<{ text: string }>) => Partial<Candidate> | Promise<Partial<Candidate>>;

const empty: Candidate = { rows: 1, note: 'made', checks: [], detail: null, changes: [] };

/** A kind whose nodes are built as told by name. */
function told(builds: Readonly<Record<string, Build>>): Kinds {
  const kind: Kind<{ text: string }> = {
    kind: 'told',
    revision: 1,
    build: async (context) => ({ ...empty, ...(await builds[context.node.name]?.(context)) }),
  };
  return new Map([['told', kind as Kind]]);
}

/** `{ b: 'a' }` is b made from a; a text after a colon is its declaration. */
function declared(nodes: Readonly<Record<string, string>>): Project {
  const assets = Object.entries(nodes).map(([name, text]) => {
    const [inputs = '', body = ''] = text.split(':');
    const place = { file: 'project.ts', line: 1, column: 1 };
    const node = {
      ...{ kind: 'told', name, place, body: { text: body } },
      inputs: inputs.split(' ').filter((input) => input !== ''),
    };
    return [name, { kind: 'told', name, '~': { nodes: [node] } }] as const;
  });
  return { name: 'test', assets: Object.fromEntries(assets), place: { file: '', line: 0, column: 0 } };
}

const walk = (
  nodes: Readonly<Record<string, string>>,
  builds: Readonly<Record<string, Build>> = {},
  options: RunOptions = {},
): Promise<RunResult> => run(graphOf(declared(nodes)), told(builds), workspace, options);

const outcomes = (result: RunResult): Record<string, string> =>
  Object.fromEntries(result.steps.map(({ step, outcome }) => [step.asset, outcome]));

const failed: CheckResult = {
  ...{ name: 'gate', passed: false, severity: 'block', observed: '1', wanted: '2' },
};

test('run walks the very list that plan gives, and a second run does nothing', async () => {
  const nodes = { a: '', b: 'a', c: 'a', d: 'b c', e: '' };
  const planned = await plan(graphOf(declared(nodes)), told({}), workspace);
  const events: RunEvent[] = [];
  const result = await walk(nodes, {}, { onEvent: (event) => events.push(event) });
  assert.deepEqual(result.plan, planned);
  assert.deepEqual(events[0], { event: 'planned', plan: planned, attempt: 1 });
  assert.equal(result.ok, true);
  assert.deepEqual(new Set(result.steps.map(({ step }) => step)), new Set(planned.steps));
  const finished = events.flatMap((event) => (event.event === 'step-finished' ? [event.result] : []));
  assert.deepEqual(finished, result.steps);
  const { state } = workspace;
  assert.deepEqual(
    state.steps(result.run).map(({ position, asset, action, outcome }) => [position, asset, action, outcome]),
    finished.map(({ step }, i) => [i + 1, step.asset, 'create', 'published']),
  );
  assert.deepEqual(state.live('d')?.inputs, { b: 'b@1', c: 'c@1' });
  const again = await walk(nodes);
  assert.deepEqual([again.plan.steps, again.steps, again.ok], [[], [], true]);
  assert.deepEqual(again.plan.unchanged, ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(
    state.runs(9).map(({ id, outcome }) => [id, outcome]),
    [result.run, again.run]
      .sort()
      .reverse()
      .map((id) => [id, 'done']),
  );
});

test('independent steps are under way together, as many as may be, and none before its inputs', async () => {
  const nodes = { a: '', b: '', c: '', d: 'a b', e: 'c' };
  const under = new Set<string>();
  let most = 0;
  const build: Build = async ({ node, workspace }) => {
    for (const input of node.inputs) assert.ok(workspace.state.live(input), `${node.name} before ${input}`);
    under.add(node.name);
    most = Math.max(most, under.size);
    await sleep(20);
    under.delete(node.name);
    return {};
  };
  const builds = Object.fromEntries(Object.keys(nodes).map((name) => [name, build]));
  for (const concurrency of [1, 2, 3]) {
    most = 0;
    const text = Object.fromEntries(
      Object.entries(nodes).map(([name, inputs]) => [name, `${inputs}:${concurrency}`]),
    );
    const result = await walk(text, builds, { concurrency });
    assert.equal(result.ok, true);
    assert.equal(most, concurrency);
  }
});

test('a step that fails blocks what is made of it and nothing else, and says why', async () => {
  const boom: Build = () => {
    throw new MillraceError({
      ...{ code: 'MILL_X', message: 'It broke.', todo: 'Mend it.', owner: 'data' },
    });
  };
  const nodes = { a: '', b: 'a', c: 'b', d: 'b c', e: 'a' };
  const result = await walk(nodes, { b: boom });
  assert.deepEqual(outcomes(result), {
    ...{ a: 'published', b: 'failed', c: 'blocked', d: 'blocked', e: 'published' },
  });
  assert.equal(result.ok, false);
  const problem = result.steps.find(({ step }) => step.asset === 'b')?.problems[0];
  assert.deepEqual([problem?.code, problem?.asset, problem?.message], ['MILL_X', 'b', 'It broke.']);
  assert.equal(workspace.state.runs(1)[0]?.outcome, 'failed');
  assert.equal(workspace.state.versions('b').length, 0);
  assert.deepEqual(outcomes(await walk(nodes)), { b: 'published', c: 'published', d: 'published' });
});

test('an error that is none of ours is called a bug, and names the asset', async () => {
  const result = await walk(
    { a: '' },
    {
      a: () => {
        throw new TypeError('x is not a function');
      },
    },
  );
  const [problem] = result.steps[0]?.problems ?? [];
  assert.deepEqual([problem?.code, problem?.owner, problem?.asset], ['MILL_BUG', 'millrace', 'a']);
  assert.match(problem?.message ?? '', /x is not a function/);
});

test('a candidate that fails a gate is remembered and never live; a failed warning is no obstacle', async () => {
  const nodes = { a: '', b: 'a' };
  await walk(nodes);
  const edited = { a: ':2', b: 'a' };
  const result = await walk(edited, { a: () => ({ checks: [failed] }) });
  assert.deepEqual(outcomes(result), { a: 'rejected', b: 'blocked' });
  assert.equal(result.ok, false);
  const { state } = workspace;
  assert.equal(state.live('a')?.id, 'a@1');
  assert.equal(state.version('a@2')?.status, 'candidate');
  assert.deepEqual(state.checks('a@2'), [failed]);
  const held = await walk(edited, { a: () => assert.fail('it is built again') });
  assert.deepEqual(outcomes(held), { a: 'held' });
  assert.equal(held.steps[0]?.version?.id, 'a@2');
  // Nothing was done, and it is as far from done as before.
  assert.equal(held.ok, false);
  const warned = await walk(
    { a: ':3', b: 'a' },
    { a: () => ({ checks: [{ ...failed, severity: 'warn' }] }) },
  );
  assert.deepEqual(outcomes(warned), { a: 'published', b: 'published' });
});

test('roll-back holds what was rolled back, takes along what was made of it, and can be taken back', async () => {
  await walk({ a: '', b: 'a' });
  const edited = { a: ':2', b: 'a' };
  await walk(edited);
  assert.deepEqual(rollback(workspace, 'a'), { from: 'a@2', to: 'a@1' });
  const result = await walk(edited);
  assert.deepEqual(
    result.steps.map(({ step, outcome, version }) => [step.asset, step.action, outcome, version?.id]),
    [
      ['a', 'hold', 'held', 'a@2'],
      ['b', 'reuse', 'published', 'b@1'],
    ],
  );
  assert.deepEqual(outcomes(await walk(edited)), { a: 'held' });
  assert.deepEqual(rollback(workspace, 'a', 'a@2'), { from: 'a@1', to: 'a@2' });
  const forward = await walk(edited);
  assert.deepEqual(
    forward.steps.map(({ step, version }) => [step.asset, step.action, version?.id]),
    [['b', 'reuse', 'b@2']],
  );
  const refused = (asset: string, to: string | undefined, why: RegExp): void => {
    assert.throws(() => rollback(workspace, asset, to), { code: 'MILL_ROLLBACK_IMPOSSIBLE', message: why });
  };
  refused('a', 'a@2', /a@2 is live already/);
  refused('a', 'b@1', /b@1 is a version of b/);
  refused('a', 'a@7', /a@7/);
  refused('nothing', undefined, /nothing is live/);
  await walk({ a: ':3', b: 'a' }, { a: () => ({ checks: [failed] }) });
  refused('a', 'a@3', /a@3 did not pass its gates/);
  assert.deepEqual(
    workspace.state.aliasMoves('a').map(({ from, to }) => `${from} ${to}`),
    ['a@1 a@2', 'a@2 a@1', 'a@1 a@2', 'null a@1'],
  );
});

test('roll-back goes to the version that was live before, also when that has the higher number', async () => {
  await walk({ a: '' });
  await walk({ a: ':2' });
  const result = await walk({ a: '' });
  assert.equal(result.steps[0]?.step.action, 'reuse');
  assert.equal(workspace.state.live('a')?.id, 'a@1');
  assert.deepEqual(rollback(workspace, 'a'), { from: 'a@1', to: 'a@2' });
});

test('rolled back twice, the alias goes two versions back and not forward again', async () => {
  for (const text of ['1', '2', '3']) await walk({ a: `:${text}` });
  assert.deepEqual(rollback(workspace, 'a'), { from: 'a@3', to: 'a@2' });
  assert.deepEqual(rollback(workspace, 'a'), { from: 'a@2', to: 'a@1' });
  assert.throws(() => rollback(workspace, 'a'), { code: 'MILL_ROLLBACK_IMPOSSIBLE' });
});

/** Another run in between: publishes another version of an asset while a build is under way. */
const elsewhere = async (nodes: Readonly<Record<string, string>>): Promise<void> => {
  const result = await walk(nodes);
  assert.ok(result.ok);
};

test('beaten by another run, it plans again and ends right', async () => {
  const nodes = { a: '', b: 'a' };
  let builds = 0;
  const events: string[] = [];
  const result = await walk(
    nodes,
    {
      a: async () => {
        if (builds++ === 0) await elsewhere(nodes);
        return {};
      },
    },
    { onEvent: ({ event }) => events.push(event) },
  );
  assert.equal(result.ok, true);
  assert.equal(builds, 1);
  assert.equal(events.filter((event) => event === 'beaten').length, 1);
  assert.equal(events.filter((event) => event === 'planned').length, 2);
  assert.deepEqual(
    ['a', 'b'].map((name) => workspace.state.versions(name).length),
    [1, 1],
  );
});

test('beaten at every step of a long chain, it still gets to the end', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `n${i}`);
  const nodes = Object.fromEntries(names.map((name, i) => [name, i === 0 ? '' : `n${i - 1}`]));
  const builds = Object.fromEntries(
    names.map((name): [string, Build] => {
      const ahead = Object.fromEntries(Object.entries(nodes).slice(0, names.indexOf(name) + 1));
      return [name, () => elsewhere(ahead).then(() => ({}))];
    }),
  );
  const result = await walk(nodes, builds);
  assert.equal(result.ok, true);
  assert.ok(names.every((name) => workspace.state.versions(name).length === 1));
});

test('beaten while its table was made by another run, it plans again too', async () => {
  let builds = 0;
  const columns = [{ name: 'id', type: 'integer', nullable: false }] as const;
  const a: Build = async ({ workspace }) => {
    if (builds++ === 0) await walk({ a: '' }, { a });
    return { changes: exchangeTable(workspace.lake, 'a', columns).changes([]) };
  };
  const result = await walk({ a: '', b: 'a' }, { a });
  assert.deepEqual(
    result.steps.flatMap(({ problems }) => problems),
    [],
  );
  assert.equal(result.ok, true);
  assert.equal(builds, 2);
  assert.equal(workspace.lake.head(), 1);
});

test('beaten every time, it says so instead of calling itself done', async () => {
  let n = 0;
  const result = await walk(
    { a: '' },
    {
      a: async () => {
        await elsewhere({ a: `:${n++}` });
        return {};
      },
    },
  );
  assert.equal(result.ok, false);
  assert.deepEqual(outcomes(result), { a: 'failed' });
  assert.equal(result.steps[0]?.problems[0]?.code, 'MILL_RUN_BEATEN');
});

test('what failed its gates in the first attempt of a run is not forgotten by the second', async () => {
  let first = true;
  const nodes = { a: '', b: '', c: 'a' };
  const result = await walk(nodes, {
    a: () => ({ checks: [failed] }),
    b: async () => {
      if (first) {
        first = false;
        await elsewhere({ b: '' });
      }
      return {};
    },
  });
  assert.equal(outcomes(result)['a'], 'rejected');
  assert.equal(result.ok, false);
});

test('an input that moves between planning and building makes it plan again: a fingerprint never lies', async () => {
  await walk({ a: ':1', b: 'a:1', z: ':1' });
  const seen: (string | undefined)[] = [];
  // b is planned on a@1; while z is made, another run publishes a@2.
  const result = await walk(
    { a: ':1', z: ':2', b: 'a z:2' },
    {
      z: async () => {
        await elsewhere({ a: ':2' });
        return {};
      },
      b: ({ input }) => {
        seen.push(input('a').id);
        return {};
      },
    },
  );
  assert.equal(result.ok, true);
  const live = workspace.state.live('b');
  const a = workspace.state.live('a');
  // The declaration of this run says ':1', so a@1 is live again in the end, and b is made of it.
  assert.equal(a?.id, 'a@1');
  assert.equal(live?.inputs['a'], 'a@1');
  for (const version of workspace.state.versions('b'))
    if (version.fingerprint === live?.fingerprint) assert.equal(version.inputs['a'], 'a@1', version.id);
  assert.deepEqual(seen, ['a@1']);
});

test('a run that cannot even plan is a failed run', async () => {
  const kinds = told({});
  const kind = kinds.get('told') as Kind;
  const broken: Kinds = new Map([
    ['told', { ...kind, arrivals: () => Promise.reject(new Error('no such place')) }],
  ]);
  await assert.rejects(run(graphOf(declared({ a: '' })), broken, workspace), { message: 'no such place' });
  assert.equal(workspace.state.runs(1)[0]?.outcome, 'failed');
});

test('a run of some assets makes these and what they need, and leaves the others', async () => {
  const nodes = { a: '', b: 'a', c: 'b', d: 'a' };
  const result = await walk(nodes, {}, { only: ['b'] });
  assert.deepEqual(outcomes(result), { a: 'published', b: 'published' });
  assert.equal(workspace.state.live('c'), undefined);
});
