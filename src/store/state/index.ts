export type { Audited, AuditedFeature, Audits } from './audits.ts';
export type { Leases } from './leases.ts';
export type { Notice, Notices } from './notices.ts';
export type { Full, Places } from './places.ts';
export type { RunningNotes, StepLine } from './running-notes.ts';
export * from './state.port.ts';
export * from './state.ts';
