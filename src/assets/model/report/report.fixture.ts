import { DAY } from '../../../base/index.ts';
import type { ColumnData } from '../../../engine/index.ts';
import type { BuildContext } from '../../../graph/index.ts';
import type { CheckResult, Version } from '../../../store/state/index.ts';
import { fitModel } from '../fit.ts';
import { seededUint32 } from '../judge/random.ts';
import { compareOn, judge, thresholdOf } from '../judged.ts';
import { type Labelled, rowsOfPart } from '../labelled.ts';
import type { ModelBody, Task, TrainerSpec } from '../spec.ts';
import type { Fitted } from '../train/index.ts';
import { trainerOf } from '../trainers.ts';
import type { ModelReport } from './model-report.ts';
import { reportOf } from './write-report.ts';

const START = Date.UTC(2026, 0, 1) * 1000;

/** Random labelled rows of a task, over 200 days: a number that drifts, one that is missing now and then, a category, a truth, a constant. */
export function labelledRows(
  task: Task,
  rows: number,
  seed = 7,
  names: (name: string) => string = (name) => name,
): Labelled {
  const next = seededUint32(seed);
  const random = (): number => next() / 2 ** 32;
  const normal = (): number =>
    Math.sqrt(-2 * Math.log((next() + 1) / (2 ** 32 + 1))) * Math.cos(2 * Math.PI * random());
  const at = Float64Array.from({ length: rows }, (_, i) => START + Math.floor((200 * DAY * i) / rows));
  const amount = at.map((_, i) => Math.exp(3 + 0.8 * normal() + (0.6 * i) / rows));
  const usual = at.map(() => (random() < 0.12 ? Number.NaN : Math.exp(3 + 0.5 * normal())));
  const country = Array.from(at, () =>
    names(['DE', 'FR', 'IT', 'PL'][Math.floor(4 * random() ** 1.5)] as string),
  );
  const abroad = at.map(() => (random() < 0.3 ? 1 : 0));
  const noise = (i: number): number => (country[i] === names('PL') ? 2.5 : 0.7);
  const signal = at.map(
    (_, i) =>
      1.4 * Math.log((amount[i] as number) / (Number.isNaN(usual[i]) ? 20 : (usual[i] as number))) +
      1.1 * (abroad[i] as number),
  );
  const target = signal.map((value, i) => {
    const moved = value + noise(i) * normal();
    if (task === 'binary') return moved > 1.8 ? 1 : 0;
    if (task === 'multiclass') return moved < -0.5 ? 0 : moved < 1.2 ? 1 : 2;
    if (task === 'regression') return 50 + 12 * moved;
    return Math.max(0, Math.min(3, Math.round(moved)));
  });
  const groups = task === 'ranking' ? Int32Array.from(at, (_, i) => Math.floor(i / 20)) : undefined;
  const inputs: ColumnData[] = [
    { name: names('amount'), type: 'double', values: amount },
    { name: names('usual_30d'), type: 'double', values: usual },
    { name: names('country'), type: 'string', values: country },
    { name: names('abroad'), type: 'boolean', values: abroad },
    { name: names('constant'), type: 'double', values: at.map(() => 3) },
  ];
  const [first, second] = [0.7 * rows, 0.85 * rows];
  return {
    at,
    target,
    classes: task === 'multiclass' ? ['low', 'middle', 'top'].map(names) : undefined,
    groups,
    entities: Int32Array.from(at, (_, i) => (i * 7919) % Math.max(1, Math.floor(rows / 4))),
    inputs,
    weights: undefined,
    parts: {
      train: { from: 0, to: first },
      validation: { from: first, to: second },
      test: { from: second, to: rows },
    },
  };
}

export const bodyOf = (task: Task, change: Partial<ModelBody> = {}): ModelBody => ({
  trainingSet: 'rows',
  target: { binary: 'is_fraud', multiclass: 'size', regression: 'minutes', ranking: 'grade' }[task],
  task,
  trainer: { trainer: 'gbdt', options: { trees: 40 } },
  gates: [],
  cost: { falsePositive: 5, falseNegative: 60 },
  seed: 1,
  ...change,
});

/** A trained candidate over labelled rows. */
export async function trained(body: ModelBody, labelled: Labelled) {
  const room = { at: labelled.at, entities: labelled.groups ?? labelled.entities };
  const fit = (trainer: TrainerSpec) => fitModel<Fitted>(trainerOf(trainer), body, labelled, room, {});
  const { fitted, predicted } = await fit(body.trainer);
  const tested = rowsOfPart(predicted, labelled, labelled.parts.test);
  const threshold = thresholdOf(body, labelled, predicted);
  return { fitted, predicted: tested, threshold, all: predicted };
}

/** What a formula answers to labelled rows of yes or no: it changes with no trainer. */
function answered(labelled: Labelled, clever: boolean) {
  const [amount, usual, , abroad] = labelled.inputs.map(({ values }) => values as Float64Array) as [
    ...[Float64Array, Float64Array, unknown, Float64Array],
  ];
  const parts = (row: number): [number, number, number] => {
    const before = usual[row] as number;
    const expected = clever && !Number.isNaN(before) ? Math.log(before) - 3 : 0;
    return [Math.log(amount[row] as number) - 3, -expected, clever ? (abroad[row] as number) : 0];
  };
  const all = labelled.at.map((_, row) => {
    const score = parts(row).reduce((sum, part) => sum + 1.3 * part, -1.9);
    return Math.round(1e6 / (1 + Math.exp(-score))) / 1e6;
  });
  const summary = {
    ...{ rounds: 12, trainLoss: 0.31, validationLoss: 0.34, notes: ['It was stopped early.'] },
    importance: { amount: 0.6, usual_30d: 0.3, abroad: 0.1, country: 0, constant: 0 },
  };
  const attribute: NonNullable<Fitted['attribute']> = (columns) => {
    const values = columns.map((column) => (column.type === 'number' ? column.values : undefined));
    const rows = values[0]?.length ?? 0;
    const shares = new Float64Array(rows * columns.length);
    for (let row = 0; row < rows; row++) {
      shares[row * columns.length] = Math.log(values[0]?.[row] ?? 1) - 3;
      shares[row * columns.length + 3] = values[3]?.[row] ?? 0;
    }
    return { base: Float64Array.of(-1.9), shares, outputs: 1 };
  };
  const { test } = labelled.parts;
  return { fitted: { summary, attribute }, predicted: all.subarray(test.from, test.to), all };
}

function byFormula(body: ModelBody, labelled: Labelled, clever: boolean) {
  const { fitted, predicted, all } = answered(labelled, clever);
  return { fitted, predicted, threshold: thresholdOf(body, labelled, all) };
}

const GATE: CheckResult = {
  name: 'rocAuc ≥ 0.6',
  passed: true,
  severity: 'block',
  observed: '0.87',
  wanted: '≥ 0.6',
};

/** What is told of a model that is trained on such rows, beside one of a few trees; every word of it the same each time. */
export async function reportFor(
  task: Task,
  {
    rows = 10_000,
    body: change = {},
    labelled = labelledRows(task, rows),
    checks = [],
    formula = false,
  }: {
    /** Answers of a formula, not of a trainer. */
    formula?: boolean;
    rows?: number;
    body?: Partial<ModelBody>;
    labelled?: Labelled;
    checks?: readonly CheckResult[];
  } = {},
): Promise<ModelReport> {
  const body = bodyOf(task, change);
  const { fitted, predicted, threshold } = formula
    ? byFormula(body, labelled, true)
    : await trained(body, labelled);
  const { test } = labelled.parts;
  const few = { ...body, trainer: { trainer: 'gbdt', options: { trees: 3 } } };
  const champion = formula ? byFormula(body, labelled, false) : await trained(few, labelled);
  const comparison =
    test.to > test.from && body.trainer.trainer === 'gbdt'
      ? {
          comparison: {
            champion: 'screen@1',
            ...compareOn(body, labelled, champion, { predicted, threshold }),
          },
        }
      : {};
  const part = ({ from, to }: { from: number; to: number }) => ({
    rows: to - from,
    from: labelled.at[from] ?? Number.NaN,
    to: labelled.at[to - 1] ?? Number.NaN,
  });
  const { parts } = labelled;
  return reportOf(contextOf(body, labelled.at.length, checks), {
    ...{ labelled, fitted, predicted, threshold, ...comparison },
    plan: { lookups: [], requests: [], columns: [], keys: ['card_id'], requestColumns: [] },
    evaluation: judge(body, labelled, predicted, threshold),
    parts: { train: part(parts.train), validation: part(parts.validation), test: part(parts.test) },
    environment: {
      ...{ millrace: '0.1.0', node: '24.0.0', platform: 'linux-x64', onnxruntime: '1.20.0' },
      code: { declaration: 'd'.repeat(32), trainer: 't'.repeat(32), revision: null },
    },
    checks: [GATE],
  });
}

/** Where a build takes place, as far as a report looks round in it. */
export function contextOf(
  body: ModelBody,
  rows: number,
  checks: readonly CheckResult[],
): Pick<BuildContext<ModelBody>, 'node' | 'workspace' | 'input'> {
  const version = (id: string, kind: string, inputs: Record<string, string>, detail: unknown): Version =>
    ({ id, asset: id.split('@')[0], kind, inputs, detail }) as unknown as Version;
  const known = new Map(
    [
      version('payments@4', 'source', {}, {}),
      version('outcomes@2', 'table', { payments: 'payments@4' }, {}),
      version(
        'rows@3',
        'training-set',
        { outcomes: 'outcomes@2' },
        {
          asOf: START + 230 * DAY,
          unknownYet: 120,
          manifest: {
            labels: { version: 'outcomes@2' },
            definition: { labels: { knownAfter: 21 * DAY }, split: { train: 0.7, validation: 0.15 } },
            ...{ sampled: null, rows },
          },
        },
      ),
    ].map((one) => [one.id, one]),
  );
  return {
    node: { name: 'screen', kind: 'model', body, inputs: [] } as never,
    workspace: { state: { version: (id: string) => known.get(id), checks: () => checks } } as never,
    input: () => known.get('rows@3') as Version,
  };
}
