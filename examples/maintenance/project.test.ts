import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tracePrediction } from '../../src/assets/index.ts';
import type { RunResult } from '../../src/graph/index.ts';
import { createServer } from '../../src/server/index.ts';
import { answersAt, inputsAt, type Known, knownOf } from './features.oracle.ts';
import { differences, openPlant, type Plant, UNTIL } from './plant.fixture.ts';

// From files to an answer with its trace, on a small plant. The other models, and more machines, are in line.slow.test.ts.

let plant: Plant;
let result: RunResult;
let known: Map<number, Known>;

before(async () => {
  plant = await openPlant(30, 60);
  result = await plant.run('watch', 'usual');
  known = knownOf(plant.data);
});
after(() => plant?.close());

test('everything is published, and no check suspects that an input knows the answer', () => {
  assert.ok(result.ok);
  assert.deepEqual(
    result.steps.filter(({ outcome }) => outcome !== 'published').map(({ step }) => step.asset),
    [],
  );
  const leakage = plant.workspace.state.checks(plant.workspace.state.live('days')!.id);
  assert.ok(leakage.filter(({ name }) => name.startsWith('leakage')).length === 4);
  assert.deepEqual(
    leakage.filter(({ passed }) => !passed),
    [],
  );
});

test('labels are those of the raw files, and none where its day is not over', async () => {
  const rows = await plant.rows<{ machineID: number; asked_at: Date }>('labels');
  const asked = [...known.values()].flatMap(({ readings }) =>
    readings.filter(({ at }) => at % (6 * HOUR) === 0),
  );
  assert.equal(rows.length, asked.length);
  const until = Math.max(...[...known.values()].flatMap(({ readings }) => readings.at(-1)!.at));
  let open = 0;
  for (const row of rows) {
    const wanted = answersAt(known.get(Number(row.machineID))!, row.asked_at.getTime(), until);
    assert.deepEqual(differences(row, wanted), [], `machine ${row.machineID} at ${row.asked_at.toJSON()}`);
    if (wanted.fails_within_24h === null) open++;
  }
  const last = asked.filter(({ at }) => at > until - 24 * HOUR).length;
  assert.deepEqual([open, last > 100], [last, true]);
});

test('features are those computed by hand from the raw files', async () => {
  const rows = await plant.rows<{ machineID: string; asked_at: Date; fails_within_24h: boolean }>('days');
  const some = rows.filter((row, i) => row.fails_within_24h || i % 40 === 0);
  assert.ok(some.length > 200, `${some.length}`);
  for (const row of some) {
    const wanted = inputsAt(known.get(Number(row.machineID))!, row.asked_at.getTime());
    assert.deepEqual(differences(row, wanted), [], `machine ${row.machineID} at ${row.asked_at.toJSON()}`);
  }
  const inputs = plant.model('failing').inputs.map(({ name }) => name);
  assert.deepEqual(inputs.toSorted(), Object.keys(inputsAt(known.get(1)!, Date.parse(UNTIL))).sort());
});

test('the model beats what is usual for a machine of its model, and costs less', () => {
  const [ours, usual] = ['failing', 'usual'].map((name) => plant.model(name).evaluation.figures);
  assert.ok((ours!.prAuc as number) > 4 * (usual!.prAuc as number), `${ours!.prAuc} beside ${usual!.prAuc}`);
  assert.ok((ours!.rocAuc as number) > (usual!.rocAuc as number) + 0.15, `${ours!.rocAuc}`);
  assert.ok((ours!.expectedCost as number) < 0.9 * (usual!.expectedCost as number), `${ours!.expectedCost}`);
});

test('what is served is what the files say, and its trace names the rows', async () => {
  const app = await createServer(plant.graph, plant.workspace);
  try {
    const ask = async (machineID: string) => {
      const answer = await app.inject({ method: 'POST', url: '/v1/predict/watch', payload: { machineID } });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json() as { id: string; probability: number; decision: boolean };
    };
    for (const machine of [1, 17, 30]) {
      const { id, probability } = await ask(String(machine));
      assert.ok(probability > 0 && probability < 1);
      const trace = await tracePrediction(plant.graph, plant.workspace, id);
      assert.deepEqual(
        trace.features.filter(({ equal }) => !equal),
        [],
      );
      const served = Object.fromEntries(trace.features.map(({ name, served }) => [name, served]));
      assert.deepEqual(differences(served, inputsAt(known.get(machine)!, Date.parse(UNTIL))), []);
      const { readings, errors, service } = known.get(machine)!;
      const month = readings.filter(({ at }) => at >= Date.parse(UNTIL) - 30 * 24 * HOUR).length;
      assert.ok(trace.sourceRowCount > month + errors.length + service.length);
      assert.ok(trace.loads.some(({ path }) => path === 'data/PdM_telemetry-2026-09-30.csv'));
    }
    // A machine that nobody has heard of is answered, from nothing.
    assert.equal(typeof (await ask('999')).decision, 'boolean');
  } finally {
    await app.close();
  }
});

test('dates as other copies of the public files write them are read by what README.md shows', async () => {
  const [, form] = /strptime\(datetime, '([^']+)'\)/.exec(
    readFileSync(join(import.meta.dirname, 'README.md'), 'utf8'),
  ) as unknown as [string, string];
  const session = await plant.workspace.engine.session();
  try {
    const [row] = await session.rows<{ a: Date; b: Date; c: Date }>(
      `select strptime('1/1/2015 6:00:00 AM', '${form}') as a, strptime('12/31/2015 11:00:00 PM', '${form}') as b,
        strptime('2/3/2015 12:00:00 AM', '${form}') as c`,
    );
    assert.deepEqual(
      [row!.a, row!.b, row!.c].map((date) => date.toJSON()),
      ['2015-01-01T06:00:00.000Z', '2015-12-31T23:00:00.000Z', '2015-02-03T00:00:00.000Z'],
    );
  } finally {
    session.close();
  }
});

const HOUR = 3_600_000;
