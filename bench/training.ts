import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import project from '../examples/fraud/project.ts';
import { type ModelBody, modelVersionOf, type TrainingSetBody } from '../src/assets/index.ts';
import { rocAuc } from '../src/assets/model/judge/index.ts';
import { inputColumns } from '../src/assets/model/matrix.ts';
import { trainerOf } from '../src/assets/model/trainers.ts';
import { splitByTime } from '../src/assets/model/training-set/split.ts';
import type { ColumnData } from '../src/engine/index.ts';
import type { Workspace } from '../src/graph/index.ts';
import type { TableState } from '../src/store/lake/index.ts';
import { median } from './machine.ts';
import type { World } from './millrace.ts';
import { type Result, result } from './results.ts';

const nodes = project.assets.fraud['~'].nodes;
const body = nodes.find(({ kind }) => kind === 'model')?.body as ModelBody;
const trainingNode = nodes.find(({ kind }) => kind === 'training-set')?.body as TrainingSetBody;

/** Ours and theirs by turns, so that a busy moment of the machine hits both; the middle time counts. */
const ROUNDS = 3;

interface Trained {
  readonly seconds: number;
  readonly rounds: number;
  readonly auc: number;
}

/** Gradient-boosted trees on the example's own training set, beside LightGBM where BENCH_PYTHON names a Python that has it. */
export async function training(
  workspace: Workspace,
  world: World,
): Promise<{ results: Result[]; notes: string[] }> {
  const { at, target, inputs } = await trainingSet(workspace);
  const parts = trainingNode.split;
  if ('by' in parts) throw new Error('the example parts its rows by time');
  const split = splitByTime(at, parts);
  const columns = inputColumns(inputs, split.train);
  const fitOnce = async (): Promise<Trained> => {
    const began = performance.now();
    const fitted = await trainerOf(body.trainer).fit({
      columns,
      target,
      task: 'binary',
      train: split.train,
      validation: split.validation,
      seed: body.seed,
    });
    const seconds = (performance.now() - began) / 1000;
    const { from, to } = split.test;
    const judged = (values: Float64Array): Float64Array => values.subarray(from, to);
    const auc = rocAuc(judged(target), judged(fitted.predict(columns))) ?? Number.NaN;
    return { seconds, rounds: fitted.summary.rounds, auc };
  };
  const python = process.env['BENCH_PYTHON'];
  const beside = python !== undefined && spawnSync(python, ['-c', 'import lightgbm']).status === 0;
  const [ours, one, all]: [Trained[], Trained[], Trained[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await fitOnce());
    if (!beside) continue;
    one.push(lightgbm(python, world, { columns, target, split }, 1));
    all.push(lightgbm(python, world, { columns, target, split }, availableParallelism()));
  }
  const size = `${split.train.to.toLocaleString('en')} rows × ${columns.length} inputs`;
  const say = (runs: readonly Trained[]): string =>
    `${secondsOf(runs).toFixed(2)} s, ${runs[0]?.rounds} trees, ROC-AUC ${runs[0]?.auc.toFixed(4)}`;
  if (!beside)
    return {
      results: [],
      notes: [
        `Training ${size}: ${say(ours)}. BENCH_PYTHON names no Python with lightgbm, so nothing stands beside it.`,
      ],
    };
  const results = [
    { theirs: one, threads: 'one thread' },
    { theirs: all, threads: `${availableParallelism()} threads` },
  ].map(({ theirs, threads }) =>
    result(
      `training, ${size}, LightGBM on ${threads}`,
      secondsOf(ours) / secondsOf(theirs),
      'lower',
      say(ours),
      say(theirs),
    ),
  );
  return { results, notes: [] };
}

const secondsOf = (runs: readonly Trained[]): number => median(runs.map(({ seconds }) => seconds));

async function trainingSet({ engine, lake, state }: Workspace) {
  const session = await engine.session();
  try {
    const model = state.live('fraud');
    if (!model) throw new Error('no model is live');
    const names = modelVersionOf(model).inputs.map(({ name }) => `"${name}"`);
    const version = state.live('fraud_training');
    const scan = session.scan(lake.table('fraud_training', version?.snapshot) as TableState, { rowId: true });
    const [at, target, ...inputs] = await session.columns(
      `select paid_at, is_fraud, ${names.join(', ')} from ${scan} order by _row_id`,
    );
    const numbers = (column: ColumnData | undefined): Float64Array => column?.values as Float64Array;
    return { at: numbers(at), target: numbers(target), inputs };
  } finally {
    session.close();
  }
}

/** The same matrix and parameters, handed over as 64-bit floats, column by column. */
function lightgbm(
  python: string,
  world: World,
  data: {
    columns: ReturnType<typeof inputColumns>;
    target: Float64Array;
    split: ReturnType<typeof splitByTime>;
  },
  threads: number,
): Trained {
  const matrix = [
    data.target,
    ...data.columns.map((c) =>
      c.type === 'number' ? c.values : Float64Array.from(c.codes, (code) => (code < 0 ? Number.NaN : code)),
    ),
  ];
  const file = join(world.folder, 'matrix.f64');
  writeFileSync(file, Buffer.concat(matrix.map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength))));
  const told = {
    file,
    threads,
    columns: data.columns.map(({ type }) => type),
    split: data.split,
    options: body.trainer.options,
    seed: body.seed,
  };
  const script = fileURLToPath(new URL('train-lightgbm.py', import.meta.url));
  // OpenMP's threads spin while they wait. Where other processes want the cores too, two threads took between 2 and 21 s for what
  // takes 1.3 s when they wait passively: a figure about the machine, not about LightGBM. On a quiet one spinning may be the
  // faster way; that was not measured.
  const said = execFileSync(python, [script, JSON.stringify(told)], {
    encoding: 'utf8',
    env: { ...process.env, OMP_WAIT_POLICY: 'passive' },
  });
  // LightGBM's own remarks come before.
  return JSON.parse(said.trimEnd().split('\n').at(-1) as string) as Trained;
}
