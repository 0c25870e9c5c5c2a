export { type DeclaredTrainer, type OwnTrainer, ownTrainer } from './declare.ts';
export type { CreateTrainer } from './guarded.ts';
export { createOf, makeOwn, ownIn } from './made.ts';
