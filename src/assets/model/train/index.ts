export { createGbdt } from './gbdt/boost.ts';
export type { GbdtOptions } from './gbdt/options.ts';
export { createLogistic, type LogisticOptions } from './linear/logistic.ts';
export * from './trainer.port.ts';
