import { isDeepStrictEqual } from 'node:util';
import { type ColumnType, type Instant, type Json, MillraceError, withArticle } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { type ModelVersion, modelVersionOf, type PartPeriod } from '../detail.ts';
import { environmentChanges } from '../environment.ts';
import type { Comparison as Beaten, Figures } from '../judge/index.ts';
import { compareOn, judge, judgingThen } from '../judged.ts';
import { columnsOf, readLabelled } from '../labelled.ts';
import { inputType } from '../matrix.ts';
import { openModel } from '../open-model.ts';
import type { Task } from '../spec.ts';
import { trainingSetVersionOf } from '../training-set/index.ts';
import { type Agreement, agreementOf } from './agreement.ts';

/** The same thing of both; null where one does not have it. */
export interface Beside<T> {
  readonly a: T | null;
  readonly b: T | null;
}

/** What a version learnt from. */
export interface LearntFrom {
  readonly trainingSet: string;
  readonly rows: number;
  readonly asOf: Instant;
  readonly digest: string;
  readonly parts: Readonly<Record<string, PartPeriod>>;
}

/** Two versions of a model, or of two models, side by side. Plain JSON. */
export interface Comparison {
  readonly a: string;
  readonly b: string;
  /** As each was judged, on its own rows. */
  readonly figures: Readonly<Record<string, Beside<number>>>;
  /** Both on the rows that judged `b`. */
  readonly onSameRows: OnSameRows | { readonly why: string };
  /** Trainer, options, seed and threshold, where they differ. */
  readonly parameters: Readonly<Record<string, Beside<Json>>>;
  readonly inputs: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
  readonly data: Beside<LearntFrom> & {
    /** Whether both learnt from the very same rows. */
    readonly same: boolean;
    /** What the rows follow from, where it differs: versions by asset, the declaration, what was sampled. */
    readonly differs: Readonly<Record<string, Beside<Json>>>;
  };
  /** Share of what was learnt, by input; the largest shift first. */
  readonly importance: readonly ({ readonly input: string; readonly shift: number } & Beside<number>)[];
  /** What was trained with what, in words. */
  readonly environment: readonly string[];
}

export interface OnSameRows {
  readonly task: Task;
  readonly trainingSet: string;
  readonly rows: number;
  readonly figures: Readonly<Record<string, Beside<number>>>;
  /** By figure, `b` − `a` with its 95 % interval, and whether `b` is better, worse, or that is undecided. Not every figure has one. */
  readonly differences: Beaten['figures'];
  /** Of how many entities these rows are, or lists where they are ranked; of fewer than 10 no interval is told. Absent where nobody counted them. */
  readonly apart?: number;
  readonly agreement: Agreement;
  /** What each learnt to tell, where that is not the same: `a` is judged by what `b` learnt then. */
  readonly targets?: Beside<string>;
}

/**
 * Holds two versions beside each other: how good, from which parameters, inputs and rows, and how both do on the very rows that judged `b`.
 * @throws MILL_COMPARE_IMPOSSIBLE
 */
export async function compareModels(workspace: Workspace, a: Version, b: Version): Promise<Comparison> {
  for (const version of [a, b]) if (version.kind !== 'model') throw impossible(version);
  const [first, second] = [modelVersionOf(a), modelVersionOf(b)];
  const signature = ({ inputs }: ModelVersion) => new Map(inputs.map(({ name, type }) => [name, type]));
  const [before, after] = [signature(first), signature(second)];
  return {
    a: a.id,
    b: b.id,
    figures: beside(first.evaluation.figures, second.evaluation.figures),
    onSameRows: await onSameRows(workspace, first, second),
    parameters: differing(parametersOf(first), parametersOf(second)),
    inputs: {
      added: [...after.keys()].filter((name) => !before.has(name)),
      removed: [...before.keys()].filter((name) => !after.has(name)),
      changed: [...after].filter(([name, type]) => (before.get(name) ?? type) !== type).map(([name]) => name),
    },
    data: dataOf(workspace, first, second),
    importance: importanceOf(first, second),
    environment:
      first.environment === undefined || second.environment === undefined
        ? []
        : environmentChanges(first.environment, second.environment),
  };
}

/** Both on the rows that judged the second. What one was judged by at its own time does not matter here. */
async function onSameRows(
  workspace: Workspace,
  first: ModelVersion,
  second: ModelVersion,
): Promise<Comparison['onSameRows']> {
  const classes = ({ classes }: ModelVersion): string => classes?.join('\0') ?? '';
  if (first.task !== second.task || classes(first) !== classes(second))
    return { why: 'they are asked different questions' };
  const trainingSet = workspace.state.version(second.trainingSet);
  if (trainingSet === undefined) return { why: `${second.trainingSet} has been retired` };
  const { definition, columns } = trainingSetVersionOf(trainingSet).manifest;
  const own = workspace.state.version(first.trainingSet);
  const before = own && trainingSetVersionOf(own).manifest.definition.labels.target;
  const { target } = definition.labels;
  if (workspace.lake.table(trainingSet.asset, trainingSet.snapshot) === undefined)
    return { why: `the rows of ${second.trainingSet} are no longer there` };
  const there = new Map(columns.map(({ name, type }) => [name, type]));
  const missing = first.inputs.filter(({ name }) => !there.has(name)).map(({ name }) => name);
  if (missing.length > 0) return { why: `${second.trainingSet} has no ${missing.join(', ')}` };
  const retyped = first.inputs.find(({ name, type }) => inputType(there.get(name) as ColumnType) !== type);
  if (retyped !== undefined)
    return {
      why: `${retyped.name} is ${withArticle(there.get(retyped.name) as ColumnType)} in ${second.trainingSet}`,
    };
  const names = new Map(
    [...second.plan.columns, ...first.plan.columns].map((column) => [column.name, column]),
  );
  const plan = { columns: [...names.values()], keys: second.plan.keys };
  const labelled = await readLabelled(workspace, trainingSet, definition, plan);
  const { from, to } = labelled.parts.test;
  const rows = columnsOf(labelled.inputs, labelled.parts.test);
  const judging = judgingThen(second);
  const scored = async (model: ModelVersion) => {
    const scorer = await openModel(workspace, model);
    try {
      const scores = await scorer.scoreColumns(rows);
      const { figures } = judge(judging, labelled, scores, model.threshold, 'figures');
      return { scores, figures };
    } finally {
      await scorer.close();
    }
  };
  const [one, other] = [await scored(first), await scored(second)];
  return {
    task: second.task,
    trainingSet: trainingSet.id,
    rows: to - from,
    figures: beside(one.figures, other.figures),
    differences: compareOn(
      judging,
      labelled,
      { predicted: one.scores, threshold: first.threshold },
      { predicted: other.scores, threshold: second.threshold },
    ).figures,
    ...(second.evaluation.apart ? { apart: second.evaluation.apart } : {}),
    ...(before === undefined || before === target ? {} : { targets: { a: before, b: target } }),
    agreement: agreementOf(
      second.task,
      { ...one, ...first },
      { ...other, ...second },
      labelled.groups?.subarray(from, to),
    ),
  };
}

function beside(a: Figures, b: Figures): Record<string, Beside<number>> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof Figures)[];
  return Object.fromEntries(names.map((name) => [name, { a: a[name] ?? null, b: b[name] ?? null }]));
}

/** What is not the same of both, by name. */
function differing(
  a: Readonly<Record<string, Json>>,
  b: Readonly<Record<string, Json>>,
): Record<string, Beside<Json>> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    names
      .filter((name) => !isDeepStrictEqual(a[name], b[name]))
      .map((name) => [name, { a: a[name] ?? null, b: b[name] ?? null }]),
  );
}

function parametersOf({ task, trainer, seed, threshold }: ModelVersion): Record<string, Json> {
  return { task, trainer: trainer.trainer, ...trainer.options, seed, threshold };
}

function dataOf({ state }: Workspace, first: ModelVersion, second: ModelVersion): Comparison['data'] {
  const known = [first, second].map(({ trainingSet }) => state.version(trainingSet));
  const [a, b] = known.map((version, i): LearntFrom | null => {
    if (version === undefined) return null;
    const { asOf, manifest } = trainingSetVersionOf(version);
    const { parts } = i === 0 ? first : second;
    return { trainingSet: version.id, rows: manifest.rows, asOf, digest: manifest.digest, parts };
  }) as [LearntFrom | null, LearntFrom | null];
  const [from, to] = known.map((version): Record<string, Json> => {
    if (version === undefined) return {};
    const { labels, inputs, definition, sampled } = trainingSetVersionOf(version).manifest;
    const pinned = Object.entries(inputs).flatMap(([name, { version: id, from: over }]) => [
      [name, id] as const,
      ...(over === undefined ? [] : [[`${name} over`, over.version] as const]),
    ]);
    const { labels: rule, ...declared } = definition;
    return {
      labels: labels.version,
      ...Object.fromEntries(pinned),
      ...(declared as unknown as Record<string, Json>),
      'labels by': rule as unknown as Json,
      sampled: sampled as unknown as Json,
    };
  }) as [Record<string, Json>, Record<string, Json>];
  return { a, b, same: a !== null && a.digest === b?.digest, differs: differing(from, to) };
}

function importanceOf(first: ModelVersion, second: ModelVersion): Comparison['importance'] {
  const [a, b] = [first.summary.importance, second.summary.importance];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .map((input) => ({
      input,
      a: a[input] ?? null,
      b: b[input] ?? null,
      shift: (b[input] ?? 0) - (a[input] ?? 0),
    }))
    .sort((one, other) => Math.abs(other.shift) - Math.abs(one.shift) || (one.input < other.input ? -1 : 1));
}

function impossible({ id, kind }: Version): MillraceError {
  return new MillraceError({
    code: 'MILL_COMPARE_IMPOSSIBLE',
    message: `${id} is ${withArticle(kind)}: there are no figures in it to compare.`,
    todo: 'Name two versions of models.',
    owner: 'project',
  });
}
