export type { Auditable } from './answer.ts';
export { type Audit, audit, type FeatureAudit } from './audit.ts';
export { AUDIT_EVERY, type Auditor, type AuditorOptions, isSampled, openAuditor } from './auditor.ts';
export { type Cause, type Explanation, REMEDIES, type RowEvidence } from './cause.ts';
export { audited } from './keep.ts';
export { type LookUpSample, openLookUpSample, sampleLookUps } from './look-up-sample.ts';
export { type AuditReport, type FeatureReport, type Mismatch, reportOf, type Skew } from './report.ts';
