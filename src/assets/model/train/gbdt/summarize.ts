import type { FitSummary } from '../trainer.port.ts';
import type { Binning } from './bins.ts';

/** How far a training has come. */
export interface Progress {
  readonly rounds: number;
  /** Losses. */
  readonly train: number;
  readonly validation: number | null;
  /** By column, over all trees so far. */
  readonly gains: Float64Array;
}

/** What is to be said of a training whose best round was `best`; `seen`: notes on the inputs, columns that vary, rounds grown, classes without a row. */
export function summarize(
  binnings: readonly Binning[],
  best: Progress,
  seen: {
    readonly inputs: readonly string[];
    readonly usable: number;
    readonly grown: number;
    readonly absent: readonly string[];
  },
): FitSummary {
  let total = 0;
  for (const gain of best.gains) total += gain;
  const shares = binnings.map(({ name }, i) => [name, total > 0 ? best.gains[i]! / total : 0] as const);
  const notes = [...seen.inputs];
  if (seen.usable > 0 && seen.grown === 0)
    notes.push('No split gained anything on the training rows: the model predicts the base rate.');
  else if (seen.usable > 0 && best.rounds === 0)
    notes.push('No tree lowered the validation loss: the model predicts the base rate.');
  if (seen.absent.length > 0)
    notes.push(
      `No training row is of ${seen.absent.length === 1 ? 'the class' : `${seen.absent.length} classes, such as`} '${seen.absent[0]}': the model takes it to be all but impossible.`,
    );
  return Object.freeze({
    rounds: best.rounds,
    trainLoss: best.train,
    validationLoss: best.validation,
    importance: Object.freeze(Object.fromEntries(shares)),
    notes: Object.freeze(notes),
  });
}
