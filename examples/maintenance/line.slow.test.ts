import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { RunResult } from '../../src/graph/index.ts';
import { answersAt, inputsAt, type Known, knownOf } from './features.oracle.ts';
import { differences, openPlant, type Plant } from './plant.fixture.ts';

// All models, on as many machines as the public tables have, delivered as these are: five files, headers in quotes.

const TABLES = ['PdM_telemetry', 'PdM_errors', 'PdM_maint', 'PdM_failures', 'PdM_machines'];

let plant: Plant;
let result: RunResult;
let known: Map<number, Known>;

before(async () => {
  plant = await openPlant(100, 120, '2016-01-01T00:00:00Z', deliverAsPublic);
  result = await plant.run();
});
after(() => plant?.close());

/** Puts one file of each table in the place of the many; the largest gzipped. */
function deliverAsPublic(data: string): void {
  known = knownOf(data);
  const files = readdirSync(data).sort();
  for (const table of TABLES) {
    const parts = files
      .filter((file) => file.startsWith(table))
      .map((file) => {
        const text = readFileSync(join(data, file), 'utf8');
        rmSync(join(data, file));
        return { header: text.slice(0, text.indexOf('\n')), rows: text.slice(text.indexOf('\n') + 1) };
      });
    const header = parts[0]!.header.replace(/\w+/g, '"$&"');
    const text = [header, '\n', ...parts.map(({ rows }) => rows)].join('');
    if (table === 'PdM_telemetry') writeFileSync(join(data, `${table}.csv.gz`), gzipSync(text));
    else writeFileSync(join(data, `${table}.csv`), text);
  }
}

test('everything is published from the five files', () => {
  assert.deepEqual(
    result.steps
      .filter(({ outcome }) => outcome !== 'published')
      .map(({ step, note }) => `${step.asset}: ${note}`),
    [],
  );
  const { state } = plant.workspace;
  const suspected = ['days', 'which_training', 'holds_training']
    .flatMap((name) => state.checks(state.live(name)!.id))
    .filter(({ name, passed }) => name.startsWith('leakage') && !passed);
  assert.deepEqual(suspected, []);
});

test('inputs and answers are those computed by hand', async () => {
  const until = Math.max(...[...known.values()].map(({ readings }) => readings.at(-1)!.at));
  for (const [set, target] of [
    ['days', 'fails_within_24h'],
    ['which_training', 'fails_next'],
    ['holds_training', 'hours_left'],
  ] as const) {
    const rows = await plant.rows<{ machineID: string; asked_at: Date }>(set);
    const step = Math.floor(rows.length / 200);
    for (let i = 0; i < rows.length; i += step) {
      const row = rows[i]!;
      const [of, at] = [known.get(Number(row.machineID))!, row.asked_at.getTime()];
      const wanted = { ...inputsAt(of, at), [target]: answersAt(of, at, until)[target] };
      assert.deepEqual(
        differences(row, wanted),
        [],
        `${set}: machine ${row.machineID} at ${row.asked_at.toJSON()}`,
      );
    }
  }
});

test('whether it fails: far better than what is usual, cheaper than to do nothing, and as likely as it says', () => {
  const [ours, usual] = ['failing', 'usual'].map((name) => plant.model(name).evaluation.figures);
  console.log(`failing: ${JSON.stringify(ours)}\nusual: ${JSON.stringify(usual)}`);
  assert.ok(ours!.rocAuc! > 0.85 && usual!.rocAuc! < 0.7, `${ours!.rocAuc} and ${usual!.rocAuc}`);
  assert.ok(ours!.prAuc! > 8 * usual!.prAuc!, `${ours!.prAuc} and ${usual!.prAuc}`);
  assert.ok(
    ours!.expectedCost! < 0.7 * usual!.expectedCost!,
    `${ours!.expectedCost} and ${usual!.expectedCost}`,
  );
  assert.ok(ours!.calibrationError! < 0.01, `${ours!.calibrationError}`);
});

test('what fails: each component is told from the rest', () => {
  const { evaluation } = plant.model('which');
  assert.ok(evaluation.task === 'multiclass');
  assert.deepEqual([...evaluation.classes].sort(), ['comp1', 'comp2', 'comp3', 'comp4', 'none']);
  console.log(`which: ${JSON.stringify(evaluation.figures)}`);
  assert.ok(evaluation.figures.rocAuc! > 0.85, `${evaluation.figures.rocAuc}`);
  assert.ok(evaluation.figures.prAuc! > 0.35, `${evaluation.figures.prAuc}`);
});

test('how long it holds: the loss is below that of one answer for all', async () => {
  const rows = await plant.rows<{ hours_left: number; _split: string }>('holds_training');
  const hours = (split: string) =>
    rows.filter(({ _split }) => _split === split).map(({ hours_left }) => hours_left);
  const sorted = hours('train').sort((a, b) => a - b);
  const always = sorted[Math.floor(0.1 * sorted.length)]!;
  const losses = hours('test').map((h) => (h > always ? 0.1 * (h - always) : 0.9 * (always - h)));
  const usual = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const ours = plant.model('holds').evaluation.figures.pinball!;
  console.log(`holds: pinball ${ours}, of ${always} hours for all ${usual}`);
  assert.ok(ours < 0.9 * usual, `${ours} and ${usual}`);
});
