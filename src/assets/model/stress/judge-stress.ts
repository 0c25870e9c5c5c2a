import { counted, formatDuration, formatInstant } from '../../../base/index.ts';
import type { ColumnData } from '../../../engine/index.ts';
import type { BuildContext, Node } from '../../../graph/index.ts';
import type { CheckResult } from '../../../store/state/index.ts';
import type { ModelVersion, VersionSummary } from '../detail.ts';
import { fitModel } from '../fit.ts';
import { FIGURES, type FigureName, type SliceTerm } from '../judge/index.ts';
import { holds } from '../judge/slice/term.ts';
import { judge, thresholdOf } from '../judged.ts';
import { type Labelled, rowsOfPart } from '../labelled.ts';
import { inputColumns } from '../matrix.ts';
import { openModel } from '../open-model.ts';
import { createOf } from '../own/index.ts';
import { byPeriodRows } from '../report/by-period.ts';
import { slicesOf } from '../report/slices.ts';
import { figuresOf, type JudgedRows } from '../report/some-rows.ts';
import type { SearchSpec } from '../search/index.ts';
import type { GateSpec, ModelBody, TrainerSpec, TrainingSetBody } from '../spec.ts';
import { searchedBy, trainerOf } from '../trainers.ts';
import { blanked, noisy } from './disturb.ts';
import type { StressBound, StressGate } from './spec.ts';

export const isStress = (gate: GateSpec): gate is StressGate => 'stress' in gate;

/** A candidate before its stress checks. */
export interface Stressed {
  readonly labelled: Labelled;
  readonly answering: Pick<ModelVersion, 'file' | 'inputs' | 'task' | 'classes'>;
  /** Answers to the rows to judge by. */
  readonly predicted: Float64Array;
  readonly threshold: number | null;
  readonly summary: VersionSummary;
}

type Context = Pick<
  BuildContext<ModelBody>,
  'node' | 'graph' | 'workspace' | 'input' | 'signal' | 'progress'
>;

/** What is looked at, whatever the check. */
interface Looking extends JudgedRows {
  readonly body: ModelBody;
  /** Answers of the model's file to other inputs of the rows to judge by. */
  readonly score: (columns: readonly ColumnData[]) => Promise<Float64Array>;
  /** A figure of a training with another seed. */
  readonly retrained: (metric: FigureName, seed: number) => Promise<number | null>;
  /** Checks of the training set. */
  readonly ofTrainingSet: () => readonly CheckResult[];
}

/** Judges how a candidate bears what its stress checks put it to. */
export async function judgeStress(context: Context, stressed: Stressed): Promise<CheckResult[]> {
  const { node, workspace, signal, progress, input } = context;
  const gates = node.body.gates.filter(isStress);
  if (gates.length === 0) return [];
  const { labelled, answering, predicted, threshold } = stressed;
  const scorer = await openModel(workspace, answering);
  const looking: Looking = {
    ...{ body: node.body, judging: node.body, labelled, predicted, threshold },
    score: (columns) => scorer.scoreColumns(columns),
    retrained: (metric, seed) => retrainedFigure(context, stressed, metric, seed),
    ofTrainingSet: () => workspace.state.checks(input(node.body.trainingSet).id),
  };
  try {
    const results: CheckResult[] = [];
    for (const gate of gates) {
      signal.throwIfAborted();
      progress(0.95, `under stress: ${gate.stress}`);
      results.push(await judgeOne(gate, looking));
    }
    return results;
  } finally {
    await scorer.close();
  }
}

/** One stress check. */
export async function judgeOne(gate: StressGate, looking: Looking): Promise<CheckResult> {
  switch (gate.stress) {
    case 'byPeriod':
      return everywhere(`in every ${formatDuration(gate.every)}`, gate, periodsOf(gate, looking), looking);
    case 'slices':
      return everywhere('in every slice', gate, slicesWithRows(looking), looking);
    case 'missing': {
      const { share, metric, within } = gate;
      const inputs = blanked(looking.labelled.inputs, looking.labelled.parts.test, share, looking.body.seed);
      return nearly(`with ${shown(100 * share)} % of inputs missing`, metric, within, inputs, looking);
    }
    case 'noise': {
      const { sigma, metric, within } = gate;
      const { inputs, parts } = looking.labelled;
      const moved = noisy(inputs, parts.test, parts.train, sigma, looking.body.seed);
      return nearly(`with noise of ${shown(sigma)} σ`, metric, within, moved, looking);
    }
    case 'seeds':
      return overSeeds(gate, looking);
    case 'noLeakage':
      return noLeakage(looking.ofTrainingSet());
  }
}

/** Some of the rows to judge by, under a name. */
interface Place {
  readonly name: string;
  readonly rows: readonly number[];
}

/** A bound that must hold in each place with enough rows. Where a figure is undefined, it does not hold. */
function everywhere(
  where: string,
  { metric, must, than, rows: least }: StressBound & { readonly rows: number },
  places: readonly Place[],
  looking: JudgedRows,
): CheckResult {
  const sign = must === 'atLeast' ? '≥' : '≤';
  const judged = places
    .filter(({ rows }) => rows.length >= least)
    .map(({ name, rows }) => ({ name, rows: rows.length, value: figuresOf(looking, rows)[metric] ?? null }));
  const bad = ({ value }: { value: number | null }): boolean =>
    value === null || (must === 'atLeast' ? value < than : value > than);
  const harm = ({ value }: { value: number | null }): number =>
    value === null ? Number.POSITIVE_INFINITY : must === 'atLeast' ? -value : value;
  const worst = judged.toSorted((a, b) => harm(b) - harm(a))[0];
  const failed = judged.filter(bad).length;
  const counted = failed === 0 ? `${judged.length} judged` : `${failed} of ${judged.length} beyond`;
  return {
    name: `stress: ${metric} ${sign} ${than} ${where}`,
    // Nothing to judge is nothing that held.
    passed: worst !== undefined && failed === 0,
    severity: 'block',
    observed:
      worst === undefined
        ? `none of ${places.length} has ${least} rows`
        : `worst ${shown(worst.value)} in ${worst.name}, ${worst.rows.toLocaleString('en')} rows; ${counted}`,
    wanted: `${sign} ${shown(than)} where there are ${least} rows`,
  };
}

function periodsOf({ every }: { readonly every: number }, { labelled }: JudgedRows): Place[] {
  const day = (instant: number): string =>
    formatInstant(instant).slice(0, every % 86_400_000_000 === 0 ? 10 : 16);
  return byPeriodRows(labelled, every).map(({ from, rows }) => ({
    name: `${day(from)} and ${formatDuration(every)} on`,
    rows,
  }));
}

function slicesWithRows(looking: Looking): Place[] {
  const { labelled, body } = looking;
  const found = slicesOf(body, looking);
  const { from, to } = labelled.parts.test;
  const columns = inputColumns(labelled.inputs, { from: 0, to });
  const rowsOf = (where: readonly SliceTerm[]): number[] => {
    const tests = where.map((term) => holds(term, columns));
    const rows: number[] = [];
    for (let row = from; row < to; row++) if (tests.every((test) => test(row))) rows.push(row - from);
    return rows;
  };
  return [...found.declared, ...found.worst].map(({ name, where }) => ({ name, rows: rowsOf(where) }));
}

/** A figure that must not become worse by more than so much. */
async function nearly(
  how: string,
  metric: FigureName,
  within: number,
  inputs: readonly ColumnData[],
  looking: Looking,
): Promise<CheckResult> {
  const { labelled, predicted, threshold, judging } = looking;
  const figureOf = (answers: Float64Array): number | null =>
    judge(judging, labelled, answers, threshold, 'figures').figures[metric] ?? null;
  const before = figureOf(predicted);
  const after = figureOf(await looking.score(inputs));
  const lost =
    before === null || after === null
      ? null
      : FIGURES[metric].better === 'lower'
        ? after - before
        : before - after;
  return {
    name: `stress: ${metric} ${how}`,
    passed: lost !== null && lost <= within,
    severity: 'block',
    observed: `${shown(after)} instead of ${shown(before)}`,
    wanted: `worse by at most ${shown(within)}`,
  };
}

async function overSeeds(
  { n, metric, within }: StressGate & { readonly stress: 'seeds' },
  { judging, labelled, predicted, threshold, body, retrained }: Looking,
): Promise<CheckResult> {
  const values = [judge(judging, labelled, predicted, threshold, 'figures').figures[metric] ?? null];
  for (let i = 1; i <= n; i++) values.push(await retrained(metric, body.seed + i));
  const known = values.filter((value) => value !== null);
  const spread = known.length < values.length ? null : Math.max(...known) - Math.min(...known);
  return {
    name: `stress: ${metric} with ${counted(n, 'other seed')}`,
    passed: spread !== null && spread <= within,
    severity: 'block',
    observed:
      spread === null
        ? 'undefined'
        : `${shown(Math.min(...known))} to ${shown(Math.max(...known))}, ${shown(spread)} apart`,
    wanted: `at most ${shown(within)} apart`,
  };
}

/** Trained again on the same rows; what a search chose stays chosen. */
async function retrainedFigure(
  { node, graph, signal, progress }: Context,
  { labelled, summary }: Stressed,
  metric: FigureName,
  seed: number,
): Promise<number | null> {
  const { labels } = (graph.nodes.get(node.body.trainingSet) as Node<TrainingSetBody>).body;
  const trainer: TrainerSpec =
    summary.search === undefined
      ? node.body.trainer
      : searchedBy(node.body.trainer.options as unknown as SearchSpec, summary.search.chosen);
  const body = { ...node.body, trainer, seed };
  const { at, groups, entities } = labelled;
  const { predicted } = await fitModel(
    trainerOf(trainer, createOf(node)),
    body,
    labelled,
    { at, knownAfter: labels.knownAfter, entities: groups ?? entities },
    {
      signal,
      onProgress: (done, total) => progress(0.95, `under stress: seed ${seed}, ${done} of ${total}`),
    },
  );
  const answers = rowsOfPart(predicted, labelled, labelled.parts.test);
  const threshold = thresholdOf(body, labelled, predicted);
  return judge(body, labelled, answers, threshold, 'figures').figures[metric] ?? null;
}

function noLeakage(checks: readonly CheckResult[]): CheckResult {
  const looked = checks.filter(({ name }) => name.startsWith('leakage: '));
  const alarms = looked.filter(({ passed }) => !passed);
  return {
    name: 'stress: no leakage',
    passed: looked.length > 0 && alarms.length === 0,
    severity: 'block',
    observed:
      looked.length === 0
        ? 'nothing was looked for'
        : alarms.length === 0
          ? `${looked.length} check${looked.length === 1 ? '' : 's'} of the training set passed`
          : alarms.map(({ name }) => name.slice('leakage: '.length)).join('; '),
    wanted: 'no suspicion in the training set',
  };
}

const shown = (figure: number | null): string =>
  figure === null ? 'undefined' : String(Number(figure.toPrecision(4)));
