import { listed } from './in-sentence.ts';
import type { ModelReport } from './model-report.ts';

type Trained = Pick<ModelReport, 'trainer' | 'task' | 'calibrated'>;

/** Whether it came as a finished file: from which rows it learnt, nobody here knows. */
export const isImported = ({ trainer: { trainer } }: Pick<ModelReport, 'trainer'>): boolean =>
  trainer === 'onnx' || trainer === 'mlflow';

/** The rows of the first part, in words: what is learnt from, unless that was done elsewhere. */
export const firstRows = (report: Pick<ModelReport, 'trainer'>): string =>
  isImported(report) ? 'the first part of its training set' : 'the rows learnt from';

/** Trainers that look at no other rows than those they learn from. */
const NEVER_STOPPED: readonly string[] = ['logistic', 'linear', 'isolationForest', 'baseline'];

/** The trainer itself, or the one whose parameters were searched. */
const fitting = ({ trainer, options }: ModelReport['trainer']): string =>
  trainer === 'search' ? String(options['of']) : trainer;

/** What the validation rows were there to do by: `stop and choose the threshold`. Empty where nothing was done by them. */
export function doneByValidation(report: Trained): string {
  const { trainer, task, calibrated } = report;
  return listed([
    ...(trainer.trainer === 'search' && trainer.options['folds'] === undefined
      ? ['choose the parameters']
      : []),
    ...(isImported(report) || NEVER_STOPPED.includes(fitting(trainer)) ? [] : ['stop']),
    ...(calibrated === undefined ? [] : ['calibrate']),
    ...(task === 'binary' ? ['choose the threshold'] : []),
  ]);
}

/** Whether what it answers to yes or no is a score and no probability: an isolation forest's, unless it was calibrated. */
export const isScore = ({ trainer, calibrated }: Trained): boolean =>
  calibrated === undefined && fitting(trainer) === 'isolationForest';
