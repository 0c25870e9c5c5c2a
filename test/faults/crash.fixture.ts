import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../src/store/database.ts';
import { checkCatalog } from '../../src/store/lake/index.ts';
import { assetNames, type Digest, digest, type VersionDigest } from '../truth/digest.fixture.ts';
import {
  type Bench,
  line,
  newFolder,
  openBench,
  putFirstFiles,
  putLaterFiles,
} from '../truth/line.fixture.ts';
import { type Runner, startRunner } from './runner.fixture.ts';

/** A project before a run, and what an undisturbed run makes of it. */
interface Scene {
  readonly name: string;
  readonly template: string;
  readonly before: Digest;
  readonly after: Digest;
  readonly moves: Readonly<Record<string, string[]>>;
  /** How long the run takes in another process, in milliseconds: measured first, less when kills come too late. */
  millis: number;
}

/**
 * The law of Crash: a process that runs the line is killed at moments spread over the whole run; whatever is visible then
 * is what was published before or after, whole; and the next run ends where an undisturbed one does.
 */
export async function killAtManyMoments(t: TestContext, kills: number): Promise<void> {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}: TEST_SEED=${seed} gives the same moments, as far as a clock can`);
  const random = numbers(seed);
  const root = newFolder();
  let runner: Promise<Runner> | undefined;
  try {
    const scenes = await makeScenes(root);
    let inTime = 0;
    runner = startRunner();
    let tries = 0;
    for (; inTime < kills && tries < 2 * kills; tries++) {
      const i = inTime;
      const scene = scenes[i % scenes.length] as Scene;
      // One moment in each of equal parts of the run, so that few kills are spread as well as many.
      const part = (Math.floor(i / scenes.length) + random()) / Math.ceil(kills / scenes.length);
      const delay = part * scene.millis;
      const folder = join(root, `kill-${tries}`);
      cpSync(scene.template, folder, { recursive: true });
      const killed = await runner;
      killed.go(folder);
      await sleep(delay);
      await killed.kill();
      if ((await killed.report) === undefined) inTime++;
      else scene.millis *= 0.9;
      // The next one loads while this one's end is looked at.
      runner = startRunner();
      const said = `seed ${seed}, kill ${tries} of ${scene.name} after ${delay.toFixed(1)} ms`;
      await afterKill(scene, folder, said);
      rmSync(folder, { recursive: true });
    }
    t.diagnostic(`${inTime} of ${tries} were killed before they were done`);
    assert.ok(inTime >= kills / 2, `only ${inTime} of ${tries} kills came in time`);
  } finally {
    await (await runner)?.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

async function makeScenes(root: string): Promise<Scene[]> {
  const first = join(root, 'first');
  putFirstFiles(first);
  const built = join(root, 'built');
  cpSync(first, built, { recursive: true });
  const before = await finished(built);
  const later = join(root, 'later');
  cpSync(built, later, { recursive: true });
  putLaterFiles(later);
  const more = join(root, 'more');
  cpSync(later, more, { recursive: true });
  const after = await finished(more);
  return [
    { name: 'a first run', template: first, before: {}, ...pick(before), millis: await timed(root, first) },
    {
      name: 'a run over changed files',
      template: later,
      before: before.after,
      ...pick(after),
      millis: await timed(root, later),
    },
  ];
}

const pick = ({ after, moves }: Finished): Finished => ({ after, moves });

interface Finished {
  readonly after: Digest;
  readonly moves: Readonly<Record<string, string[]>>;
}

/** Runs the line undisturbed. */
async function finished(folder: string): Promise<Finished> {
  const bench = await openBench(folder);
  try {
    const result = await bench.run(line());
    assert.equal(result.ok, true);
    return { after: await digest(bench.workspace, assetNames), moves: movesOf(bench) };
  } finally {
    await bench.close();
  }
}

/** The way of every alias. */
function movesOf({ workspace }: Bench): Record<string, string[]> {
  return Object.fromEntries(
    assetNames.map((asset) => [
      asset,
      workspace.state.aliasMoves(asset).map(({ alias, from, to }) => `${alias}: ${from} → ${to}`),
    ]),
  );
}

async function timed(root: string, template: string): Promise<number> {
  const folder = join(root, 'timed');
  cpSync(template, folder, { recursive: true });
  const runner: Runner = await startRunner();
  const started = performance.now();
  runner.go(folder);
  const report = await runner.report;
  const millis = performance.now() - started;
  assert.equal(report?.ok, true);
  rmSync(folder, { recursive: true });
  return millis;
}

async function afterKill(scene: Scene, folder: string, said: string): Promise<void> {
  const bench = await openBench(folder);
  const database = openDatabase(join(folder, '.millrace', 'state.db'));
  try {
    const seen = await digest(bench.workspace, assetNames);
    for (const [asset, found] of Object.entries(seen)) {
      const allowed = [scene.before[asset], scene.after[asset]];
      const whole = allowed.find((version) => version?.id === found.id);
      assert.ok(whole, `${said}: ${found.id} is not what an undisturbed run publishes`);
      assert.deepEqual(alone(found), alone(whole), `${said}: what is visible of ${asset}`);
      // The state of features follows their alias a moment later, in one step: until then it is, whole, what it was.
      const states = [scene.before[asset], scene.after[asset]].map((version) => version?.content['values']);
      assert.ok(states.includes(found.content['values']), `${said}: of ${asset} neither state is there`);
    }
    for (const asset of Object.keys(scene.before))
      assert.ok(seen[asset], `${said}: ${asset} was live and is no more`);
    onlyPublished(bench, said);
    assert.deepEqual(checkCatalog(database), [], `${said}: the catalog after the kill`);

    const result = await bench.run(line());
    assert.deepEqual(
      result.steps.flatMap((step) => step.problems),
      [],
      said,
    );
    assert.equal(result.ok, true, said);
    assert.deepEqual(await digest(bench.workspace, assetNames), scene.after, `${said}: after the next run`);
    assert.deepEqual(movesOf(bench), scene.moves, `${said}: the ways of the aliases`);
    onlyPublished(bench, said);
    assert.deepEqual(checkCatalog(database), [], `${said}: the catalog after the next run`);
    const twice = database.all(
      'select asset, path, hash, count(*) as times from mill_load group by asset, path, hash having count(*) > 1',
    );
    assert.deepEqual(twice, [], `${said}: files that were loaded twice`);
    const again = await bench.run(line());
    assert.deepEqual(again.steps, [], `${said}: a run with nothing to do`);
  } finally {
    await bench.close();
    database.close();
  }
}

/** A version without what follows from the state of features: their values, and what an endpoint answers from the newest. */
function alone(version: VersionDigest): VersionDigest {
  const { answers: _, values: __, ...content } = version.content;
  return { ...version, content };
}

/** The newest state of every table is that of the version that is live. */
function onlyPublished({ workspace }: Bench, said: string): void {
  const { lake, state } = workspace;
  for (const name of lake.tables()) {
    const live = state.live(name.replace(/__quarantine$/, ''));
    assert.ok(live, `${said}: table ${name} is visible but nothing of it is published`);
    const paths = (snapshot?: number) => lake.table(name, snapshot)?.files.map((file) => file.path);
    assert.deepEqual(paths(), paths(live.snapshot), `${said}: table ${name} is ahead of ${live.id}`);
  }
  for (const asset of assetNames)
    for (const version of state.versions(asset)) assert.equal(version.status, 'published', said);
}

/** Numbers in [0, 1) that a seed repeats: Mulberry32. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
