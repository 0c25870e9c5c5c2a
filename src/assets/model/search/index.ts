export type { FoldsSpec } from './folds.ts';
export { createSearch, searchOn } from './search.ts';
export { type Dimension, space } from './space.ts';
export { anyOptions, type SearchSpec } from './spec.ts';
export type { Study } from './study.port.ts';
export { studyInState } from './study-in-state.ts';
export { trackTrial } from './tracked-trials.ts';
export { bestOf, type Trial } from './trial.ts';
