export { auditPrediction, type FeatureAudit, type PredictionAudit } from './audit.ts';
export type { Cause, Explanation, RowEvidence } from './cause.ts';
export { replayPrediction } from './replay.ts';
