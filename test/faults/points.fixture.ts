import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { quarantineOf } from '../../src/assets/index.ts';
import { MillraceError, systemFailure } from '../../src/base/index.ts';
import { examine } from '../../src/cli/doctor/examine.ts';
import type { Subject } from '../../src/cli/doctor/subject.ts';
import { graphOf, HOME, openWorkspace, type Workspace } from '../../src/graph/index.ts';
import { openDatabase } from '../../src/store/index.ts';
import { type Digest, digest, rowsOf, type VersionDigest } from '../truth/digest.fixture.ts';
import { NOW, newFolder } from '../truth/line.fixture.ts';
import type { Injector, Mode, Strike, Struck } from './injector.fixture.ts';
import { faulty } from './ports.fixture.ts';
import { type Manner, type Scene, scenes, whole } from './whole.fixture.ts';

/** Which calls are counted: those of the ports, or those of files and statements below them. */
export type Floor = 'ports' | 'system';

const env = { MILLRACE_CLOCK: NOW };
const assets: readonly string[] = [...graphOf(whole()).nodes.keys()];
const quiet: Manner = { attempts: 1, concurrency: 1 };

/** A scene before it, and what comes of it undisturbed. */
export interface Stage {
  readonly scene: Scene;
  readonly template: string;
  readonly before: Digest;
  readonly after: Digest;
  readonly moves: Readonly<Record<string, readonly string[]>>;
  /** The calls of an undisturbed act, in order. */
  readonly calls: Readonly<Record<Floor, readonly string[]>>;
}

/** The folder of everything, and what counts the calls of the system in it. */
export interface Ground {
  readonly root: string;
  readonly ports: Injector;
  readonly system: Injector;
}

/** Plays the scenes one after the other, undisturbed, and counts. */
export async function stages({ root, ports, system }: Ground): Promise<Stage[]> {
  const found: Stage[] = [];
  const folder = join(root, 'undisturbed');
  for (const [i, scene] of scenes.entries()) {
    scene.put(folder);
    const before = await looked(folder, (workspace) => contents(workspace, scene));
    const template = join(root, `stage-${i}`);
    cpSync(folder, template, { recursive: true });
    system.arm();
    const workspace = await openWorkspace(folder, env);
    ports.arm();
    const problems = await scene.act(faulty(workspace, ports), quiet);
    const calls = { ports: ports.disarm().calls, system: system.disarm().calls };
    assert.deepEqual(problems, []);
    const [after, moves] = [await contents(workspace, scene), movesOf(workspace)];
    await workspace.close();
    found.push({ scene, template, before, after, moves, calls });
  }
  return found;
}

async function looked<T>(folder: string, look: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = await openWorkspace(folder, env);
  try {
    return await look(workspace);
  } finally {
    await workspace.close();
  }
}

/**
 * Everything that is live. Where versions bear a mark of chance, fingerprints stay out. Posted rows' name the log's streams; and where the
 * log could not be looked at for once, a step of its own asks again, and makes a version even when nothing is new: of these only what
 * they hold counts.
 */
async function contents(workspace: Workspace, { marked }: Scene): Promise<Digest> {
  const found = await digest(workspace, assets);
  const plain = ([name, version]: [string, VersionDigest]): [string, VersionDigest] => {
    if (isPosted(name)) return [name, { ...version, id: '', fingerprint: '', inputs: {}, checks: [] }];
    return [name, marked ? { ...version, fingerprint: '' } : version];
  };
  return Object.fromEntries(Object.entries(found).map(plain));
}

const isPosted = (asset: string): boolean => asset.startsWith('tap');

const movesOf = ({ state }: Workspace): Record<string, string[]> =>
  Object.fromEntries(
    assets
      .filter((asset) => !isPosted(asset))
      .map((asset) => [
        asset,
        state.aliasMoves(asset).map(({ alias, from, to }) => `${alias}: ${from} → ${to}`),
      ]),
  );

/** One call that is to fail. */
export interface Point {
  readonly stage: Stage;
  readonly floor: Floor;
  /** Counts from 1. */
  readonly call: number;
  readonly mode: Mode;
  /** Whether the process that met it goes on with what it has open, as a server does. */
  readonly goesOn: boolean;
  readonly attempts: number;
  readonly concurrency: number;
}

export const nameOf = ({ stage, floor, call, mode }: Point): string =>
  `${stage.scene.name}, call ${call} of ${stage.calls[floor].length} of the ${floor} (${stage.calls[floor][call - 1]}), ${mode}`;

export function strikeOf({ stage, floor, call, mode }: Point): Strike {
  const calls = stage.calls[floor].slice(0, call);
  const name = calls.at(-1) as string;
  return { call: name, nth: calls.filter((one) => one === name).length, mode };
}

/** Lets a call fail, looks at what is there, acts again and compares. Gives what was struck; undefined when the call never came. */
export async function strike(
  ground: Ground,
  point: Point,
  unhandled: readonly unknown[],
): Promise<Struck | undefined> {
  const { stage, floor, mode, goesOn, attempts, concurrency } = point;
  const { scene } = stage;
  const said = nameOf(point);
  const folder = join(ground.root, 'struck');
  rmSync(folder, { recursive: true, force: true });
  cpSync(stage.template, folder, { recursive: true });
  const injector = ground[floor];
  const hangs = mode === 'hang' || mode === 'late';
  const manner: Manner = { attempts, concurrency, ...(hangs ? { timeout: 300_000 } : {}) };
  let workspace: Workspace | undefined;
  let told: unknown;
  try {
    if (floor === 'system') injector.arm(strikeOf(point));
    workspace = await openWorkspace(folder, env);
    if (floor === 'ports') injector.arm(strikeOf(point));
    const problems = await scene.act(floor === 'ports' ? faulty(workspace, injector) : workspace, manner);
    if (problems.length > 0) told = new MillraceError(problems);
  } catch (error) {
    told = error;
  }
  const { struck } = injector.disarm();
  if (struck !== undefined) wellTold(told, point, struck, said);
  if (!goesOn || workspace === undefined) {
    await workspace?.close();
    workspace = await openWorkspace(folder, env);
  }
  try {
    if (struck !== undefined) await afterStrike(workspace, stage, said);
    const waited: string[] = [];
    const problems = await scene.act(workspace, { ...quiet, onWait: () => waited.push('waited') });
    assert.deepEqual(problems, [], `${said}: the next run`);
    assert.deepEqual(waited, [], `${said}: nothing was left that blocks the next run`);
    await afterNext(workspace, stage, said);
  } finally {
    await workspace.close();
  }
  assert.deepEqual(unhandled, [], `${said}: failures that nobody handled`);
  return struck;
}

/** What failed was told, in a form of ours; and as a bug of ours only what has no name. */
function wellTold(told: unknown, { floor, attempts }: Point, { mode, call }: Struck, said: string): void {
  if (told === undefined) return;
  const unnamed = floor === 'ports' && mode === 'unnamed';
  if (unnamed && String(told).includes('Injected')) return;
  // As the command line and the server tell it.
  const ours = told instanceof MillraceError ? told : systemFailure(told);
  assert.ok(ours, `${said}: ${told instanceof Error ? told.stack : String(told)}`);
  for (const { code, message } of ours.problems) {
    // Who reads that SQL is to be corrected does not look at the disk.
    assert.ok(floor === 'ports' || code !== 'MILL_SQL_FAILED', `${said}: ${message}`);
    assert.ok(unnamed || code !== 'MILL_BUG', `${said}, tried ${attempts} times: told as a bug: ${message}`);
    assert.ok(message.length > 10, `${said}, ${call}`);
  }
}

/** What can be seen after a failure: each version is that of before or after, whole. */
export async function afterStrike(workspace: Workspace, stage: Stage, said: string): Promise<void> {
  const seen = await contents(workspace, stage.scene);
  for (const [asset, version] of Object.entries(seen)) {
    const allowed = [stage.before[asset], stage.after[asset]].filter((one) => one?.id === version.id);
    assert.ok(allowed.length > 0, `${said}: ${version.id} is not what an undisturbed run publishes`);
    const alone = ({
      content: { answers: _, values: __, ...content },
      fingerprint: ___,
      ...rest
    }: VersionDigest) => ({ ...rest, content });
    // The state of features follows their alias a moment later, in one step: until then it is, whole, what it was.
    const states = [stage.before[asset], stage.after[asset]].map((one) => one?.content['values']);
    assert.ok(states.includes(version.content['values']), `${said}: of ${asset} neither state is there`);
    assert.ok(
      allowed.some((one) => JSON.stringify(alone(one as VersionDigest)) === JSON.stringify(alone(version))),
      `${said}: of ${version.id} is visible\n${JSON.stringify(version)}, wanted\n${JSON.stringify(allowed)}`,
    );
  }
  for (const asset of Object.keys(stage.before))
    assert.ok(seen[asset], `${said}: ${asset} was live and is no more`);
}

export async function afterNext(workspace: Workspace, stage: Stage, said: string): Promise<void> {
  const { scene } = stage;
  assert.deepEqual(await contents(workspace, scene), stage.after, `${said}: after the next run`);
  assert.deepEqual(
    withoutDetour(workspace, movesOf(workspace)),
    stage.moves,
    `${said}: the ways of the aliases`,
  );
  await wholePredictions(workspace, said);
  await wellKept(workspace, said);
}

/**
 * The ways of the aliases without the one detour that is as right. After the roll-back the plan may have met reports that did not
 * answer. What outcomes would be is not known then, so it is held: payments is live as it was declared before. What is held stays as it is
 * live, and what is built from it sees that: training goes on with the old outcomes and the new activity, until the same run has asked
 * reports again and plans anew. Only what that one run published so is taken out.
 */
function withoutDetour({ state }: Workspace, moves: Record<string, string[]>): Record<string, string[]> {
  const first = state.version('fraud_training@4');
  const isMixed = first?.inputs['outcomes'] === 'outcomes@3' && first.inputs['activity'] === 'activity@2';
  if (first === undefined || !isMixed) return moves;
  const held = state
    .steps(first.run)
    .some(
      ({ asset, action, reason, outcome, note }) =>
        asset === 'outcomes' &&
        action === 'hold' &&
        reason === 'payments stays at payments@2, which was declared otherwise' &&
        outcome === 'blocked' &&
        note === 'waits for reports',
    );
  if (!held) return moves;
  const straight = { ...moves };
  for (const asset of ['fraud_training', 'fraud', 'screen']) {
    const [back, there, ...rest] = moves[asset] ?? [];
    const [two, three, four] = [`${asset}@2`, `${asset}@3`, `${asset}@4`];
    if (state.version(four)?.run !== first.run) continue;
    if (back !== `live: ${four} → ${two}` || there !== `live: ${three} → ${four}`) continue;
    straight[asset] = [`live: ${three} → ${two}`, ...rest];
  }
  return straight;
}

/** The newest state of every table is what is live, unless a roll-back has left it ahead; each prediction is there once. */
async function wholePredictions(workspace: Workspace, said: string): Promise<void> {
  const { lake, state } = workspace;
  for (const name of lake.tables()) {
    const asset = assets.find((one) => one === name || quarantineOf(one) === name);
    assert.ok(
      name === 'screen__predictions' || (asset && state.live(asset)),
      `${said}: ${name} is visible, nothing of it published`,
    );
  }
  const table = lake.table('screen__predictions');
  if (table === undefined) return;
  const ids = (await rowsOf(workspace, table)).map((row) => (JSON.parse(row) as { id: string }).id);
  assert.equal(new Set(ids).size, ids.length, `${said}: predictions that are there twice`);
}

/** The doctor finds nothing broken, mends what was left, and then nothing is left that is not known. */
async function wellKept(workspace: Workspace, said: string): Promise<void> {
  const home = join(workspace.folder, HOME);
  const database = openDatabase(join(home, 'state.db'));
  try {
    const twice = database.all(
      "select asset, path, hash from mill_load where path not like 'POST %' group by asset, path, hash having count(*) > 1",
    );
    assert.deepEqual(twice, [], `${said}: files that were loaded twice`);
    assert.deepEqual(database.all('select * from mill_lease'), [], `${said}: leases left`);
    const settled = (Date.now() + 60_000) * 1000;
    const subject: Subject = {
      workspace,
      database,
      home,
      versions: assets.flatMap((asset) => workspace.state.versions(asset)),
      settled,
      expireBefore: 0,
      keepSnapshots: 1_000_000,
      thinBefore: 0,
      retention: { now: workspace.clock.now(), young: 0, recent: 1_000, hourly: 0 },
      retirable: [],
    };
    const found = await examine(subject);
    assert.deepEqual(
      found.filter(({ level }) => level === 'broken'),
      [],
      `${said}: broken`,
    );
    for (const { fix } of found) await fix?.();
    assert.deepEqual(unknownFiles(home), [], `${said}: files that the doctor does not know`);
  } finally {
    database.close();
  }
}

/** Files that are none of those that a project is known to consist of. */
function unknownFiles(home: string): string[] {
  const known = [
    /^(state|tracking)\.db(-wal|-shm)?$/,
    /^online\/features\.mdb(-lock)?$/,
    /^lake\/main\/([^/]+\/)+ducklake-[0-9a-f-]+\.parquet$/,
    /^blobs\/[0-9a-f]{64}$/,
    /^log\/[^/]+\/[0-9a-z]+-\d{16}\.log$/,
  ];
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(home, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !known.some((form) => form.test(path)));
}

const WRITES = /^(engine\.session\.write|blobs\.put|online\.fill|file\.write|file\.writeFile|fs\.write)$/;

/** So many points: of each kind of call of a scene one, where there are enough, and the rest spread evenly over all calls. */
export function chosen(
  all: readonly Stage[],
  floor: Floor,
  count: number,
  seed: number,
  kinds: readonly Mode[],
): Point[] {
  const calls = all.flatMap((stage) => stage.calls[floor].map((name, i) => ({ stage, call: i + 1, name })));
  const alike = [...Map.groupBy(calls, ({ stage, name }) => `${stage.scene.name} ${name}`).values()];
  const rare = alike.map((same, i) => same[(seed + i) % same.length] as (typeof calls)[number]);
  const some = spread(rare, count, seed);
  const others = calls.filter((call) => !some.includes(call));
  const torn = kinds.find((mode) => mode.startsWith('torn'));
  return [...some, ...spread(others, count - some.length, seed)].map(({ stage, call, name }, i) => ({
    stage,
    floor,
    call,
    // Only what writes can be torn, and that is seldom: it is torn whenever it comes as one of its kind.
    mode: (torn !== undefined && i < some.length && WRITES.test(name)
      ? torn
      : kinds[(i + seed) % kinds.length]) as Mode,
    goesOn: i % 2 === 0,
    attempts: i % 3 === 0 ? 3 : 1,
    concurrency: i % 5 === 0 ? 2 : 1,
  }));
}

/** At most so many, evenly from the whole list; another seed takes others. */
export function spread<T>(all: readonly T[], count: number, seed: number): T[] {
  const shift = (seed % 97) / 97;
  const most = Math.min(count, all.length);
  return Array.from({ length: most }, (_, i) => all[Math.floor(((i + shift) * all.length) / most)] as T);
}

export function ground(ports: Injector, system: Injector): Ground {
  return { root: newFolder(), ports, system };
}
