import { MillraceError, type Problem } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { NodeSpec } from '../../graph/index.ts';
import type { ContractSpec } from './spec.ts';

/** Faults of a contract that its types cannot rule out. */
export function checkContract(node: NodeSpec, contract: ContractSpec): Problem[] {
  const problems: Problem[] = [];
  const found = (message: string, todo: string): void => {
    problems.push({
      code: 'MILL_CONTRACT_INVALID',
      message,
      todo,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  if (contract.columns.length === 0) found('It has no columns.', 'Declare at least one column.');
  const byName = new Map(contract.columns.map((c) => [c.name, c]));
  for (const column of contract.columns) {
    if (column.name.startsWith('_'))
      found(
        `Column '${column.name}' begins with '_'.`,
        'Names with a leading _ are kept for Millrace; rename it.',
      );
    if (column.name.length > 200)
      found(`A column name has ${column.name.length} letters.`, 'Use at most 200.');
    for (const rule of column.rules) {
      if (rule.rule === 'between' && !(rule.min <= rule.max))
        found(
          `Column '${column.name}' is to lie between ${rule.min} and ${rule.max}.`,
          'Give the smaller number first.',
        );
      if (rule.rule === 'oneOf' && rule.values.length === 0)
        found(`Column '${column.name}' allows no value.`, 'List at least one value in oneOf(…).');
    }
  }
  for (const key of contract.key) {
    const column = byName.get(key);
    if (column === undefined) found(`The key '${key}' is not a column.`, 'Name a declared column.');
    else if (column.nullable)
      found(`The key column '${key}' is nullable.`, 'Drop .nullable(): a key always has a value.');
  }
  for (const name of [contract.eventTime, contract.availableAt])
    if (name !== undefined && byName.get(name)?.type !== 'timestamp')
      found(`'${name}' is not a timestamp column.`, 'Name a column declared by col.timestamp().');
  if (contract.eventTime !== undefined && byName.get(contract.eventTime)?.nullable)
    found(
      `The event time '${contract.eventTime}' is nullable.`,
      'Drop .nullable(): every event has its time.',
    );
  if (contract.fresh !== undefined && contract.eventTime === undefined)
    found('It promises freshness but has no event time.', 'Declare eventTime.');
  return problems;
}

/** Patterns that the engine cannot read. */
export async function checkPatterns(
  node: NodeSpec,
  contract: ContractSpec,
  session: Session,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const column of contract.columns)
    for (const rule of column.rules) {
      if (rule.rule !== 'matches') continue;
      try {
        await session.rows('select regexp_matches(?, ?)', ['', rule.pattern]);
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error;
        problems.push({
          code: 'MILL_CONTRACT_INVALID',
          message: `The pattern of column '${column.name}' does not compile: ${error.problems[0]?.message}`,
          todo: 'Patterns are RE2: no look-around and no back-references.',
          owner: 'project',
          asset: node.name,
          place: node.place,
        });
      }
    }
  return problems;
}
