export { readText, readTyped } from './cell-sql.ts';
export { checkContract, checkPatterns } from './check.ts';
export { checkRules } from './check-rules.ts';
export * from './col.ts';
export { type ContractChange, compareContracts } from './compare.ts';
export {
  type CompiledContract,
  cellOf,
  compileContract,
  type PatternRule,
  type RowVerdict,
  rulesBeyondRows,
} from './compile.ts';
export * from './dataset.ts';
export * from './declare.ts';
export { contractDefinition } from './definition.ts';
export { cellRuleBroken, declaredRules, enforceSql, type RawCell, type RawRelation } from './enforce.ts';
export * from './expect.ts';
export { freshnessOf, newestEvents, newestPromised } from './freshness.ts';
export { admissible, contestedKeysSql, duplicatesSql, keyColumns, risingKeysSql } from './key-duplicates.ts';
export { MASK, maskedQuarantineSql, maskedTableSql, maskRow, personalColumns } from './mask.ts';
export { type Measured, measure, tableWith } from './measures.ts';
export { NewestEvents } from './newest-events.ts';
export { liveContract, ruleNotes } from './notes.ts';
export * from './odcs/index.ts';
export { keepingOut, mayKeepOut, promisesOf } from './outline.ts';
export { by, checkPartition, type Partitioned, partitionSpec } from './partition.ts';
export { memberPointer, pathText, pointerTo, stepsOf, valueAt } from './path.ts';
export { portrayContract } from './portrait.ts';
export { prepareReferences, referencedDatasets } from './references.ts';
export { CSV_RULE, cellRule, JSON_RULE, KEY_RULE, refusesNull } from './rule-names.ts';
export * from './spec.ts';
export * from './standing.ts';
export { type History, historyOf, type Statistics, statisticsOf } from './statistics.ts';
export { type Check, judgeTable, type TableFacts } from './table-rules.ts';
export * from './verdicts.ts';
