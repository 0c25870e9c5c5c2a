import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, type Json, type JsonObject, MillraceError, said } from '../../../base/index.ts';
import {
  type FitContext,
  type FitInput,
  type Fitted,
  randomStream,
  type Task,
  type Trainer,
} from '../train/index.ts';
import { checkSearch } from './check-search.ts';
import { foldsOf } from './folds.ts';
import { anyPoint, randomPoint } from './random-point.ts';
import { runTrial, type Tried } from './run-trial.ts';
import type { Point } from './space.ts';
import type { SearchSpec } from './spec.ts';
import { type OwnTrial, type Study, studyInMemory } from './study.port.ts';
import { tpePoint } from './tpe.ts';
import { bestOf, type Trial } from './trial.ts';

/** Between two looks whether others are done, in milliseconds. */
const LOOK = 500;
/** Between two signs of life, in milliseconds. */
const BEAT = 5_000;

/**
 * A trainer that tries another one with many parameters, and trains with the best of them. The loss on the validation rows decides, or the mean
 * over folds of the training rows. The same rows, space and seed give the same trials in any number of processes, so the same model.
 * @throws MILL_SEARCH_INVALID
 */
export function createSearch(spec: SearchSpec, make: (options: JsonObject) => Trainer): Trainer {
  checkSearch(spec);
  const trainerAt = (point: Point): Trainer => make({ ...spec.fixed, ...point });
  const point = anyPoint(spec.space);
  const example = trainerAt(point);
  // Its tasks do not depend on its parameters; an option that is out of its range, or that changes what losses mean, is told at once.
  for (const [name, of] of Object.entries(spec.space)) {
    const values: readonly Json[] = of.kind === 'choice' ? of.values : [of.low, of.high];
    const measures = values.map((value) => trainerAt({ ...point, [name]: value }).measures);
    const other = measures.findIndex((one) => one !== measures[0]);
    if (other >= 0) throw incomparable(name, values[0], values[other]);
  }
  const tasks: readonly Task[] = example.tasks;
  return {
    tasks,
    ...(example.checkNames === undefined ? {} : { checkNames: example.checkNames }),
    async fit(input, context = {}) {
      const study = context.study ?? studyInMemory();
      await searchOn(study, spec, trainerAt, input, context);
      const trials = study.trials(spec.trials);
      const best = bestOf(trials);
      if (best === undefined) throw noneDone(trials);
      const fitted = await trainerAt(best.point).fit(input, context);
      return withSearch(fitted, spec, trials, best);
    },
  };
}

/** Works on a study until all of its trials are settled, alone or beside others. */
export async function searchOn(
  study: Study,
  spec: SearchSpec,
  trainerAt: (point: Point) => Trainer,
  input: FitInput,
  context: FitContext,
): Promise<void> {
  const folds = spec.folds && foldsOf(foldRows(input, context), spec.folds, input.seed);
  const { signal, onProgress } = input;
  for (;;) {
    signal?.throwIfAborted();
    const own = study.claim(spec.trials, spec.atOnce);
    if (own === 'over') return;
    if (own === 'busy') {
      await sleep(LOOK, undefined, signal ? { signal } : {});
      continue;
    }
    let settled = false;
    try {
      const trial = await tryOne(own, spec, trainerAt, input, folds);
      settled = true;
      onProgress?.(own.number + 1, spec.trials, bestOf(study.trials(spec.trials))?.loss ?? Number.NaN);
      context.onTrial?.(trial);
    } finally {
      // Cut short it is nobody's: the next one begins it anew.
      if (!settled) own.give();
    }
  }
}

async function tryOne(
  own: OwnTrial,
  spec: SearchSpec,
  trainerAt: (point: Point) => Trainer,
  input: FitInput,
  folds: ReturnType<typeof foldsOf> | undefined,
): Promise<Trial> {
  const { number, before } = own;
  // Its own stream, so that a trial does not depend on how many numbers those before it drew.
  const random = randomStream(Math.imul(input.seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  const point =
    spec.suggest === 'tpe' ? tpePoint(spec.space, before, random) : randomPoint(spec.space, random);
  own.choose(point);
  let beaten = performance.now();
  const { onProgress: _, ...quiet } = input;
  const onStep = (): void => {
    if (performance.now() - beaten < BEAT) return;
    beaten = performance.now();
    own.beat();
  };
  const tried =
    triedBefore(before, point) ??
    (await runTrial(trainerAt(point), quiet, folds, spec.halving, before, onStep));
  own.settle(tried);
  return { number, point, ...tried };
}

/** What came of the same parameters before: of few values the same are drawn again and again. */
function triedBefore(before: readonly Trial[], point: Point): Tried | undefined {
  const same = canonicalJson(point);
  for (const { number: _, point, status, ...end } of before)
    if (status !== 'running' && canonicalJson(point) === same) return { status, ...end };
  return undefined;
}

/** Folds are made of the rows to learn from alone. */
function foldRows({ train, groups }: FitInput, { at, knownAfter = 0, entities }: FitContext) {
  const part = <A extends Float64Array | Int32Array>(values: A): A =>
    values.subarray(train.from, train.to) as A;
  return {
    at: at === undefined ? new Float64Array(train.to - train.from).map((_, i) => i) : part(at),
    knownAfter,
    ...(entities === undefined ? {} : { groups: part(entities) }),
    ...(groups === undefined ? {} : { lists: part(groups) }),
  };
}

/** The model that was trained with the best parameters, with what the search came to. */
function withSearch(fitted: Fitted, spec: SearchSpec, trials: readonly Trial[], best: Trial): Fitted {
  const count = (status: Trial['status']): number => trials.filter((trial) => trial.status === status).length;
  const summary = {
    ...fitted.summary,
    search: {
      trainer: spec.of,
      chosen: { ...spec.fixed, ...best.point } as JsonObject,
      trial: best.number,
      loss: best.loss as number,
      ...{ done: count('done'), pruned: count('pruned'), failed: count('failed') },
      losses: trials.map(({ loss, status }): Json => (status === 'done' ? loss : null)),
    },
  };
  return Object.freeze({ ...fitted, summary: Object.freeze(summary) });
}

function incomparable(name: string, one: unknown, other: unknown): MillraceError {
  return new MillraceError({
    code: 'MILL_SEARCH_INVALID',
    message: `The search over '${name}' tries ${said(one)} and ${said(other)}, each of which has a loss of its own: the lower of two losses says nothing.`,
    todo: `Give '${name}' one value; what comes of another one is told by a model that is trained with it.`,
    owner: 'project',
  });
}

function noneDone(trials: readonly Trial[]): MillraceError {
  const fault = trials.find((trial) => trial.fault !== undefined)?.fault;
  return new MillraceError({
    code: 'MILL_SEARCH_NONE',
    message: `Of ${trials.length} trials none could be trained${fault === undefined ? '' : `; the first said: ${fault}`}.`,
    todo: 'Narrow the search, or mend what the trials say.',
    owner: 'project',
  });
}
