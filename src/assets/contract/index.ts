export { readTyped } from './cell-sql.ts';
export * from './col.ts';
export * from './dataset.ts';
export * from './declare.ts';
export { declaredRules, enforceSql, type RawCell, type RawRelation } from './enforce.ts';
export { admissible, contestedKeysSql, duplicatesSql, keyColumns } from './key-duplicates.ts';
export { CSV_RULE, JSON_RULE, KEY_RULE, refusesNull } from './rule-names.ts';
export * from './spec.ts';
export { type Check, judgeTable, type TableFacts } from './table-rules.ts';
