export { createGbdt } from './gbdt/boost.ts';
export type { GbdtOptions } from './gbdt/options.ts';
export * from './trainer.port.ts';
