// The front door for those who write a trainer of their own. What it must keep to is said by `trainerConforms` of millrace/conformance.

export { ownTrainer } from './assets/model/own/index.ts';
export type {
  Attribution,
  FitContext,
  FitInput,
  FitSummary,
  Fitted,
  InputColumn,
  InputShape,
  ModelLabel,
  RowRange,
  Task,
  Trainer,
} from './assets/model/train/index.ts';
export { type Draft, draftOf } from './assets/model/train/onnx/draft.ts';
export type { OnnxConstant, OnnxNode } from './assets/model/train/onnx/model.ts';
