import { MillraceError, messageOf } from '../../../base/index.ts';
import { type FitInput, heldOutWeight, type Trainer } from '../train/index.ts';
import { foldInput } from './fold-input.ts';
import type { Fold } from './folds.ts';
import { goesOn, rungsOf } from './halving.ts';
import type { Trial } from './trial.ts';

/** Told to a trainer that is stopped because others did better. */
class Pruned extends Error {}

/** What became of a trial. */
export type Tried = Pick<Trial, 'loss' | 'rungs' | 'fault'> & {
  readonly status: 'done' | 'pruned' | 'failed';
};

/**
 * Trains once, or once for each fold, and gives the loss on the rows that were held out. With `halving` it is stopped at the first stage where others
 * that were there did better: a share of a training's steps, or a fold.
 */
export async function runTrial(
  trainer: Trainer,
  input: FitInput,
  folds: readonly Fold[] | undefined,
  halving: { readonly first: number } | undefined,
  others: readonly Trial[],
  onStep: () => void,
): Promise<Tried> {
  const rungs: number[] = [];
  /** Passes a stage. @throws Pruned */
  const pass = (loss: number): void => {
    const stage = rungs.length;
    rungs.push(loss);
    if (halving === undefined) return;
    if (
      !goesOn(
        loss,
        others.flatMap((other) => other.rungs[stage] ?? []),
      )
    )
      throw new Pruned();
  };
  try {
    if (folds === undefined) {
      const loss = await fitOnce(
        trainer,
        input,
        halving === undefined ? undefined : { ...halving, pass },
        onStep,
      );
      return { status: 'done', loss, rungs };
    }
    let sum = 0;
    let whole = 0;
    for (const [i, fold] of folds.entries()) {
      const rows = foldInput(input, fold);
      const weight = heldOutWeight(rows);
      sum += weight * (await fitOnce(trainer, rows, undefined, onStep));
      whole += weight;
      if (i + 1 < folds.length) pass(sum / whole);
    }
    return { status: 'done', loss: sum / whole, rungs };
  } catch (error) {
    if (error instanceof Pruned) return { status: 'pruned', loss: rungs.at(-1) ?? null, rungs };
    // What cannot be learnt from these rows with these parameters says something of the parameters alone; anything else ends the search.
    if (!(error instanceof MillraceError) || input.signal?.aborted) throw error;
    if (error.problems.some(({ owner, retry }) => retry || owner === 'millrace')) throw error;
    return { status: 'failed', loss: null, rungs, fault: messageOf(error) };
  }
}

/** The loss on the held-out rows. */
async function fitOnce(
  trainer: Trainer,
  input: FitInput,
  halving: { readonly first: number; readonly pass: (loss: number) => void } | undefined,
  onStep: () => void,
): Promise<number> {
  const ended = new AbortController();
  let stages: number[] | undefined;
  let stopped: unknown;
  const signal = input.signal ? AbortSignal.any([input.signal, ended.signal]) : ended.signal;
  try {
    const { summary } = await trainer.fit({
      ...input,
      signal,
      onProgress(done, total, loss) {
        onStep();
        if (halving === undefined || stopped !== undefined) return;
        stages ??= rungsOf(total, halving.first * total);
        if (done < (stages[0] ?? Number.POSITIVE_INFINITY)) return;
        stages.shift();
        try {
          halving.pass(loss);
        } catch (error) {
          stopped = error;
          ended.abort(error);
        }
      },
    });
    // It may have been over before it could be stopped.
    if (stopped !== undefined) throw stopped;
    return summary.validationLoss ?? summary.trainLoss;
  } catch (error) {
    throw stopped ?? error;
  }
}
