// One judgement for each task: how good predictions were on rows that the model has not seen.
export { type BinaryInput, evaluateBinary } from './binary/evaluate.ts';
export { evaluateMulticlass } from './multiclass/evaluate.ts';
export type { MulticlassInput } from './multiclass/input.ts';
export { evaluateRanking, type RankingInput } from './ranked/evaluate.ts';
export { evaluateRegression, type RegressionInput } from './regression/evaluate.ts';
