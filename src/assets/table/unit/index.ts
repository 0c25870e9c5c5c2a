export * from './declare.ts';
export { runUnitTest, type UnitTestResult } from './run.ts';
