import type { Version } from '../../store/state/index.ts';
import { cellRule, tableRuleName } from './rule-names.ts';
import type { ContractSpec, RuleNote } from './spec.ts';

/** What rules say about themselves, by the name of the check. */
export function ruleNotes(contract: ContractSpec): Map<string, Pick<RuleNote, 'owner' | 'description'>> {
  const rules: [string, RuleNote][] = [
    ...contract.columns.flatMap((column) =>
      column.rules.map((rule): [string, RuleNote] => [cellRule(column, rule), rule]),
    ),
    ...(contract.rowRules ?? []).map((rule): [string, RuleNote] => [rule.name, rule]),
    ...contract.tableRules.map((rule): [string, RuleNote] => [tableRuleName(rule), rule]),
  ];
  return new Map(
    rules.map(([name, { owner, description }]) => [
      name,
      {
        ...(owner === undefined ? {} : { owner }),
        ...(description === undefined ? {} : { description }),
      },
    ]),
  );
}

/** The contract that a version of a dataset was judged by; undefined for versions from before it was kept. */
export function liveContract(version: Version): ContractSpec | undefined {
  return (version.detail as { contract?: ContractSpec }).contract;
}
