import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { samplePredictions, versionsNamed } from '../../src/assets/endpoint/predictions.ts';
import { findPrediction, flushPredictions, type Prediction, predictionLog } from '../../src/assets/index.ts';
import { type JsonObject, newId } from '../../src/base/index.ts';
import type { Workspace } from '../../src/graph/index.ts';
import { createServer } from '../../src/server/index.ts';
import { makeShop, openShop, question } from '../../src/server/shop.fixture.ts';

// Predictions are brought from the log to the lake by a server, beside whoever looks at both: at whatever moment it does, none is overlooked.

const shop = makeShop(12);
let open: Awaited<ReturnType<typeof openShop>>;
let first: Prediction;
before(async () => {
  open = await openShop(shop);
  await open.run();
  const app = await createServer(open.graph, open.workspace);
  const answer = await app.inject({ method: 'POST', url: '/v1/predict/screen', payload: question });
  first = (await findPrediction(open.workspace, 'screen', answer.json<One>().id)) as Prediction;
  await app.close();
});
after(async () => {
  await open.workspace.close();
  shop.remove();
});

interface One {
  readonly id: string;
  readonly version: string;
}

/**
 * Puts one prediction into the log, of a version that no other has, and looks while all of the log is brought to the lake just before the k-th
 * time that log or engine is opened.
 */
async function looking<T>(
  k: number,
  look: (workspace: Workspace, id: string) => Promise<T>,
): Promise<[One, T]> {
  const one = { ...first, id: newId(), version: `screen@${newId()}` };
  await (await open.workspace.log(predictionLog('screen'))).append(one as unknown as JsonObject);
  let opened = 0;
  const moment = async (): Promise<void> => {
    if (opened++ === k) await flushPredictions(open.workspace, 'screen');
  };
  const watched: Workspace = {
    ...open.workspace,
    log: async (name) => {
      await moment();
      return open.workspace.log(name);
    },
    engine: {
      ...open.workspace.engine,
      session: async () => {
        await moment();
        return open.workspace.engine.session();
      },
    },
  };
  return [one, await look(watched, one.id)];
}

for (const k of [0, 1, 2]) {
  test(`one is found, brought at moment ${k}`, async () => {
    const [{ id }, found] = await looking(k, (workspace, wanted) =>
      findPrediction(workspace, 'screen', wanted),
    );
    assert.equal(found?.id, id);
  });

  test(`one is in the sample, once, brought at moment ${k}`, async () => {
    const [{ id }, found] = await looking(k, (workspace) =>
      samplePredictions(workspace, 'screen', { since: 0, most: 1_000 }),
    );
    assert.equal(found.filter((one) => one.id === id).length, 1);
    assert.equal(new Set(found.map((one) => one.id)).size, found.length);
  });

  test(`the versions that one names are kept, brought at moment ${k}`, async () => {
    const [{ version }, found] = await looking(k, (workspace) => versionsNamed(workspace, 'screen'));
    assert.ok(found.has(version));
  });
}
