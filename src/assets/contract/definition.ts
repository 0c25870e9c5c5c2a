import type { CellRule, ContractSpec, RuleNote } from './spec.ts';

/**
 * The part of a contract that decides which rows there are and whether they are published. What people are told, who owns what,
 * which columns are masked, and what an imported contract said beyond ours change nothing there.
 */
export function contractDefinition(contract: ContractSpec): unknown {
  return {
    ...contract,
    owner: undefined,
    odcs: undefined,
    columns: contract.columns.map(({ description: _, pii: __, rules, ...column }) => ({
      ...column,
      rules: rules.map((rule): CellRule => decisive(rule)),
    })),
    ...(contract.rowRules === undefined ? {} : { rowRules: contract.rowRules.map(decisive) }),
    tableRules: contract.tableRules.map(decisive),
  };
}

function decisive<R extends RuleNote>(rule: R): R {
  const { owner: _, description: __, ...rest } = rule;
  return rest as R;
}
