import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { env, HOUR, type Instant, MINUTE, MillraceError } from '../../base/index.ts';
import type { CheckResult } from '../../store/state/index.ts';
import type { Kind, Kinds } from '../kind.ts';
import { openWorkspace } from '../open.ts';
import { graphOf, type Project } from '../project.ts';
import { type RunResult, run } from '../run.ts';
import type { RunEvent } from '../run-event.ts';
import type { RunOptions } from '../run-options.ts';
import { type Build, declared, told } from '../told.fixture.ts';
import type { Workspace } from '../workspace.ts';
import { type Notify, webhook } from './declare.ts';
import { openReceiver, type Receiver } from './receiver.fixture.ts';
import { watchTroubles } from './watch.ts';

// Real stores, a real receiver; only the kind is made up, so that a build can be told what to do.

const SECRET = 's3cret-p4th';

let folder: string;
let now: Instant;
let workspace: Workspace;
let receiver: Receiver;
let environment: Record<string, string>;
let events: RunEvent[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  now = Date.UTC(2026, 0, 8) * 1000;
  workspace = { ...(await openWorkspace(folder, {})), clock: { now: () => now } };
  receiver = await openReceiver();
  environment = { HOOK_URL: `${receiver.url}/${SECRET}` };
  events = [];
});
afterEach(async () => {
  await receiver.close();
  await workspace.close();
  rmSync(folder, { recursive: true, force: true });
});

/** All assets belong to data-team, but those named 'free…'. */
function projectOf(nodes: Readonly<Record<string, string>>, notify: Notify | undefined): Project {
  const { assets, ...rest } = declared(nodes);
  const owned = Object.entries(assets).map(([key, asset]) => {
    const [node] = asset['~'].nodes;
    const owner = key.startsWith('free') ? {} : { owner: 'data-team' };
    return [key, { ...asset, '~': { nodes: [{ ...node, ...owner }] } }];
  });
  return {
    ...rest,
    assets: Object.fromEntries(owned) as Project['assets'],
    ...(notify === undefined ? {} : { running: { notify } }),
  };
}

const hook = webhook(env('HOOK_URL'), { timeout: '1s' });
const toHook: Notify = { owners: { 'data-team': hook } };
const quick = { retry: { attempts: 1, first: 1_000, longest: 1_000 } };

const walk = (
  nodes: Readonly<Record<string, string>>,
  builds: Readonly<Record<string, Build>> = {},
  { kinds, notify = toHook, ...options }: RunOptions & { kinds?: Kinds; notify?: Notify } = {} as never,
): Promise<RunResult> =>
  run(graphOf(projectOf(nodes, notify)), kinds ?? told(builds), workspace, {
    retry: { attempts: 1 },
    onEvent: (event) => events.push(event),
    ...options,
    notify: { environment, ...quick },
  } as RunOptions);

/** What came since it was asked last, in short. */
function came(): string[] {
  const all = receiver.came.splice(0).map(({ body }) => body as Record<string, string>);
  return all.map(({ asset, what, state, message }) => `${asset} ${what} ${state}: ${message}`);
}
const tellings = (): string[] =>
  events
    .splice(0)
    .flatMap((event) =>
      event.event === 'notice'
        ? [`${event.to} ${event.telling.asset} ${event.telling.what}${event.telling.over ? ' over' : ''}`]
        : event.event === 'notices-failed'
          ? [event.message]
          : [],
    );

const boom =
  (code = 'MILL_X', count = 1): Build =>
  () => {
    throw new MillraceError({
      ...{ code: code as 'MILL_X', message: `It broke ${count} times.`, todo: 'Mend it.', owner: 'data' },
    });
  };
const check = (name: string, severity: CheckResult['severity'], rows: number): CheckResult => ({
  ...{ name, severity, passed: rows === 0, observed: `${rows} rows`, wanted: 'no row' },
});

test('a failure is told once, with all there is to say, and once when it is over', async () => {
  const result = await walk({ a: '', b: 'a' }, { a: boom() });
  const [{ body } = assert.fail()] = receiver.came;
  assert.deepEqual(body, {
    project: 'test',
    asset: 'a',
    owner: 'data-team',
    what: 'failed',
    state: 'open',
    message: 'It broke 1 times.',
    todo: 'Mend it. [MILL_X]',
    run: result.run,
    version: '',
    at: '2026-01-08T00:00:00.000Z',
    id: `test/a/failed/${now}/open`,
    link: '',
  });
  assert.equal(came().length, 1, 'b only waits');
  assert.match(
    workspace.state.notes
      .lines({ run: result.run })
      .map(({ text }) => text)
      .join('\n'),
    /^told data-team of a: failed$/m,
  );
  await walk({ a: '', b: 'a' }, { a: boom('MILL_X', 7) });
  assert.deepEqual(came(), [], 'another count is no other problem');
  await walk({ a: '', b: 'a' }, { a: boom('MILL_Y') });
  assert.deepEqual(came(), ['a failed open: It broke 1 times.'], 'another code is');
  await walk({ a: '', b: 'a' });
  assert.deepEqual(came(), ['a failed over: It broke 1 times.']);
  await walk({ a: '', b: 'a' });
  assert.deepEqual(came(), []);
  assert.deepEqual(workspace.state.notices.due(Infinity), []);
});

test('gates that did not pass are told together, and are over when others are published', async () => {
  const checks = [check('g', 'block', 1), check('h', 'block', 2), check('w', 'warn', 3)];
  const gated: Build = () => ({ checks });
  await walk({ a: '' }, { a: gated });
  assert.deepEqual(came(), ['a rejected open: g: 1 rows, wanted no row.\nh: 2 rows, wanted no row.']);
  await walk({ a: '' }, { a: gated });
  assert.deepEqual(came(), [], 'it is held');
  await walk({ a: ':other' }, { a: () => ({ checks: [check('h', 'block', 9)] }) });
  assert.deepEqual(came(), []);
  await walk({ a: ':third' });
  assert.deepEqual(came(), ['a rejected over: h: 2 rows, wanted no row.']);
});

test('a broken contract is told once, and is over when it has not been seen for an hour', async () => {
  const rows =
    (n: number, m = 0): Build =>
    () => ({ checks: [check('id: null', 'warn', n), check('at: null', 'warn', m)] });
  await walk({ a: ':1' }, { a: rows(3) });
  assert.deepEqual(came(), ['a breach open: id: null: 3 rows, wanted no row.']);
  await walk({ a: ':2' }, { a: rows(5, 1) });
  assert.deepEqual(came(), ['a breach open: at: null: 1 rows, wanted no row.']);
  now += 10 * MINUTE;
  await walk({ a: ':3' }, { a: rows(0) });
  now += 10 * MINUTE;
  await walk({ a: ':4' }, { a: rows(1) });
  assert.deepEqual(came(), []);
  await walk({ a: ':5' }, { a: rows(0) });
  now += HOUR;
  await walk({ a: ':5' });
  assert.deepEqual(came(), [
    'a breach over: id: null: 3 rows, wanted no row.\nat: null: 1 rows, wanted no row.',
  ]);
});

/** The kind of the fixture with a promise: no older than an hour. */
function fresh(newest: () => Instant | null): Kinds {
  const kind = told({}).get('told') as Kind;
  const freshness = () => ({ newest: newest(), atMost: HOUR, column: 'at', check: 'fresh' });
  return new Map([['told', { ...kind, freshness }]]);
}

test('what is live grows stale: told once by a look though nothing runs, and once when it is fresh again', async () => {
  let newest: Instant | null = now - 50 * MINUTE;
  const kinds = fresh(() => newest);
  await walk({ a: '', freely: '' }, {}, { kinds, notify: { ...toHook, default: 'console' } });
  assert.deepEqual([came(), tellings()], [[], []]);
  const graph = graphOf(projectOf({ a: '', freely: '' }, toHook));
  /** Looks, a minute of the clock at a time. */
  const looks = async (times: number): Promise<void> => {
    const controller = new AbortController();
    let left = times;
    await watchTroubles(graph, kinds, workspace, {
      stopping: controller.signal,
      onEvent: (event) => events.push(event),
      environment,
      ...quick,
      wait: async (micros) => {
        if (left-- === 0) controller.abort();
        else now += micros;
      },
    });
  };
  await looks(10);
  assert.deepEqual([came(), tellings()], [[], []]);
  await looks(3);
  assert.deepEqual(came(), [
    'a stale open: Its newest at is 2026-01-07T23:10:00.000Z, wanted at most 1h before now.',
  ]);
  assert.deepEqual(tellings(), ['console freely stale', 'webhook a stale']);
  newest = now;
  await looks(1);
  assert.equal(came().length, 1);
  assert.deepEqual(tellings(), ['console freely stale over', 'webhook a stale over']);
  newest = null;
  receiver.answer((response) => response.writeHead(500).end());
  await looks(14);
  assert.deepEqual(came(), ['a stale open: It has no rows up to now, wanted one of the last 1h.']);
  receiver.answer((response) => response.end());
  await walk({ a: '', freely: '' }, {}, { kinds });
  assert.equal(came().length, 1, 'the next run tells what a look could not');
  assert.equal(workspace.state.runs(9).length, 2, 'a look is no run');
});

test('a run that cannot even plan tells whose asset is in the way, or all', async () => {
  const kind = told({}).get('told') as Kind;
  let error: Error | undefined = new MillraceError({
    ...{ code: 'MILL_DOWN', message: 'No answer.', todo: 'Wait.', owner: 'service', asset: 'a' },
  });
  const arrivals = async () => {
    if (error) throw error;
    return { fingerprint: '1', reason: '', bytes: 0, detail: null };
  };
  const kinds: Kinds = new Map([['told', { ...kind, arrivals }]]);
  await assert.rejects(walk({ a: '' }, {}, { kinds }));
  await assert.rejects(walk({ a: '' }, {}, { kinds }));
  assert.deepEqual(came(), ['a failed open: No answer.']);
  tellings();
  error = new TypeError('x is not a function');
  await assert.rejects(walk({ a: '' }, {}, { kinds }));
  assert.deepEqual([came(), tellings()], [[], ['console  failed']]);
  const one = new AbortController();
  let looks = 0;
  const graph = graphOf(projectOf({ a: '' }, toHook));
  await watchTroubles(graph, kinds, workspace, {
    stopping: one.signal,
    onEvent: (event) => events.push(event),
    ...{ environment, ...quick },
    wait: async () => {
      if (looks++ === 2) one.abort();
    },
  });
  assert.deepEqual(tellings(), [], 'a look does not plan, so it cannot know');
  error = undefined;
  await walk({ a: '' }, {}, { kinds });
  assert.deepEqual(came(), ['a failed over: No answer.']);
  assert.deepEqual(tellings(), ['console  failed over', 'webhook a failed over']);
});

test('a receiver that is down fails no run, is said in the log, and hears of it at the next run; others are told all the same', async () => {
  const other = await openReceiver();
  environment['OTHER_URL'] = other.url;
  const notify: Notify = { owners: { 'data-team': hook }, default: webhook(env('OTHER_URL')) };
  try {
    receiver.answer((response) => response.writeHead(500).end());
    const result = await walk({ a: '', b: '', free: '' }, { a: boom(), b: boom(), free: boom() }, { notify });
    assert.deepEqual(
      result.steps.map(({ outcome }) => outcome),
      ['failed', 'failed', 'failed'],
    );
    assert.equal(receiver.came.length, 1, 'one try, then it is left alone');
    assert.equal(other.came.length, 1);
    const log = workspace.state.notes.lines({ run: result.run });
    assert.ok(
      log.some(
        ({ asset, level, text }) =>
          asset === 'a' &&
          level === 'warn' &&
          text ===
            'could not tell data-team of a: failed: HOOK_URL answers 500; it is tried again at the next run',
      ),
    );
    came();
    receiver.answer((response) => response.end());
    await walk({ a: '', b: '', free: '' }, { a: boom(), b: boom(), free: boom() }, { notify });
    assert.deepEqual(came(), ['a failed open: It broke 1 times.', 'b failed open: It broke 1 times.']);
    assert.equal(other.came.length, 1);
  } finally {
    await other.close();
  }
});

test('what nobody reads on the console stays to be told', async () => {
  const silent = { notify: {}, onEvent: undefined } as never;
  await walk({ a: '', b: '' }, { a: boom() }, silent);
  assert.equal(workspace.state.notices.due(Infinity).length, 1);
  await walk({ a: '', b: '' }, {}, { notify: {}, only: ['b'] });
  assert.deepEqual(
    events.flatMap((event) => (event.event === 'notice' ? [[event.to, event.seen]] : [])),
    [['console', false]],
  );
  await walk({ a: ':x' }, { a: boom('MILL_Y') }, { notify: {} });
  assert.deepEqual(
    events
      .flatMap((event) => (event.event === 'notice' ? [[event.telling.messages[0], event.seen]] : []))
      .at(-1),
    ['It broke 1 times.', true],
    'the steps of this very run have shown it',
  );
});

test('an asset that is no more is forgotten', async () => {
  await walk({ a: '', b: '' }, { a: boom() });
  came();
  await walk({ b: '' });
  assert.deepEqual([came(), workspace.state.notices.open()], [[], []]);
});

test('forms and links of one’s own', async () => {
  const notify: Notify = {
    default: webhook(env('HOOK_URL'), { body: { title: '{{asset}}: {{what}}', at: '{{link}}' } }),
    link: 'https://millrace.example.com/?q={{message}}#{{asset}}',
  };
  await walk({ a: '' }, { a: boom() }, { notify });
  assert.deepEqual(
    receiver.came.map(({ body }) => body),
    [{ title: 'a: failed', at: 'https://millrace.example.com/?q=It%20broke%201%20times.#a' }],
  );
});

test('two runs at once over one folder: each problem is told once', async () => {
  // Slow enough for both to find it due while one sends.
  receiver.answer((response) => void sleep(30).then(() => response.end()));
  const second = { ...(await openWorkspace(folder, {})), clock: workspace.clock };
  const nodes = { a: '', b: '', c: '', d: '' };
  const builds = { a: boom(), b: boom(), c: boom() };
  const graph = graphOf(projectOf(nodes, toHook));
  const go = (at: Workspace) =>
    run(graph, told(builds), at, { retry: { attempts: 1 }, notify: { environment, ...quick } });
  await Promise.all([go(workspace), go(second), go(workspace)]);
  assert.deepEqual(came().sort(), [
    'a failed open: It broke 1 times.',
    'b failed open: It broke 1 times.',
    'c failed open: It broke 1 times.',
  ]);
  await second.close();
});

test('addresses and headers are in no event, log line or file', async () => {
  environment['TOKEN'] = 't0ken-t0ken';
  const headers = { Authorization: env('TOKEN', { before: 'Bearer ' }) };
  const notify: Notify = { default: webhook(env('HOOK_URL'), { headers, timeout: '1s' }) };
  const handlers: Parameters<Receiver['answer']>[0][] = [
    (response) => response.writeHead(401).end(`${SECRET} t0ken-t0ken`),
    (response) => response.destroy(),
    (response) => response.writeHead(302, { location: `http://x/${SECRET}` }).end(),
    () => {},
  ];
  for (const handler of handlers) {
    receiver.answer(handler);
    await walk({ a: '' }, { a: boom() }, { notify });
  }
  assert.equal(receiver.came.at(-1)?.headers.authorization, 'Bearer t0ken-t0ken');
  const texts = [
    inspect(events, { depth: 30, maxArrayLength: null, maxStringLength: null }),
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')),
  ];
  for (const text of texts) for (const secret of [SECRET, 't0ken-t0ken']) assert.ok(!text.includes(secret));
});

test('who is told and how is checked before anything runs', () => {
  const faults = (notify: Notify): string[] => {
    try {
      graphOf(projectOf({ a: '' }, notify));
      return [];
    } catch (error) {
      return (error as MillraceError).problems.map(({ message }) =>
        message.replace(/^How the project is to be run does not add up: /, ''),
      );
    }
  };
  assert.deepEqual(faults(toHook), []);
  assert.deepEqual(faults({ owners: { 'data-taem': hook } }), [
    "notify names the owner 'data-taem', which no asset has; the nearest is 'data-team'.",
  ]);
  const wrong = webhook(env('HOOK_URL'), {
    headers: { Authorization: 'Bearer x', 'a b': 'x' },
    body: { text: '{{asst}}' },
    timeout: '5m',
  });
  assert.deepEqual(faults({ default: wrong, link: '{{url}}' }), [
    "the webhook of all others has its header 'Authorization' written out; keep it in the environment: env('…').",
    "the webhook of all others has a header 'a b', which is no name.",
    'the webhook of all others has a placeholder {{asst}}, which there is not.',
    'the webhook of all others has a timeout that is not from 1s to 60s.',
    'link has a placeholder {{url}}, which there is not.',
  ]);
  const plain = webhook('https://hooks.example.com' as never);
  assert.deepEqual(faults({ default: plain }), [
    "the webhook of all others has no address from the environment: webhook(env('HOOK_URL')).",
  ]);
});
