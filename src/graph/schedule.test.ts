import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { formatInstant, type Instant, MINUTE, MillraceError } from '../base/index.ts';
import type { Kinds } from './kind.ts';
import { openWorkspace } from './open.ts';
import { type Graph, graphOf } from './project.ts';
import type { Running } from './running.ts';
import { dueAssets, walkSchedules } from './schedule.ts';
import { declared, told } from './told.fixture.ts';
import type { Workspace } from './workspace.ts';

let folder: string;
let workspace: Workspace;
/** The clock of the test: waiting moves it. */
let now: Instant;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  now = Date.UTC(2026, 0, 8) * 1000;
  workspace = { ...(await openWorkspace(folder, {})), clock: { now: () => now } };
});
afterEach(async () => {
  await workspace.close();
  rmSync(folder, { recursive: true, force: true });
});

const graph = (nodes: Readonly<Record<string, string>>, running: Running): Graph =>
  graphOf({ ...declared(nodes), running });

/** Walks until the clock stands there, each run taking a while; gives the times at which runs began. */
async function walked(graph: Graph, until: Instant, takes = 0, kinds: Kinds = told({})): Promise<string[]> {
  const controller = new AbortController();
  const begun: string[] = [];
  await walkSchedules(graph, kinds, workspace, {
    stopping: controller.signal,
    run: {
      onEvent: (event) => {
        if (event.event !== 'planned') return;
        begun.push(formatInstant(now).slice(11, 16));
        now += takes;
        if (now >= until) controller.abort();
      },
    },
    onError: (error) => begun.push((error as Error).message),
    wait: async (micros) => {
      now += micros;
      if (now >= until) controller.abort();
    },
  });
  return begun;
}

test('runs begin when they are due, and not before', async () => {
  const ten = graph({ a: '' }, { schedule: '*/10 * * * *' });
  assert.deepEqual(await walked(ten, now + 35 * MINUTE), ['00:10', '00:20', '00:30']);
});

test('a schedule is read in its time zone, through the change of the clocks', () => {
  const { schedules } = graph({ a: '' }, { schedule: '0 9 * * *', timeZone: 'Europe/Berlin' }).running ?? {
    schedules: [],
  };
  const from = (text: string): string =>
    new Date((schedules[0]?.next(Date.parse(text) * 1000) ?? 0) / 1000).toISOString();
  // Central European Time is UTC+1, from 29 March 2026 to 25 October 2026 UTC+2 (EU directive 2000/84/EC).
  assert.equal(from('2026-03-28T00:00:00Z'), '2026-03-28T08:00:00.000Z');
  assert.equal(from('2026-03-28T12:00:00Z'), '2026-03-29T07:00:00.000Z');
  assert.equal(from('2026-10-24T12:00:00Z'), '2026-10-25T08:00:00.000Z');
});

test('a run that takes long is not overlapped, and what was due meanwhile is made up for once', async () => {
  const ten = graph({ a: '' }, { schedule: '*/10 * * * *' });
  assert.deepEqual(await walked(ten, now + 70 * MINUTE, 25 * MINUTE), ['00:10', '00:35', '01:00']);
});

test('what was missed while nobody was there is made up for once', async () => {
  const ten = graph({ a: '' }, { schedule: '*/10 * * * *' });
  assert.deepEqual(await walked(ten, now + 12 * MINUTE), ['00:10']);
  now += 47 * MINUTE;
  // It is 00:59.
  assert.deepEqual(await walked(ten, now + 8 * MINUTE), ['00:59', '01:00']);
});

test('a watch looks again and again, after each look', async () => {
  const watch = graph({ a: '' }, { watch: '15m' });
  assert.deepEqual(await walked(watch, now + 50 * MINUTE), ['00:15', '00:30', '00:45']);
});

test('a look of a watch that finds nothing leaves no run, one that finds something does, and so does a tick of a schedule', async () => {
  const { state } = workspace;
  const watch = graph({ a: '' }, { watch: '15m' });
  await walked(watch, now + 20 * MINUTE);
  const [first] = state.runs(9);
  assert.deepEqual([state.runs(9).length, first?.outcome], [1, 'done']);
  await walked(watch, now + 50 * MINUTE);
  assert.deepEqual(state.runs(9), [first]);
  await walked(graph({ a: ':new', b: '' }, { watch: '15m' }), now + 50 * MINUTE);
  assert.equal(state.runs(9).length, 2);
  await walked(graph({ a: ':new', b: '' }, { schedule: '*/10 * * * *' }), now + 11 * MINUTE);
  assert.ok(state.runs(9).length > 2);
});

test('a run that cannot even plan is told, and the next ticks come', async () => {
  const kinds: Kinds = new Map([
    [
      'told',
      {
        kind: 'told',
        revision: 1,
        arrivals: () => Promise.reject(new Error('down')),
        build: () => Promise.reject(),
      },
    ],
  ]);
  const ten = graph({ a: '' }, { schedule: '*/10 * * * *' });
  assert.deepEqual(await walked(ten, now + 25 * MINUTE, 0, kinds), ['down', 'down']);
  await walked(graph({ a: '' }, { watch: '10m' }), now + 11 * MINUTE, 0, kinds);
  assert.deepEqual(
    workspace.state.runs(9).map(({ outcome }) => outcome),
    ['failed', 'failed', 'failed'],
  );
});

test('what has no schedule of its own follows what it is built from', () => {
  const nodes = { a: '', b: 'a', c: 'b', d: 'a', e: '' };
  const made = graph(nodes, {
    schedule: '0 0 * * *',
    assets: { a: { schedule: '0 * * * *' }, c: { schedule: '5 * * * *' } },
  });
  const due = (...names: string[]): string[] =>
    dueAssets(
      made,
      (made.running?.schedules ?? []).filter(({ name }) => names.includes(name)),
    );
  assert.deepEqual(due('a'), ['a', 'b', 'd']);
  assert.deepEqual(due('c'), ['c']);
  assert.deepEqual(due(''), ['b', 'd', 'e']);
  assert.deepEqual(due('', 'a', 'c'), ['a', 'b', 'c', 'd', 'e']);
});

test('a schedule that is none is a problem of the project', () => {
  for (const running of [
    { schedule: 'hourly' },
    { schedule: '61 * * * *' },
    { schedule: '* * * * * *' },
    { schedule: '0 * * * *', timeZone: 'Mars/Olympus' },
    { watch: '0s' as const },
    { assets: { a: { schedule: '' } } },
  ])
    assert.throws(
      () => graph({ a: '' }, running),
      (error: MillraceError) => error instanceof MillraceError && error.code === 'MILL_RUNNING_INVALID',
      JSON.stringify(running),
    );
});
