import type { ColumnType } from '../../../base/index.ts';
import type { ColumnData } from '../../../engine/index.ts';
import type { BuildContext } from '../../../graph/index.ts';
import type { CheckResult } from '../../../store/state/index.ts';
import type { ModelVersion, VersionSummary } from '../detail.ts';
import type { Environment } from '../environment.ts';
import type { InputPlan } from '../inputs.ts';
import type { Evaluation } from '../judge/index.ts';
import { meanTarget, sharesOf } from '../judged.ts';
import type { Labelled } from '../labelled.ts';
import { inputColumns } from '../matrix.ts';
import type { ModelBody } from '../spec.ts';
import type { Attribution, InputColumn, RowRange } from '../train/index.ts';
import { type Part, trainingSetVersionOf } from '../training-set/index.ts';
import { byMissing } from './by-missing.ts';
import { byPeriod, periodFor } from './by-period.ts';
import { driftOf, type InputDrift } from './drift.ts';
import type { ModelReport, ReportPart, SeenInput } from './model-report.ts';
import { slicesOf } from './slices.ts';
import { sourcesBehind } from './sources.ts';
import { sampleOf, whyOf } from './why.ts';

/** What a build has when its candidate is judged. */
export interface Judgement {
  readonly plan: InputPlan;
  readonly labelled: Labelled;
  readonly fitted: {
    readonly summary: VersionSummary;
    attribute?(columns: readonly InputColumn[]): Attribution;
  };
  /** Answers to the rows to judge by. */
  readonly predicted: Float64Array;
  readonly threshold: number | null;
  readonly evaluation: Evaluation;
  readonly parts: ModelVersion['parts'];
  readonly comparison?: ModelVersion['comparison'];
  readonly environment: Environment;
  readonly checks: readonly CheckResult[];
}

/** Writes what is told of a candidate as JSON, and gives the name of the blob: pages and cards are drawn from it. */
export async function writeReport(
  context: Pick<BuildContext<ModelBody>, 'node' | 'workspace' | 'input'>,
  judgement: Judgement,
): Promise<string> {
  const told = `${JSON.stringify(reportOf(context, judgement), null, 1)}\n`;
  return context.workspace.blobs.put(new TextEncoder().encode(told));
}

/** All that is told of a candidate. */
export function reportOf(
  { node, workspace, input }: Pick<BuildContext<ModelBody>, 'node' | 'workspace' | 'input'>,
  judgement: Judgement,
): ModelReport {
  const { body } = node;
  const { plan, labelled, fitted, predicted, threshold, evaluation, comparison, environment, checks } =
    judgement;
  const { state } = workspace;
  const trainingSet = input(body.trainingSet);
  const set = trainingSetVersionOf(trainingSet);
  const { definition, labels, sampled, rows } = set.manifest;
  const { train, test } = labelled.parts;
  const judged = { judging: body, labelled, predicted, threshold };
  const { rounds, trainLoss, validationLoss, search, notes, importance } = fitted.summary;
  const known = inputColumns(labelled.inputs, train);
  const sample = fitted.attribute === undefined ? [] : sampleOf(known, test);
  return {
    millrace: 1,
    model: node.name,
    task: body.task,
    target: body.target,
    ...(labelled.classes === undefined ? {} : { classes: labelled.classes }),
    ...(node.description === undefined ? {} : { description: node.description }),
    ...(node.owner === undefined ? {} : { owner: node.owner }),
    ...(body.purpose === undefined ? {} : { purpose: body.purpose }),
    notFor: body.notFor ?? [],
    ...(body.costUnit === undefined ? {} : { costUnit: body.costUnit }),
    keys: plan.keys,
    trainer: body.trainer,
    ...(body.calibrate === undefined ? {} : { calibrated: body.calibrate }),
    seed: body.seed,
    environment,
    data: {
      trainingSet: trainingSet.id,
      labels: labels.version,
      sources: sourcesBehind(state, trainingSet),
      asOf: set.asOf,
      knownAfter: definition.labels.knownAfter,
      rows,
      unknownYet: set.unknownYet,
      ...(set.unanswered === undefined ? {} : { unanswered: set.unanswered }),
      ...(sampled === null || sampled.share >= 1 ? {} : { negativesKept: sampled.share }),
      ...(definition.labels.weight === undefined ? {} : { weighedBy: definition.labels.weight }),
      splitBy: 'by' in definition.split ? 'entity' : 'time',
      parts: partsOf(labelled, judgement.parts),
      inputs: known.map((column, i) => seenOf(column, (labelled.inputs[i] as ColumnData).type, train)),
      checks: state.checks(trainingSet.id),
    },
    evaluation,
    slices: slicesOf(body, judged),
    drift: driftBetween(labelled.inputs, train, test),
    periods: byPeriod(judged, periodFor(labelled.at.subarray(test.from, test.to))),
    missing: byMissing(judged),
    importance,
    ...(fitted.attribute === undefined ? {} : { why: whyOf(sample, fitted.attribute(sample)) }),
    ...(comparison === undefined ? {} : { comparison }),
    training: { rounds, trainLoss, validationLoss, notes, ...(search === undefined ? {} : { search }) },
    checks,
  };
}

function partsOf(labelled: Labelled, parts: ModelVersion['parts']): ModelReport['data']['parts'] {
  const of = (part: Part): ReportPart => {
    const range = labelled.parts[part];
    const shares = labelled.classes === undefined ? {} : { shares: sharesOf(labelled, range) };
    return { ...parts[part], mean: meanTarget(labelled, range), ...shares };
  };
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

/** Rows of a part that drift is told from: of more, every k-th. Chance makes next to nothing of so many. */
const DRIFT_ROWS = 200_000;

function driftBetween(inputs: readonly ColumnData[], train: RowRange, test: RowRange): InputDrift[] {
  const taken = [train, test].map(({ from, to }) => {
    const step = Math.max(1, Math.ceil((to - from) / DRIFT_ROWS));
    return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);
  });
  const rows = taken.flat();
  const first = taken[0]?.length ?? 0;
  const some = inputs.map(
    (column): ColumnData =>
      column.type === 'string'
        ? { ...column, values: rows.map((row) => column.values[row] as string | null) }
        : { ...column, values: Float64Array.from(rows, (row) => column.values[row] as number) },
  );
  // Of all of them: a category that only the rows judged by have is one of its own.
  const columns = inputColumns(some, { from: 0, to: rows.length });
  return driftOf(columns, { from: 0, to: first }, { from: first, to: rows.length });
}

/** The most frequent categories that are named. */
const NAMED = 5;

function seenOf(column: InputColumn, type: ColumnType, { from, to }: RowRange): SeenInput {
  let missing = 0;
  if (column.type === 'category') {
    for (let row = from; row < to; row++) if ((column.codes[row] as number) < 0) missing++;
    const { name: input, categories } = column;
    return {
      ...{ input, type, missing: share(missing, to - from) },
      categories: { count: categories.length, first: categories.slice(0, NAMED) },
    };
  }
  let [min, max] = [Infinity, -Infinity];
  for (let row = from; row < to; row++) {
    const value = column.values[row] as number;
    if (Number.isNaN(value)) missing++;
    else {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  const range = Number.isFinite(min) && Number.isFinite(max) ? { min, max } : null;
  return { input: column.name, type, missing: share(missing, to - from), range };
}

const share = (some: number, all: number): number => (all === 0 ? 0 : some / all);
