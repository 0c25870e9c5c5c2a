export { buildHistory, ofRows } from './build.ts';
export { periodsSql } from './periods.ts';
