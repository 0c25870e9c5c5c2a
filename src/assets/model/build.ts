import { type Json, MillraceError, quoteName } from '../../base/index.ts';
import type { ColumnData } from '../../engine/index.ts';
import type { BuildContext, Candidate, Node } from '../../graph/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import type { CheckResult, Version } from '../../store/state/index.ts';
import { type ModelVersion, modelVersionOf } from './detail.ts';
import { type Figures, judgeGates } from './gates.ts';
import { planInputs } from './inputs.ts';
import {
  chooseThreshold,
  type Evaluation,
  evaluateBinary,
  evaluateRegression,
  renderReport,
} from './judge/index.ts';
import { inputColumns, inputType } from './matrix.ts';
import { openScorer } from './onnx.ts';
import { isOfModel, judgeSameness } from './sameness.ts';
import type { ModelBody, TrainingSetBody } from './spec.ts';
import { periodOf, type Split, splitByTime } from './split.ts';
import type { RowRange } from './train/index.ts';
import { trainerOf } from './trainers.ts';

/** How far the model's file may be from the trainer's own answers, in probability (or share of the target's spread). */
const FILE_TOLERANCE = 1e-5;
/** Rows of the judging part on which file and trainer are compared. */
const FILE_ROWS = 2_000;

/** The labelled rows in memory, oldest first. */
interface Labelled {
  readonly at: Float64Array;
  readonly target: Float64Array;
  readonly inputs: readonly ColumnData[];
}

/** Trains on the oldest part, stops and chooses the threshold by the next, judges on the newest. */
export async function buildModel(context: BuildContext<ModelBody>): Promise<Candidate> {
  const { node, graph, workspace, progress, input } = context;
  const { body } = node;
  const trainingNode = graph.nodes.get(body.trainingSet) as Node<TrainingSetBody>;
  const { plan } = planInputs(graph, node, trainingNode.body.inputs);
  const trainingSet = input(body.trainingSet);
  progress(0, 'reading the training set');
  const labelled = await readLabelled(
    context,
    trainingSet,
    trainingNode.body,
    plan.columns.map((c) => c.name),
  );
  const split = splitByTime(labelled.at, body.split);
  refuseEmptyParts(split, node);
  const columns = inputColumns(labelled.inputs, split.train);
  const trainer = trainerOf(body.trainer);
  const fitted = await trainer.fit({
    columns,
    target: labelled.target,
    task: body.task,
    train: split.train,
    validation: split.validation,
    seed: body.seed,
    onProgress: (done, total, loss) =>
      progress(
        0.1 + (0.8 * done) / total,
        `${body.trainer.trainer}: ${done} of ${total}, loss ${loss.toFixed(5)}`,
      ),
  });
  progress(0.9, 'judging');
  const predicted = fitted.predict(columns);
  const part = (values: Float64Array, { from, to }: RowRange): Float64Array => values.subarray(from, to);
  const { threshold, evaluation } = judge(body, labelled.target, predicted, split);
  const onnx = fitted.toOnnx();
  const signature = plan.columns.map(({ name, type }) => ({ name, type: inputType(type) }));
  const fileError = await compareFile(onnx, signature, labelled.inputs, predicted, split.test);
  const champion = await championFigures(context, labelled, split.test, threshold);
  const checks: CheckResult[] = [
    {
      name: 'file answers as trained',
      passed: fileError <= FILE_TOLERANCE,
      severity: 'block',
      observed: fileError.toExponential(1),
      wanted: `≤ ${FILE_TOLERANCE}`,
    },
    ...judgeGates(body.gates.filter(isOfModel), figuresOf(evaluation), champion),
    ...judgeSameness(body.gates, workspace.state, node.name),
  ];
  const periods = Object.fromEntries(
    (['train', 'validation', 'test'] as const).map((name) => [
      name,
      { rows: split[name].to - split[name].from, ...periodOf(labelled.at, split[name]) },
    ]),
  );
  const report = renderReport({
    model: node.name,
    trainer: body.trainer.trainer,
    evaluation,
    importance: fitted.summary.importance,
    parts: periods as never,
  });
  const detail: ModelVersion = {
    task: body.task,
    trainer: body.trainer,
    onnx: await workspace.blobs.put(onnx),
    report: await workspace.blobs.put(new TextEncoder().encode(report)),
    inputs: signature,
    plan,
    trainingSet: trainingSet.id,
    seed: body.seed,
    threshold,
    summary: fitted.summary,
    parts: periods as never,
    positiveRate: mean(part(labelled.target, split.train)),
    evaluation,
  };
  return {
    rows: labelled.at.length,
    note: noteOf(evaluation, fitted.summary.rounds),
    checks,
    detail: detail as unknown as Json,
    changes: [],
  };
}

async function readLabelled(
  { workspace }: BuildContext<ModelBody>,
  trainingSet: Version,
  { labels }: TrainingSetBody,
  names: readonly string[],
): Promise<Labelled> {
  const table = workspace.lake.table(trainingSet.asset, trainingSet.snapshot) as TableState;
  const session = await workspace.engine.session();
  try {
    const columns = [labels.at, labels.target, ...names].map(quoteName).join(', ');
    // Row ids are in the order in which the training set was written: by instant, then by the labels' own row ids.
    const [at, target, ...inputs] = await session.columns(
      `select ${columns} from ${session.scan(table, { rowId: true })} order by _row_id`,
    );
    return {
      at: (at as ColumnData).values as Float64Array,
      target: (target as ColumnData).values as Float64Array,
      inputs,
    };
  } finally {
    session.close();
  }
}

function refuseEmptyParts(split: Split, node: Node<ModelBody>): void {
  for (const name of ['train', 'validation', 'test'] as const) {
    const { from, to } = split[name];
    if (to > from) continue;
    throw new MillraceError({
      code: 'MILL_MODEL_PART_EMPTY',
      message: `Of ${split.test.to} labelled rows none falls into the ${name} part.`,
      todo: 'Bring more labelled rows, or choose other shares with split.',
      owner: 'data',
      asset: node.name,
      place: node.place,
    });
  }
}

function judge(
  { task, cost }: ModelBody,
  target: Float64Array,
  predicted: Float64Array,
  { train, validation, test }: Split,
): { threshold: number | null; evaluation: Evaluation } {
  const of = (values: Float64Array, { from, to }: RowRange): Float64Array => values.subarray(from, to);
  if (task === 'regression') {
    const evaluation = evaluateRegression({
      target: of(target, test),
      predicted: of(predicted, test),
      baseValue: mean(of(target, train)),
    });
    return { threshold: null, evaluation };
  }
  const { threshold } = chooseThreshold({
    target: of(target, validation),
    probability: of(predicted, validation),
    cost,
  });
  const evaluation = evaluateBinary({
    target: of(target, test),
    probability: of(predicted, test),
    threshold,
    cost,
    baseRate: mean(of(target, train)),
  });
  return { threshold, evaluation };
}

/** The largest difference between the model's file and the trainer, on rows it is judged on; relative to the spread for numbers. */
async function compareFile(
  onnx: Uint8Array,
  signature: readonly { name: string; type: 'number' | 'category' }[],
  inputs: readonly ColumnData[],
  predicted: Float64Array,
  { from, to }: RowRange,
): Promise<number> {
  const scorer = await openScorer(onnx, signature);
  try {
    const end = Math.min(to, from + FILE_ROWS);
    const scores = await scorer.score(rowsOf(inputs, { from, to: end }));
    let worst = 0;
    let largest = 1;
    for (let i = from; i < end; i++) {
      largest = Math.max(largest, Math.abs(predicted[i] as number));
      worst = Math.max(worst, Math.abs((scores[i - from] as number) - (predicted[i] as number)));
    }
    return worst / largest;
  } finally {
    await scorer.close();
  }
}

/** The live version's figures on the very rows that judge the candidate; undefined when nothing is live or its inputs are no longer there. */
async function championFigures(
  { live, workspace, node }: BuildContext<ModelBody>,
  { inputs, target }: Labelled,
  test: RowRange,
  fallbackThreshold: number | null,
): Promise<Figures | undefined> {
  if (live === undefined) return undefined;
  const champion = modelVersionOf(live);
  const byName = new Map(inputs.map((column) => [column.name, column]));
  const columns = champion.inputs.map(({ name }) => byName.get(name));
  if (champion.task !== node.body.task || columns.some((column) => column === undefined))
    return figuresOf(champion.evaluation);
  const scorer = await openScorer(await workspace.blobs.get(champion.onnx), champion.inputs);
  try {
    const predicted = await scorer.score(rowsOf(columns as ColumnData[], test));
    const truth = target.subarray(test.from, test.to);
    if (champion.task === 'regression') return figuresOf(evaluateRegression({ target: truth, predicted }));
    const threshold = champion.threshold ?? fallbackThreshold ?? 0.5;
    return figuresOf(
      evaluateBinary({ target: truth, probability: predicted, threshold, cost: node.body.cost }),
    );
  } finally {
    await scorer.close();
  }
}

function rowsOf(columns: readonly ColumnData[], { from, to }: RowRange): Record<string, unknown>[] {
  return Array.from({ length: to - from }, (_, i) =>
    Object.fromEntries(
      columns.map((column) => {
        const value = column.values[from + i];
        return [column.name, column.type === 'timestamp' ? (value as number) / 1e6 : value];
      }),
    ),
  );
}

/** The gateable figures of an evaluation. */
export function figuresOf(evaluation: Evaluation): Figures {
  if (evaluation.task === 'regression') {
    const { rmse, mae, r2 } = evaluation;
    return { rmse, mae, r2 };
  }
  const { rocAuc, prAuc, logLoss, brier, calibrationError, expectedCost } = evaluation;
  return { rocAuc, prAuc, logLoss, brier, calibrationError, expectedCost };
}

function noteOf(evaluation: Evaluation, rounds: number): string {
  const figure = (value: number | null): string => (value === null ? 'undefined' : value.toFixed(3));
  if (evaluation.task === 'regression')
    return `RMSE ${figure(evaluation.rmse)} on held-out time, ${rounds} rounds`;
  return `ROC-AUC ${figure(evaluation.rocAuc)}, PR-AUC ${figure(evaluation.prAuc)} on held-out time, ${rounds} rounds`;
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}
