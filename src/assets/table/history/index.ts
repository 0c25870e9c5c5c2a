export { buildHistory } from './build.ts';
