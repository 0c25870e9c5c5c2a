import { type Json, MillraceError } from '../../base/index.ts';
import type { BuildContext, Candidate, Node } from '../../graph/index.ts';
import type { CheckResult, Version } from '../../store/state/index.ts';
import { askChampion } from './champion.ts';
import { checkClasses } from './class-checks.ts';
import type { ModelFile, ModelVersion } from './detail.ts';
import { environmentOf } from './environment.ts';
import { checkFile } from './file-check.ts';
import { type Answering, fitModel, ownFile } from './fit.ts';
import { fitContext } from './fit-context.ts';
import { awaitApproval, judgeGates } from './gates.ts';
import { type InputPlan, planInputs } from './inputs.ts';
import { type Calibrator, type Evaluation, FIGURES, leadingOf } from './judge/index.ts';
import { judge, meanTarget, thresholdOf } from './judged.ts';
import { type Labelled, partOf, readLabelled, rowsOf, rowsOfPart } from './labelled.ts';
import { inputType } from './matrix.ts';
import { openModel } from './open-model.ts';
import { bringing, type FittedOutside } from './outside/bring.ts';
import { createOf } from './own/index.ts';
import { writeReport } from './report/write-report.ts';
import { isOfModel, judgeSameness } from './sameness.ts';
import { type ModelBody, type TrainingSetBody, tellsProbabilities } from './spec.ts';
import { judgeStress } from './stress/judge-stress.ts';
import { trackBuild } from './tracked-build.ts';
import type { Fitted } from './train/index.ts';
import { outsideOf, trainerOf } from './trainers.ts';
import { PARTS } from './training-set/index.ts';

/** Trains on the first part, stops and chooses the threshold by the next, judges on the last. */
export async function buildModel(context: BuildContext<ModelBody>): Promise<Candidate> {
  const { node, graph, workspace, progress } = context;
  const { body } = node;
  const rows = await rowsToLearnFrom(context);
  const { trainingSet, plan, labelled } = rows;
  const { classes, parts } = labelled;
  const trained = await trainOn(context, rows);
  const { fitted, calibrator } = trained;
  progress(0.9, 'judging');
  const threshold = thresholdOf(body, labelled, trained.predicted);
  const predicted = rowsOfPart(trained.predicted, labelled, parts.test);
  const evaluation = judge(body, labelled, predicted, threshold);
  const answering = {
    task: body.task,
    ...(classes === undefined ? {} : { classes }),
    file: await fileOf(fitted, calibrator, context),
    inputs: plan.columns.map(({ name, type }) => ({ name, type: inputType(type) })),
  };
  const champion = await askChampion(context, labelled, { predicted, threshold });
  const comparison = champion?.comparison && { champion: champion.version, ...champion.comparison };
  const checks: CheckResult[] = [
    ...(await checkAsTrained(context, labelled, trained, answering)),
    ...checkClasses(body.task, labelled).filter(({ passed }) => !passed),
    ...judgeGates(body.gates.filter(isOfModel), {
      figures: evaluation.figures,
      intervals: evaluation.intervals,
      apart: evaluation.apart,
      champion: champion?.figures,
      comparison: champion?.comparison,
      unasked: champion?.unasked,
    }),
    ...judgeSameness(body.gates, workspace.state, node.name),
    ...(await judgeStress(context, { labelled, answering, predicted, threshold, summary: fitted.summary })),
    ...awaitApproval(body),
  ];
  const spans = spansOf(labelled);
  const packages = 'file' in fitted ? fitted.packages : undefined;
  const environment = environmentOf(graph, node, workspace.folder, packages);
  const told = {
    plan,
    labelled,
    fitted,
    predicted,
    threshold,
    evaluation,
    parts: spans,
    environment,
    checks,
  };
  const kept = 'file' in fitted ? undefined : fitted.keep?.();
  const detail: ModelVersion = {
    trainer: body.trainer,
    ...answering,
    ...(kept === undefined ? {} : { kept: await workspace.blobs.put(kept) }),
    report: await writeReport(context, { ...told, ...(comparison === undefined ? {} : { comparison }) }),
    plan,
    trainingSet: trainingSet.id,
    seed: body.seed,
    threshold,
    summary: fitted.summary,
    parts: spans,
    meanTarget: meanTarget(labelled, parts.train),
    evaluation,
    ...(calibrator === undefined ? {} : { calibrator }),
    ...(comparison === undefined ? {} : { comparison }),
    ...('file' in fitted ? fitted.remembered : {}),
    environment,
  };
  const passed = checks.every((check) => check.passed || check.severity !== 'block');
  return {
    publish: trackBuild(workspace.tracking(), node, detail, passed),
    rows: labelled.at.length,
    note: noteOf(evaluation, fitted.summary.rounds, rows.set),
    checks,
    detail: detail as unknown as Json,
    changes: [],
  };
}

interface LearntFrom {
  readonly trainingSet: Version;
  readonly set: TrainingSetBody;
  readonly plan: InputPlan;
  readonly labelled: Labelled;
}

async function rowsToLearnFrom({
  node,
  graph,
  workspace,
  progress,
  input,
}: BuildContext<ModelBody>): Promise<LearntFrom> {
  const { body: set } = graph.nodes.get(node.body.trainingSet) as Node<TrainingSetBody>;
  const { plan } = planInputs(graph, node, set.inputs);
  const trainingSet = input(node.body.trainingSet);
  progress(0, 'reading the training set');
  const labelled = await readLabelled(workspace, trainingSet, set, plan);
  refuseEmptyParts(labelled, node);
  refuseFarTargets(labelled, node);
  return { trainingSet, set, plan, labelled };
}

async function trainOn(
  context: BuildContext<ModelBody>,
  rows: LearntFrom,
): Promise<Answering<Fitted | FittedOutside>> {
  const { node, workspace, progress, signal } = context;
  const { body } = node;
  const elsewhere = outsideOf(body.trainer);
  return fitModel<Fitted | FittedOutside>(
    elsewhere ? bringing(elsewhere, context, rows) : trainerOf(body.trainer, createOf(node)),
    body,
    rows.labelled,
    fitContext(workspace, node, rows.set, rows.trainingSet, rows.labelled),
    {
      signal,
      onProgress: (done, total, loss) =>
        progress(
          0.1 + (0.8 * done) / total,
          `${body.trainer.trainer}: ${done} of ${total}, loss ${loss.toFixed(5)}`,
        ),
    },
  );
}

/** Rows on which file and trainer are compared. */
const FILE_ROWS = 2_000;

/**
 * Whether the file answers as the trainer does, on the first rows of the judging part. A file from outside has given those very answers; what it gave
 * where it was trained, before it is calibrated, says more.
 */
async function checkAsTrained(
  { workspace, node }: BuildContext<ModelBody>,
  labelled: Labelled,
  { fitted, predicted, raw: { trained, filed } }: Answering<Fitted | FittedOutside>,
  { file, ...answering }: Parameters<typeof openModel>[1],
): Promise<CheckResult[]> {
  const outside = 'file' in fitted;
  if (outside && fitted.answers === undefined) return [];
  const { from, to } = (outside && fitted.answers?.range) || labelled.parts.test;
  const range = { from, to: Math.min(to, from + FILE_ROWS) };
  const rows = (answers: Float64Array): Float64Array => rowsOfPart(answers, labelled, range);
  const scorer = await openModel(workspace, { ...answering, file: outside ? fitted.file : file });
  try {
    const found = await scorer.score(rowsOf(labelled.inputs, range));
    const wanted = (outside && fitted.answers?.predicted) || predicted;
    const answers = [{ found, wanted: rows(wanted) }];
    if (!outside && filed !== undefined) answers.push({ found: rows(filed), wanted: rows(trained) });
    return [checkFile(answers, { probabilities: tellsProbabilities(node.body.task) })];
  } finally {
    await scorer.close();
  }
}

function refuseEmptyParts({ parts }: Labelled, node: Node<ModelBody>): void {
  for (const name of PARTS) {
    const { from, to } = parts[name];
    if (to > from) continue;
    throw new MillraceError({
      code: 'MILL_MODEL_PART_EMPTY',
      message: `Of ${parts.test.to} labelled rows none falls into the ${name} part.`,
      todo: 'Bring more labelled rows, or choose other shares with split.',
      owner: 'data',
      asset: node.name,
      place: node.place,
    });
  }
}

/** A trainer looks at the rows that it is given; what cannot be predicted cannot be judged by either. */
function refuseFarTargets(
  { target, parts: { test } }: Labelled,
  { name, place, body }: Node<ModelBody>,
): void {
  if (body.task !== 'regression') return;
  const far = partOf(target, test).findIndex((y) => !Number.isFinite(Math.fround(y)));
  if (far < 0) return;
  throw new MillraceError({
    code: 'MILL_TRAIN_TARGET_INVALID',
    message: `The target is ${target[test.from + far]} at row ${far} of those to judge on; wanted a finite number within ±3.4e38.`,
    todo: 'Drop or mend such rows.',
    owner: 'data',
    asset: name,
    place,
  });
}

/** What answers. A file of our own is calibrated within, one from outside is kept as it came and calibrated after. */
async function fileOf(
  fitted: Fitted | FittedOutside,
  calibrator: Calibrator | undefined,
  { workspace }: Pick<BuildContext, 'workspace'>,
): Promise<ModelFile> {
  if ('file' in fitted) return calibrator === undefined ? fitted.file : { ...fitted.file, calibrator };
  return { format: 'onnx', blob: await workspace.blobs.put(ownFile(fitted, calibrator)) };
}

/** Rows of each part, and the instants of its first and last. */
function spansOf({ at, parts }: Labelled): ModelVersion['parts'] {
  return Object.fromEntries(
    PARTS.map((name) => {
      const { from, to } = parts[name];
      // Where rows are ranked they are not in order of time.
      const instants = partOf(at, { from, to });
      const [first, last] = [
        instants.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
        instants.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
      ];
      return [name, { rows: to - from, from: first, to: last }];
    }),
  ) as ModelVersion['parts'];
}

function noteOf(evaluation: Evaluation, rounds: number, { split }: TrainingSetBody): string {
  const told = leadingOf(evaluation)
    .slice(0, 2)
    .map((name) => {
      const figure = evaluation.figures[name] ?? null;
      return `${FIGURES[name].label} ${figure === null ? 'undefined' : figure.toFixed(3)}`;
    });
  const where = `on held-out ${'by' in split ? 'entities' : 'time'}${rounds > 1 ? `, ${rounds} rounds` : ''}`;
  return `${told.join(', ')} ${where}`;
}
