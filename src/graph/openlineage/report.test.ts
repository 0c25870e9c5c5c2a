import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventsIn, type LineageEvent, outcomesOf } from '../../../test/truth/openlineage.fixture.ts';
import { HOUR, MillraceError, newId } from '../../base/index.ts';
import { openWorkspace } from '../open.ts';
import { graphOf, type Project } from '../project.ts';
import { type RunResult, run } from '../run.ts';
import type { RunEvent } from '../run-event.ts';
import type { RunOptions } from '../run-options.ts';
import type { Running } from '../running.ts';
import { walkSchedules } from '../schedule.ts';
import { type Build, declared, told } from '../told.fixture.ts';
import type { Workspace } from '../workspace.ts';

// Real stores and a real file; only the kind is made up, so that a build can be told what to do.

interface Site {
  readonly workspace: Workspace;
  walk(project: Project, builds?: Readonly<Record<string, Build>>, options?: RunOptions): Promise<RunResult>;
  events(): LineageEvent[];
}

async function withSite(
  work: (site: Site) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const workspace = await openWorkspace(folder, { MILLRACE_OPENLINEAGE: 'file:events.ndjson', ...env });
  try {
    await work({
      workspace,
      walk: (project, builds = {}, options = {}) =>
        run(graphOf(project), told(builds), workspace, { retry: { first: 1, longest: 1 }, ...options }),
      events: () => eventsIn(readFileSync(join(folder, 'events.ndjson'), 'utf8')),
    });
  } finally {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const facetOf = (event: LineageEvent | undefined, key: string) => event?.run.facets[key] as never;
const endOf = (events: readonly LineageEvent[], job: string): LineageEvent | undefined =>
  events.findLast(({ job: { name }, eventType }) => name === job && eventType !== 'START');

const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/** What becomes of a build: it is made; it does not pass a gate; it fails for good; it fails twice and is made then; another run is ahead, once. */
type Fate = 'made' | 'rejected' | 'wrong' | 'flaky' | 'beaten';

const fates: fc.Arbitrary<Fate> = fc.constantFrom('made', 'made', 'rejected', 'wrong', 'flaky', 'beaten');

/** A graph in which each node is built from some of those before it, and what becomes of each. */
const worlds = fc.record({
  inputs: fc.array(fc.nat({ max: 63 }), { minLength: names.length, maxLength: names.length }),
  fates: fc.array(fates, { minLength: names.length, maxLength: names.length }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  /** After how many events no more steps begin. */
  stop: fc.option(fc.nat({ max: 12 }), { nil: undefined, freq: 4 }),
});

function failure(code: string, retry: boolean): MillraceError {
  return new MillraceError({
    ...{ code: code as 'MILL_X', message: 'It is s3cret.', todo: 'Wait.', owner: 'service', retry },
  });
}

function buildOf(fate: Fate): Build {
  let tries = 0;
  return () => {
    tries++;
    if (fate === 'wrong') throw failure('MILL_X', false);
    if (fate === 'flaky' && tries < 3) throw failure('MILL_X', true);
    if (fate === 'beaten' && tries < 2) throw failure('MILL_RUN_BEATEN', true);
    const gate = { name: 'g', severity: 'block', observed: 's3cret', wanted: 'much' } as const;
    return { checks: [{ ...gate, passed: fate !== 'rejected' }] };
  };
}

test('whatever becomes of a run and its steps: each begins once, ends once, and ends as the run says', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) =>
      withSite(async ({ walk, events }) => {
        const nodes = Object.fromEntries(
          names.map((name, i) => {
            const from = names.filter((_, j) => j < i && ((world.inputs[i] as number) >> j) % 2 === 1);
            return [name, from.join(' ')];
          }),
        );
        const builds = Object.fromEntries(names.map((name, i) => [name, buildOf(world.fates[i] as Fate)]));
        const stopping = new AbortController();
        let heard = 0;
        let began = 0;
        const result = await walk(declared(nodes), builds, {
          concurrency: world.concurrency,
          stopping: stopping.signal,
          onEvent: (event: RunEvent) => {
            if (event.event === 'step-started') began++;
            assert.notEqual(event.event, 'lineage-lost');
            if (world.stop !== undefined && ++heard > world.stop) stopping.abort();
          },
        });
        const told = events();
        const outcomes = outcomesOf(told);
        assert.ok(began >= outcomes.size - 1);
        const end = result.ok ? 'COMPLETE' : stopping.signal.aborted ? 'ABORT' : 'FAIL';
        assert.deepEqual(outcomes.get('test'), [`START ${end}`]);
        for (const { step, outcome } of result.steps) {
          const last = outcomes.get(`test.${step.asset}`)?.at(-1);
          if (outcome === 'published') assert.equal(last, 'START COMPLETE');
          else if (outcome === 'blocked' || outcome === 'held') assert.ok(!last?.endsWith('COMPLETE'));
          else assert.equal(last, 'START FAIL');
        }
        assert.ok(!JSON.stringify(told).includes('s3cret'));
        const { outcomes: counts } = facetOf(endOf(told, 'test'), 'millrace_run') as {
          outcomes: Record<string, number>;
        };
        const counted = Object.values(counts).reduce((sum, n) => sum + n, 0);
        assert.ok(counted >= result.steps.length);
      }),
    ),
    { numRuns: 12 },
  );
});

test('a run that has nothing to do begins and ends all the same; one that cannot be planned has failed', async () => {
  await withSite(async ({ walk, events, workspace }) => {
    await walk(declared({ a: '' }));
    await walk(declared({ a: '' }));
    const broken = new Map([
      [
        'told',
        {
          ...told({}).get('told'),
          arrivals: () => Promise.reject(failure('MILL_SOURCE_NO_FILES', false)),
        } as never,
      ],
    ]);
    await assert.rejects(run(graphOf(declared({ a: '' })), broken, workspace));
    assert.deepEqual(Object.fromEntries(outcomesOf(events())), {
      test: ['START COMPLETE', 'START COMPLETE', 'START FAIL'],
      'test.a': ['START COMPLETE'],
    });
    assert.match(
      (facetOf(endOf(events(), 'test'), 'errorMessage') as { message: string }).message,
      /^MILL_SOURCE_NO_FILES: a problem of the service\./,
    );
  });
});

test('what a killed run left open is ended by the next: good where it had published, aborted where not', async () => {
  await withSite(async ({ walk, events, workspace }) => {
    const { state } = workspace;
    const dead = newId();
    // A run of another process, by what it leaves: `a` is published, `b` is under way.
    const now = Date.now() * 1000;
    state.startRun(dead, now);
    state.leases.beat(dead, now + HOUR);
    await walk(declared({ a: '' }));
    for (const key of ['', 'a', 'b']) state.notes.openTelling(dead, key);
    const made = state.live('a');
    assert.ok(made);
    state.addVersion({ ...made, asset: 'a', run: dead, fingerprint: 'other' }, []);
    const before = events().length;
    const kept = state.notes.deadTellings();
    assert.deepEqual(kept, [], 'it is alive, for all we know');
    state.leases.bury(now + 2 * HOUR);
    await walk(declared({ a: '', b: 'a' }));
    const told = events().slice(before);
    assert.deepEqual(
      told.slice(0, 3).map(({ eventType, job }) => `${eventType} ${job.name}`),
      ['COMPLETE test.a', 'ABORT test.b', 'ABORT test'],
    );
    assert.equal(
      (facetOf(told[2], 'millrace_run') as { run: string }).run,
      dead,
      'as the run that was killed',
    );
    assert.deepEqual(state.notes.deadTellings(), []);
    const after = events().length;
    await walk(declared({ a: '', b: 'a' }));
    assert.equal(events().length, after + 2, 'once');
  });
});

test('a scheduled run says what it was due for, and a run that another tool started whose it is', async () => {
  const parent = '3f5e83fa-3480-44ff-99c5-ff943904e5e8';
  const root = '3f5e83fa-3480-44ff-99c5-ff943904e5e9';
  const env = {
    MILLRACE_CLOCK: '2026-01-08T06:30:00Z',
    OPENLINEAGE_PARENT_ID: `airflow/dag.task/${parent}`,
    OPENLINEAGE_ROOT_PARENT_ID: `airflow/dag/${root}`,
  };
  await withSite(async ({ workspace, events }) => {
    const running: Running = { schedule: '0 6 * * *' };
    const graph = graphOf({ ...declared({ a: '' }), running });
    workspace.state.notes.setLastTick('project 0', Date.UTC(2026, 0, 5) * 1000);
    const stopping = new AbortController();
    await walkSchedules(graph, told({}), workspace, {
      stopping: stopping.signal,
      onResult: () => stopping.abort(),
      onError: (error) => assert.fail(String(error)),
      wait: async () => assert.fail('it is due'),
    });
    const [begin] = events();
    assert.partialDeepStrictEqual(begin?.run.facets, {
      // What was missed is made up for once.
      nominalTime: {
        nominalStartTime: '2026-01-05T06:00:00.000Z',
        nominalEndTime: '2026-01-09T06:00:00.000Z',
      },
      parent: {
        run: { runId: parent },
        job: { namespace: 'airflow', name: 'dag.task' },
        root: { run: { runId: root }, job: { namespace: 'airflow', name: 'dag' } },
      },
    });
    const step = endOf(events(), 'test.a');
    assert.partialDeepStrictEqual(step?.run.facets['parent'], {
      run: { runId: begin?.run.runId },
      root: { run: { runId: root } },
    });
  }, env);
});

test('a kind that cannot say what it is, or where its columns come from, is told of all the same', async () => {
  await withSite(async ({ workspace, events }) => {
    const odd = {
      ...told({}).get('told'),
      portray: () => assert.fail('no portrait'),
      lineage: () => assert.fail('no lineage'),
    };
    const project = declared({ a: '' });
    // Planning needs lineage too: it fails only once it has been planned.
    let planned = false;
    const kinds = new Map([
      ['told', { ...odd, lineage: () => (planned ? odd.lineage() : undefined) } as never],
    ]);
    const onEvent = ({ event }: RunEvent): void => {
      assert.notEqual(event, 'lineage-lost');
      if (event === 'planned') planned = true;
    };
    const { ok } = await run(graphOf(project), kinds, workspace, { onEvent });
    assert.equal(ok, true);
    assert.deepEqual(outcomesOf(events()).get('test.a'), ['START COMPLETE']);
  });
});

test('without an address nobody is told, and nothing is noted', async () => {
  await withSite(
    async ({ walk, workspace }) => {
      await walk(declared({ a: '' }));
      assert.equal(workspace.openLineage(undefined), undefined);
    },
    { MILLRACE_OPENLINEAGE: '' },
  );
});

test('a file that cannot be written is noted with the run, which goes on', async () => {
  await withSite(
    async ({ walk, workspace }) => {
      const heard: RunEvent[] = [];
      const { ok, run: id } = await walk(declared({ a: '' }), {}, { onEvent: (event) => heard.push(event) });
      assert.equal(ok, true);
      assert.equal(heard.filter(({ event }) => event === 'lineage-lost').length, 1);
      const lines = workspace.state.notes.lines({ run: id }).filter(({ asset }) => asset === '');
      assert.match(lines[0]?.text ?? '', /cannot be written.*The run itself is not affected\.$/);
    },
    { MILLRACE_OPENLINEAGE: 'file:.' },
  );
});
