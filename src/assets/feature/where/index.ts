export { checkCondition, type Fault } from './check-condition.ts';
export { type ConditionSpec, conditionColumns } from './condition.ts';
export { compileCondition } from './condition-js.ts';
export { conditionSql } from './condition-sql.ts';
export { conditionText } from './condition-text.ts';
export * from './row.ts';
