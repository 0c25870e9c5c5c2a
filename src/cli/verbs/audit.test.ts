import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findPrediction, flushPredictions, type Prediction, predictionLog } from '../../assets/index.ts';
import { type JsonObject, newId } from '../../base/index.ts';
import { createServer } from '../../server/index.ts';
import { makeShop, openShop, question } from '../../server/shop.fixture.ts';

const shop = makeShop(12);
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let spoiltId: string;
/** By itself: within an id it stands by chance. */
const whom = new RegExp(`\\b${question.card_id}\\b`);

/** Forty predictions, half of them in the lake; then one that was served what no history gives. */
before(async () => {
  const { graph, workspace, run } = await openShop(shop);
  try {
    await run();
    const app = await createServer(graph, workspace);
    const ask = async (): Promise<string> => {
      const answer = await app.inject({ method: 'POST', url: '/v1/predict/screen', payload: question });
      return answer.json<{ id: string }>().id;
    };
    for (let i = 0; i < 20; i++) await ask();
    await flushPredictions(workspace, 'screen');
    for (let i = 0; i < 20; i++) await ask();
    const one = (await findPrediction(workspace, 'screen', await ask())) as Prediction;
    spoiltId = newId();
    const activity = { ...one.features['activity'], spent_7d: -7 };
    const spoilt = { ...one, id: spoiltId, features: { ...one.features, activity } };
    const log = await workspace.log(predictionLog('screen'));
    await log.append(spoilt as unknown as JsonObject);
    await app.close();
  } finally {
    await workspace.close();
  }
});
after(() => shop.remove());

async function mill(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
    cwd: shop.folder,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1' },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    said.stdout += text;
  });
  child.stderr.on('data', (text) => {
    said.stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
}

interface Document {
  readonly ok: boolean;
  readonly audits: readonly {
    readonly asked: string;
    readonly of: string;
    readonly answers: number;
    readonly features: readonly {
      readonly asset: string;
      readonly feature: string;
      readonly knownThen: { readonly compared: number; readonly equal: number; readonly causes: object };
    }[];
    readonly mismatches: readonly {
      readonly answer: string;
      readonly feature: string;
      readonly explanation: { readonly cause: string; readonly reproduce?: unknown };
    }[];
  }[];
}
const documentOf = (stdout: string): Document => JSON.parse(stdout.trim().split('\n').at(-1) as string);

test('audit features: every logged prediction again, the one that differs told with what to do', async () => {
  const { code, stdout } = await mill('audit', 'features', '--json');
  assert.equal(code, 1, stdout);
  const [found] = documentOf(stdout).audits;
  assert.deepEqual([found?.asked, found?.of, found?.answers], ['screen', 'predictions', 42]);
  const spent = found?.features.find(({ feature }) => feature === 'spent_7d');
  assert.deepEqual(spent?.knownThen, { compared: 42, equal: 41, causes: { bug: 1 } });
  for (const { feature, knownThen } of found?.features ?? [])
    if (feature !== 'spent_7d') assert.deepEqual(knownThen, { compared: 42, equal: 42, causes: {} });
  assert.deepEqual(
    found?.mismatches.map(({ answer, feature, explanation }) => [answer, feature, explanation.cause]),
    [[spoiltId, 'spent_7d', 'bug']],
  );
  assert.equal(found?.mismatches[0]?.explanation.reproduce, '•••', 'card_id is personal');
  assert.doesNotMatch(stdout, whom);
  const shown = (await mill('audit', 'features', 'screen')).stdout;
  assert.match(shown, /activity\.spent_7d +41\/42 97\.62 % +1 bug +41\/42 97\.62 % +1 bug/);
  assert.match(shown, /activity\.payments_24h +42\/42 100 %/);
  assert.match(shown, new RegExp(`bug {2}activity.spent_7d {2}served -7, replayed .* ${spoiltId}`));
  assert.match(shown, /bug: Report it/);
  assert.doesNotMatch(shown, whom);
  const open = documentOf((await mill('audit', 'features', 'activity', '--json', '--personal')).stdout);
  const [{ explanation } = { explanation: {} }] = open.audits[0]?.mismatches ?? [];
  assert.equal((explanation as { reproduce: { entity: string } }).reproduce.entity, question.card_id);
  assert.ok(open.audits[0]?.features.every(({ asset }) => asset === 'activity'));
});

test('a sample is the same each time, and a smaller one is part of a larger', async () => {
  const { openWorkspace } = await import('../../graph/index.ts');
  const { samplePredictions } = await import('../../assets/index.ts');
  const workspace = await openWorkspace(shop.folder, { MILLRACE_MEMORY: '500MB' });
  try {
    const sample = async (most: number): Promise<string[]> =>
      (await samplePredictions(workspace, 'screen', { since: 0, most })).map(({ id }) => id);
    const [all, ten, again, five] = [await sample(1000), await sample(10), await sample(10), await sample(5)];
    assert.equal(new Set(all).size, 42);
    assert.deepEqual(ten, again);
    assert.equal(ten.length, 10);
    assert.ok(five.length === 5 && five.every((id) => ten.includes(id)));
    const none = await samplePredictions(workspace, 'screen', {
      since: workspace.clock.now() + 1e9,
      most: 10,
    });
    assert.deepEqual(none, []);
  } finally {
    await workspace.close();
  }
});

test('names, and ages that are none', async () => {
  const unknown = await mill('audit', 'features', 'activty');
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /no endpoint and no features 'activty'; it has 'activity'/);
  assert.match((await mill('audit', 'features', '--since', 'soon')).stderr, /MILL_DURATION_INVALID/);
});
