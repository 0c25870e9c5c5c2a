export { type DuckDbOptions, openDuckDb } from './open.ts';
