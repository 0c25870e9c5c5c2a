export { checkCatalog } from './check-catalog.ts';
export * from './exchange.ts';
export * from './lake.port.ts';
export { openLake } from './open.ts';
export { orphans } from './orphans.ts';
