import { MillraceError, nearest, type Problem } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { NodeSpec } from '../../graph/index.ts';
import { declaredRules } from './enforce.ts';
import { isPointer } from './path.ts';
import { tableRuleName } from './rule-names.ts';
import type { Bounds, ContractSpec, LikeBefore } from './spec.ts';

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
    if (column.at !== undefined && !isPointer(column.at))
      found(
        `'${column.at.slice(0, 80)}' says no place in a JSON object, for column '${column.name}'.`,
        "Write .at('customer.address.city'), .at('items[0].price') or a JSON pointer: .at('/customer/a.b').",
      );
    if (column.at !== undefined && node.kind === 'table')
      found(
        `Column '${column.name}' says where it lies in a JSON object, but a table has it from its query.`,
        'Drop .at(…).',
      );
    for (const rule of column.rules) {
      if (rule.rule === 'between' && !(rule.min <= rule.max))
        found(
          `Column '${column.name}' is to lie between ${rule.min} and ${rule.max}.`,
          'Give the smaller number first.',
        );
      if (rule.rule === 'oneOf' && rule.values.length === 0)
        found(`Column '${column.name}' allows no value.`, 'List at least one value in oneOf(…).');
      if (rule.rule === 'length' && !(isCount(rule.min) && isCount(rule.max) && rule.min <= rule.max))
        found(
          `Column '${column.name}' is to have ${rule.min} to ${rule.max} characters.`,
          'Give whole numbers, the smaller first.',
        );
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
  checkExpectations(contract, found);
  return problems;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Faults of rules about rows as a whole and about the table. */
function checkExpectations(contract: ContractSpec, found: (message: string, todo: string) => void): void {
  const byName = new Map(contract.columns.map((c) => [c.name, c]));
  const taken = new Set<string>();
  const own = [
    ...(contract.rowRules ?? []).map(({ name }) => name),
    ...contract.tableRules.map(tableRuleName),
  ];
  const others = declaredRules({ ...contract, rowRules: [] });
  for (const name of own) {
    if (taken.has(name) || others.includes(name))
      found(`Two rules are named '${name}'.`, 'Drop one of them, or name it otherwise.');
    taken.add(name);
    if (name.trim() === '' || name.length > 200 || /\p{Cc}/u.test(name))
      found('The name of a rule is empty, longer than 200 letters or has control characters.', 'Name it.');
  }
  const column = (name: string, rule: string, numbers: boolean): void => {
    const type = byName.get(name)?.type;
    if (type === undefined) {
      const near = nearest(name, byName.keys());
      found(
        `The rule '${rule}' is about '${name}', which is no column${near ? `; there is '${near}'` : ''}.`,
        'Name a declared column.',
      );
    } else if (numbers && type !== 'double' && type !== 'integer')
      found(`The rule '${rule}' is about '${name}', which is ${type}.`, 'Name a column of numbers.');
  };
  const bounds = ({ min, max }: Bounds, rule: string): void => {
    if ((min === undefined && max === undefined) || !((min ?? -Infinity) <= (max ?? Infinity)))
      found(
        `The rule '${rule}' has the bounds ${min ?? 'none'} and ${max ?? 'none'}.`,
        'Give at least one number; of two, the smaller first.',
      );
  };
  const like = ({ tolerance, deviations }: LikeBefore, rule: string): void => {
    if (!(tolerance >= 0) || !(deviations >= 0))
      found(
        `The rule '${rule}' has the tolerance ${tolerance} and ${deviations} deviations.`,
        'Give numbers from 0.',
      );
  };
  for (const rule of contract.tableRules) {
    const name = tableRuleName(rule);
    if (rule.rule === 'rowCount' || rule.rule === 'sql')
      bounds(rule.rule === 'sql' ? rule.bounds : rule, name);
    if (rule.rule === 'rowCountLike') like(rule.like, name);
    if (rule.rule === 'unique') for (const one of rule.columns) column(one, name, false);
    if (rule.rule === 'unique' && rule.columns.length === 0)
      found('A rule `unique` names no column.', 'Name at least one.');
    if (rule.rule === 'nullShare') {
      column(rule.column, name, false);
      if (!(rule.max >= 0 && rule.max <= 1))
        found(`The rule '${name}' allows a share of ${rule.max}.`, 'A share is a number from 0 to 1.');
    }
    if (rule.rule === 'mean' || rule.rule === 'quantile') {
      column(rule.column, name, true);
      if ('like' in rule.wanted) like(rule.wanted.like, name);
      else bounds(rule.wanted.bounds, name);
    }
    if (rule.rule === 'quantile' && !(rule.at >= 0 && rule.at <= 1))
      found(`The rule '${name}' asks for the quantile ${rule.at}.`, 'It is a number from 0 to 1.');
  }
}

/** Patterns that the engine cannot read. */
export async function checkPatterns(
  node: NodeSpec,
  contract: Pick<ContractSpec, 'columns'>,
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
