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
import type { RowRange } from './train/index.ts';
import { trainerOf } from './trainers.ts';
import { PARTS, type Part } from './training-set/index.ts';

/** How far the model's file may be from the trainer's own answers, in probability (or share of the target's spread). */
const FILE_TOLERANCE = 1e-5;
/** Rows of the judging part on which file and trainer are compared. */
const FILE_ROWS = 2_000;

/** The rows of each part. */
type Split = Readonly<Record<Part, RowRange>>;

/** The labelled rows in memory, part after part, each oldest first. */
interface Labelled {
  readonly at: Float64Array;
  readonly target: Float64Array;
  readonly inputs: readonly ColumnData[];
  /** For how many rows each stands; undefined when each stands for itself. */
  readonly weights: Float64Array | undefined;
  readonly split: Split;
}

/** Trains on the first part, stops and chooses the threshold by the next, judges on the last. */
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
  const { split, weights } = labelled;
  refuseEmptyParts(split, node);
  const columns = inputColumns(labelled.inputs, split.train);
  const trainer = trainerOf(body.trainer);
  const fitted = await trainer.fit({
    columns,
    target: labelled.target,
    task: body.task,
    ...(weights === undefined ? {} : { weights }),
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
  const { threshold, evaluation } = judge(body, labelled, predicted);
  const onnx = fitted.toOnnx();
  const signature = plan.columns.map(({ name, type }) => ({ name, type: inputType(type) }));
  const fileError = await compareFile(onnx, signature, labelled.inputs, predicted, split.test);
  const champion = await championFigures(context, labelled, threshold);
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
    PARTS.map((name) => {
      const { from, to } = split[name];
      return [name, { rows: to - from, from: labelled.at[from], to: labelled.at[to - 1] }];
    }),
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
    positiveRate: mean(labelled, split.train),
    evaluation,
  };
  return {
    rows: labelled.at.length,
    note: noteOf(evaluation, fitted.summary.rounds, trainingNode.body),
    checks,
    detail: detail as unknown as Json,
    changes: [],
  };
}

async function readLabelled(
  { workspace }: BuildContext<ModelBody>,
  trainingSet: Version,
  { labels, negatives }: TrainingSetBody,
  names: readonly string[],
): Promise<Labelled> {
  const table = workspace.lake.table(trainingSet.asset, trainingSet.snapshot) as TableState;
  const session = await workspace.engine.session();
  try {
    const scan = session.scan(table, { rowId: true });
    const columns = [labels.at, labels.target, '_weight', ...names].map(quoteName).join(', ');
    // Row ids are in the order in which the training set was written: by instant, then by the labels' own row ids.
    const [at, target, weight, ...inputs] = await session.columns(
      `select ${columns} from ${scan} order by case _split when 'train' then 0 when 'validation' then 1 else 2 end, _row_id`,
    );
    const counts = await session.rows<{ part: Part; n: number }>(
      `select _split as part, count(*) as n from ${scan} group by _split`,
    );
    return {
      at: (at as ColumnData).values as Float64Array,
      target: (target as ColumnData).values as Float64Array,
      inputs,
      weights: negatives === undefined ? undefined : ((weight as ColumnData).values as Float64Array),
      split: rangesOf((part) => counts.find((found) => found.part === part)?.n ?? 0),
    };
  } finally {
    session.close();
  }
}

/** Parts that follow each other. */
function rangesOf(rows: (part: Part) => number): Split {
  let to = 0;
  return Object.fromEntries(
    PARTS.map((part) => {
      const from = to;
      to += rows(part);
      return [part, { from, to }];
    }),
  ) as Split;
}

function refuseEmptyParts(split: Split, node: Node<ModelBody>): void {
  for (const name of PARTS) {
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
  labelled: Labelled,
  predicted: Float64Array,
): { threshold: number | null; evaluation: Evaluation } {
  const { target, split } = labelled;
  const { train, validation, test } = split;
  const base = mean(labelled, train);
  if (task === 'regression') {
    const truth = { target: partOf(target, test), predicted: partOf(predicted, test) };
    return { threshold: null, evaluation: evaluateRegression({ ...truth, baseValue: base }) };
  }
  const of = (range: RowRange) => ({
    target: partOf(target, range),
    probability: partOf(predicted, range),
    ...weightsOf(labelled, range),
  });
  const { threshold } = chooseThreshold({ ...of(validation), cost });
  return { threshold, evaluation: evaluateBinary({ ...of(test), threshold, cost, baseRate: base }) };
}

function partOf(values: Float64Array, { from, to }: RowRange): Float64Array {
  return values.subarray(from, to);
}

function weightsOf({ weights }: Labelled, range: RowRange): { weights?: Float64Array } {
  return weights === undefined ? {} : { weights: partOf(weights, range) };
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
  labelled: Labelled,
  fallbackThreshold: number | null,
): Promise<Figures | undefined> {
  if (live === undefined) return undefined;
  const champion = modelVersionOf(live);
  const { inputs, split } = labelled;
  const byName = new Map(inputs.map((column) => [column.name, column]));
  const columns = champion.inputs.map(({ name }) => byName.get(name));
  if (champion.task !== node.body.task || columns.some((column) => column === undefined))
    return figuresOf(champion.evaluation);
  const scorer = await openScorer(await workspace.blobs.get(champion.onnx), champion.inputs);
  try {
    const predicted = await scorer.score(rowsOf(columns as ColumnData[], split.test));
    const truth = partOf(labelled.target, split.test);
    if (champion.task === 'regression') return figuresOf(evaluateRegression({ target: truth, predicted }));
    const threshold = champion.threshold ?? fallbackThreshold ?? 0.5;
    const { cost } = node.body;
    const weights = weightsOf(labelled, split.test);
    return figuresOf(evaluateBinary({ target: truth, probability: predicted, threshold, cost, ...weights }));
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

function noteOf(evaluation: Evaluation, rounds: number, { split }: TrainingSetBody): string {
  const figure = (value: number | null): string => (value === null ? 'undefined' : value.toFixed(3));
  const where = `on held-out ${'by' in split ? 'entities' : 'time'}, ${rounds} rounds`;
  if (evaluation.task === 'regression') return `RMSE ${figure(evaluation.rmse)} ${where}`;
  return `ROC-AUC ${figure(evaluation.rocAuc)}, PR-AUC ${figure(evaluation.prAuc)} ${where}`;
}

/** Of the target in a part, each row by its weight. */
function mean({ target, weights }: Labelled, { from, to }: RowRange): number {
  let sum = 0;
  let whole = 0;
  for (let row = from; row < to; row++) {
    const weight = weights?.[row] ?? 1;
    sum += weight * (target[row] as number);
    whole += weight;
  }
  return whole === 0 ? 0 : sum / whole;
}
