export { brier } from './brier.ts';
export {
  type Calibration,
  type CalibrationBin,
  type CalibrationOptions,
  calibration,
} from './calibration.ts';
export { type Confusion, confusion } from './confusion.ts';
export { type BinaryInput, evaluateBinary, evaluateRegression, type RegressionInput } from './evaluate.ts';
export type {
  BinaryEvaluation,
  ErrorBar,
  Evaluation,
  RegressionEvaluation,
  ScoreBar,
  ValueBin,
} from './evaluation.ts';
export {
  type ChosenThreshold,
  type Cost,
  type CostPoint,
  checkCost,
  chooseThreshold,
  expectedCost,
} from './expected-cost.ts';
export { logLoss } from './log-loss.ts';
export { type PrPoint, prAuc } from './pr-auc.ts';
export { mae, r2, rmse } from './regression.ts';
export { type ReportInput, renderReport } from './report/report.ts';
export type { ReportPart, ReportParts } from './report/tables.ts';
export { type RocPoint, rocAuc } from './roc-auc.ts';
