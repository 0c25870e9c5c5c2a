export { auditPrediction, type FeatureAudit, type PredictionAudit } from './audit.ts';
export { AUDIT_EVERY, type Auditor, type AuditorOptions, isSampled, openAuditor } from './auditor.ts';
export { type Cause, type Explanation, type RowEvidence, TODO } from './cause.ts';
export { audited } from './keep.ts';
export { replayPrediction } from './replay.ts';
export { type AuditReport, type FeatureReport, type Mismatch, reportOf, type Skew } from './report.ts';
