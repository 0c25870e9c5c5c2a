import type { Interval } from './interval/interval.ts';

/** What a model is asked to do. */
export type JudgedTask = 'binary' | 'multiclass' | 'regression' | 'ranking';

/** What a figure counts in: a share of something, the unit of the declared cost, that of the target, nats, or none of them. */
export type FigureUnit = 'share' | 'money' | 'target' | 'nats' | 'times' | 'none';

export interface Figure {
  readonly tasks: readonly JudgedTask[];
  readonly better: 'higher' | 'lower';
  /** As a person writes it: in a table's heading, say. */
  readonly label: string;
  /** What it says, as a sentence. */
  readonly says: string;
  readonly unit: FigureUnit;
}

const BINARY = ['binary'] as const;
const CLASSES = ['binary', 'multiclass'] as const;
const MANY = ['multiclass'] as const;
const NUMBERS = ['regression'] as const;
const LISTS = ['ranking'] as const;

/** Every figure that a gate, a report or a comparison can name. */
export const FIGURES = {
  rocAuc: {
    tasks: CLASSES,
    better: 'higher',
    label: 'ROC-AUC',
    says: 'The chance that a random positive scores above a random negative; of several classes the mean of each against the rest.',
    unit: 'share',
  },
  weightedRocAuc: {
    tasks: MANY,
    better: 'higher',
    label: 'ROC-AUC, weighted',
    says: 'ROC-AUC of each class against the rest, the mean by their shares.',
    unit: 'share',
  },
  pairwiseRocAuc: {
    tasks: MANY,
    better: 'higher',
    label: 'ROC-AUC, one against one',
    says: 'The mean ROC-AUC over all pairs of classes, whatever their shares.',
    unit: 'share',
  },
  prAuc: {
    tasks: CLASSES,
    better: 'higher',
    label: 'PR-AUC',
    says: 'Average precision over all recalls; of several classes the mean of each against the rest.',
    unit: 'share',
  },
  logLoss: {
    tasks: CLASSES,
    better: 'lower',
    label: 'Log loss',
    says: 'Mean surprise at what happened, given the probabilities.',
    unit: 'nats',
  },
  brier: {
    tasks: CLASSES,
    better: 'lower',
    label: 'Brier score',
    says: 'Mean squared error of the probability; of several classes summed over them.',
    unit: 'none',
  },
  calibrationError: {
    tasks: CLASSES,
    better: 'lower',
    label: 'Calibration error',
    says: 'How far probabilities are from the shares that came true, less what chance alone makes.',
    unit: 'share',
  },
  expectedCost: {
    tasks: BINARY,
    better: 'lower',
    label: 'Cost per prediction',
    says: 'Mean cost of one prediction at the threshold, less what right answers bring.',
    unit: 'money',
  },
  precision: {
    tasks: BINARY,
    better: 'higher',
    label: 'Precision',
    says: 'The share of yes answers that are right.',
    unit: 'share',
  },
  recall: {
    tasks: BINARY,
    better: 'higher',
    label: 'Recall',
    says: 'The share of positives that are found.',
    unit: 'share',
  },
  specificity: {
    tasks: BINARY,
    better: 'higher',
    label: 'Specificity',
    says: 'The share of negatives that are let be.',
    unit: 'share',
  },
  f1: {
    tasks: BINARY,
    better: 'higher',
    label: 'F1',
    says: 'The harmonic mean of precision and recall.',
    unit: 'share',
  },
  mcc: {
    tasks: CLASSES,
    better: 'higher',
    label: 'MCC',
    says: 'Matthews’ correlation of answer and truth: 0 for answers that know nothing, whatever the shares of the classes.',
    unit: 'none',
  },
  accuracy: {
    tasks: CLASSES,
    better: 'higher',
    label: 'Accuracy',
    says: 'The share of answers that are right.',
    unit: 'share',
  },
  balancedAccuracy: {
    tasks: CLASSES,
    better: 'higher',
    label: 'Balanced accuracy',
    says: 'The mean of the classes’ recalls.',
    unit: 'share',
  },
  liftAt10: {
    tasks: BINARY,
    better: 'higher',
    label: 'Lift at 10%',
    says: 'How many times more positives are in the tenth with the highest scores than in a random one.',
    unit: 'times',
  },
  macroF1: {
    tasks: MANY,
    better: 'higher',
    label: 'F1, macro',
    says: 'The mean F1 of the classes, each counted alike.',
    unit: 'share',
  },
  weightedF1: {
    tasks: MANY,
    better: 'higher',
    label: 'F1, weighted',
    says: 'The mean F1 of the classes by their shares.',
    unit: 'share',
  },
  macroPrecision: {
    tasks: MANY,
    better: 'higher',
    label: 'Precision, macro',
    says: 'The mean precision of the classes, each counted alike.',
    unit: 'share',
  },
  macroRecall: {
    tasks: MANY,
    better: 'higher',
    label: 'Recall, macro',
    says: 'The mean recall of the classes, each counted alike.',
    unit: 'share',
  },
  topAccuracy: {
    tasks: MANY,
    better: 'higher',
    label: 'Accuracy, top k',
    says: 'The share of rows whose class is among the k with the highest probabilities.',
    unit: 'share',
  },
  rmse: {
    tasks: NUMBERS,
    better: 'lower',
    label: 'RMSE',
    says: 'Root of the mean squared error.',
    unit: 'target',
  },
  mae: {
    tasks: NUMBERS,
    better: 'lower',
    label: 'MAE',
    says: 'Mean absolute error.',
    unit: 'target',
  },
  medianAbsoluteError: {
    tasks: NUMBERS,
    better: 'lower',
    label: 'Median error',
    says: 'Half of the predictions are off by no more.',
    unit: 'target',
  },
  mape: {
    tasks: NUMBERS,
    better: 'lower',
    label: 'MAPE',
    says: 'Mean absolute error as a share of the target; without meaning where targets are 0 or close to it.',
    unit: 'share',
  },
  r2: {
    tasks: NUMBERS,
    better: 'higher',
    label: 'R²',
    says: 'The share of the target’s variance that is explained; below 0 when worse than the mean.',
    unit: 'none',
  },
  explainedVariance: {
    tasks: NUMBERS,
    better: 'higher',
    label: 'Explained variance',
    says: 'R² as if the mean error were taken off first.',
    unit: 'none',
  },
  pinball: {
    tasks: NUMBERS,
    better: 'lower',
    label: 'Pinball loss',
    says: 'How far predictions of a quantile are off, misses on the rarer side counting more.',
    unit: 'target',
  },
  poissonDeviance: {
    tasks: NUMBERS,
    better: 'lower',
    label: 'Poisson deviance',
    says: 'How far predicted rates are from counts, in twice the log likelihood that is lost.',
    unit: 'none',
  },
  ndcg: {
    tasks: LISTS,
    better: 'higher',
    label: 'NDCG@10',
    says: 'What the first ten places hold, higher ones counting more, as a share of the best order.',
    unit: 'share',
  },
  map: {
    tasks: LISTS,
    better: 'higher',
    label: 'MAP',
    says: 'The mean over lists of the average precision at each relevant item.',
    unit: 'share',
  },
  mrr: {
    tasks: LISTS,
    better: 'higher',
    label: 'MRR',
    says: 'The mean of 1 / the place of the first relevant item.',
    unit: 'share',
  },
  precisionAt10: {
    tasks: LISTS,
    better: 'higher',
    label: 'Precision@10',
    says: 'The share of the first ten places that hold relevant items.',
    unit: 'share',
  },
  recallAt10: {
    tasks: LISTS,
    better: 'higher',
    label: 'Recall@10',
    says: 'The share of the relevant items that are among the first ten.',
    unit: 'share',
  },
  hitRateAt10: {
    tasks: LISTS,
    better: 'higher',
    label: 'Hit rate@10',
    says: 'The share of lists with a relevant item among the first ten.',
    unit: 'share',
  },
  coverage: {
    tasks: LISTS,
    better: 'higher',
    label: 'Catalogue coverage',
    says: 'The share of all items that stand among the first ten of any list.',
    unit: 'share',
  },
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof FIGURES;

/** Gateable figures by name; null where the rows do not define one, absent where it was not asked for. */
export type Figures = Readonly<Partial<Record<FigureName, number | null>>>;

/** Intervals of figures by name; null where one has none. */
export type Intervals = Readonly<Partial<Record<FigureName, Interval | null>>>;

/** By task the figures that people ask for, the first two first of all. */
export const LEADING = {
  binary: ['rocAuc', 'prAuc', 'logLoss', 'calibrationError', 'expectedCost'],
  multiclass: ['macroF1', 'logLoss', 'accuracy', 'rocAuc', 'calibrationError'],
  regression: ['rmse', 'r2', 'mae', 'medianAbsoluteError'],
  ranking: ['ndcg', 'recallAt10', 'precisionAt10', 'map', 'mrr'],
} as const satisfies Readonly<Record<JudgedTask, readonly FigureName[]>>;

/** The figures that people ask for of one model: what it was trained by first, where that is not the mean. */
export function leadingOf({
  task,
  figures,
}: {
  readonly task: JudgedTask;
  readonly figures: Figures;
}): readonly FigureName[] {
  const own = (['pinball', 'poissonDeviance'] as const).filter(
    (name) => figures[name] !== undefined && figures[name] !== null,
  );
  return [...own, ...LEADING[task]];
}

/**
 * Whether a figure is a number that says nothing: MAPE where there are targets of 0, or next to it. As in scikit-learn each error is divided by its target, or
 * by 2.2e-16 if that is more, so that one such row makes it 1e10 or so.
 */
export const saysNothing = (name: FigureName, value: number | null): boolean =>
  name === 'mape' && value !== null && value > 1_000;

/** The figures of a task. */
export function figuresFor(task: JudgedTask): FigureName[] {
  return (Object.keys(FIGURES) as FigureName[]).filter((name) =>
    (FIGURES[name].tasks as readonly JudgedTask[]).includes(task),
  );
}

/** No interval is told of these: chance is taken off already, or drawing anew what was drawn once makes them less than they are. */
const WITHOUT_INTERVAL: readonly FigureName[] = [
  'calibrationError',
  'liftAt10',
  'pairwiseRocAuc',
  'coverage',
];

/** Of these there is one, but none of how far two models are from each other in them. */
const WITHOUT_DIFFERENCE: Readonly<Record<JudgedTask, readonly FigureName[]>> = {
  binary: [],
  multiclass: ['rocAuc', 'weightedRocAuc', 'prAuc', 'topAccuracy'],
  regression: ['medianAbsoluteError'],
  ranking: [],
};

/** The figures of a task of which an interval is told, of themselves or of the difference of two models; what else its rows want aside. */
export function surelyFor(task: JudgedTask, of: 'figure' | 'difference'): FigureName[] {
  const without = [...WITHOUT_INTERVAL, ...(of === 'difference' ? WITHOUT_DIFFERENCE[task] : [])];
  return figuresFor(task).filter((name) => !without.includes(name));
}
