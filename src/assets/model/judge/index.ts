export { apartInWords } from './apart.ts';
export { type BrierParts, brier, brierParts } from './binary/brier.ts';
export {
  type Calibration,
  type CalibrationBin,
  type CalibrationOptions,
  calibration,
} from './binary/calibration.ts';
export { type Confusion, confusion } from './binary/confusion.ts';
export {
  type ChosenThreshold,
  type Cost,
  type CostPoint,
  checkCost,
  chooseThreshold,
  expectedCost,
} from './binary/expected-cost.ts';
export { type GainPoint, liftAt, precisionAt, recallAt } from './binary/gain.ts';
export { logLoss } from './binary/log-loss.ts';
export { type PrPoint, prAuc } from './binary/pr-auc.ts';
export { type RocPoint, rocAuc } from './binary/roc-auc.ts';
export type { ScoreBar } from './binary/score-histogram.ts';
export { applyCalibrator, type Calibrator, type CalibratorKind } from './calibrate/calibrator.ts';
export { type CalibratorInput, fitCalibrator } from './calibrate/fit.ts';
export {
  type CompareInput,
  type Comparison,
  compareModels,
  type FigureComparison,
} from './compare/compare.ts';
export {
  type BinaryInput,
  evaluateBinary,
  evaluateMulticlass,
  evaluateRanking,
  evaluateRegression,
  type MulticlassInput,
  type RankingInput,
  type RegressionInput,
} from './evaluate.ts';
export type {
  AtK,
  BinaryEvaluation,
  Evaluation,
  EvaluationByTask,
  MulticlassEvaluation,
  RankingEvaluation,
  RegressionEvaluation,
} from './evaluation.ts';
export {
  FIGURES,
  type Figure,
  type FigureName,
  type Figures,
  type FigureUnit,
  figuresFor,
  type Intervals,
  type JudgedTask,
  leadingOf,
  saysNothing,
  surelyFor,
} from './figures.ts';
export { type AnyFigure, type BootstrapOptions, bootstrap } from './interval/bootstrap.ts';
export { type PairedDifference, rocAucDifference, rocAucInterval } from './interval/delong.ts';
export { FEWEST_APART } from './interval/groups.ts';
export type { Interval } from './interval/interval.ts';
export { wilson } from './interval/wilson.ts';
export { type ClassByRow, classMatrix, likeliest, topAccuracy } from './multiclass/answers.ts';
export { averageShares, type ClassFigures, type Shares, sharesByClass } from './multiclass/by-class.ts';
export { multiclassBrier, multiclassLogLoss } from './multiclass/losses.ts';
export { againstEach, againstRest, classRankings } from './multiclass/roc-auc.ts';
export type { Gain } from './ranked/lists.ts';
export type { ErrorBar, ValueBin } from './regression/distribution.ts';
export {
  mae,
  mape,
  medianAbsoluteError,
  pinballLoss,
  poissonDeviance,
  rmse,
} from './regression/errors.ts';
export { explainedVariance, meanOf, r2 } from './regression/r2.ts';
export { type ListsAsRows, listsAsRows } from './slice/lists-as-rows.ts';
export type { SlicedPredictions } from './slice/measure.ts';
export {
  type DeclaredSlice,
  type JudgedSlice,
  judgeSlices,
  type SliceInput,
  type Slices,
} from './slice/slices.ts';
export type { SliceTerm } from './slice/term.ts';
