import { execFileSync } from 'node:child_process';
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
import type { JobUse } from './job.ts';
import { median } from './machine.ts';
import type { World } from './millrace.ts';
import { benchPython } from './python.ts';
import { type Result, result } from './results.ts';
import { PASSIVE, writeRows } from './training-matrix.ts';

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

/** Gradient-boosted trees on the example's own training set, beside LightGBM where there is a Python. */
export async function fraudTraining(
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
    const auc = rocAuc(judged(target), judged(await fitted.predict(columns))) ?? Number.NaN;
    return { seconds, rounds: fitted.summary.rounds, auc };
  };
  const found = benchPython('bench-lightgbm');
  const [ours, one, all]: [Trained[], Trained[], Trained[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await fitOnce());
    if ('reason' in found) continue;
    const { python } = found;
    one.push(lightgbm(python, world, { columns, target, split }, 1));
    all.push(lightgbm(python, world, { columns, target, split }, availableParallelism()));
  }
  const size = `${split.train.to.toLocaleString('en')} rows × ${columns.length} inputs`;
  const say = (runs: readonly Trained[]): string =>
    `${secondsOf(runs).toFixed(2)} s, ${runs[0]?.rounds} trees, ROC-AUC ${runs[0]?.auc.toFixed(4)}`;
  if ('reason' in found)
    return {
      results: [],
      notes: [
        `Training ${size}: ${say(ours)}. There is no LightGBM (${found.reason}), so nothing stands beside it.`,
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

/** The same matrix and parameters. */
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
  const file = join(world.folder, 'matrix.f64');
  writeRows(file, data.columns, data.target);
  const told = {
    file,
    threads,
    columns: data.columns.map(({ type }) => type),
    split: data.split,
    options: body.trainer.options,
    seed: body.seed,
  };
  const script = fileURLToPath(new URL('train-lightgbm.py', import.meta.url));
  const said = execFileSync(python, [script, JSON.stringify(told)], {
    encoding: 'utf8',
    env: { ...process.env, ...PASSIVE },
  });
  // LightGBM's own remarks come before.
  const { seconds, gave } = JSON.parse(said.trimEnd().split('\n').at(-1) as string) as JobUse;
  return { seconds, ...(gave as Pick<Trained, 'rounds' | 'auc'>) };
}
