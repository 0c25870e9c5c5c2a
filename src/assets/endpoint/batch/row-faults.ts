import { MillraceError, outsideSql, type Problem, quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import { type CellRule, cellRuleBroken } from '../../contract/index.ts';
import type { BatchSource } from './batch-source.ts';
import { cellSql, type Wanted } from './wanted.ts';

interface RowFault {
  /** As in "3 rows have …". */
  readonly what: string;
  readonly sql: string;
}

/** What can be amiss with a cell: it is not there, or it is not what is asked for. */
function faultsOf(one: Wanted, source: BatchSource): RowFault[] {
  const { name, type, nullable, isAsOf, field } = one;
  const cell = quoteName(name);
  const value = cellSql(one, source);
  const faults: RowFault[] = nullable ? [] : [{ what: `no ${name}`, sql: `${cell} is null` }];
  if (source.text && type !== undefined && type !== 'string')
    faults.push({
      what: `an entry of ${name} that is no ${type}`,
      sql: `${cell} is not null and ${value} is null`,
    });
  else if (type === 'timestamp' || (type === 'double' && field !== undefined))
    faults.push({
      what: `an entry of ${name} that is no ${type === 'double' ? 'number' : 'instant'}`,
      sql: `${cell} is not null and not isfinite(${value})`,
    });
  if (isAsOf)
    faults.push({ what: `an entry of ${name} before 1700 or from 2255 on`, sql: outsideSql(value) });
  for (const rule of field?.rules ?? [])
    if (rule.rule !== 'references')
      faults.push({
        what: `an entry of ${name} that ${told(rule)}`,
        sql: cellRuleBroken(rule, `(${value})`),
      });
  return faults;
}

/** What an entry that breaks a rule is. */
function told(rule: Exclude<CellRule, { rule: 'references' }>): string {
  switch (rule.rule) {
    case 'between':
      return `is not between ${rule.min} and ${rule.max}`;
    case 'oneOf':
      return `is not one of ${listed(rule.values)}`;
    case 'matches':
      return `does not match ${rule.pattern}`;
    case 'length':
      return `is not ${rule.min} to ${rule.max} characters long`;
  }
}

/** Refuses rows that cannot be asked about: one without a key, say. None is left out in silence. Gives how many rows there are. */
export async function refuseRows(
  session: Session,
  source: BatchSource,
  relation: string,
  wanted: readonly Wanted[],
): Promise<number> {
  const conditions = wanted.flatMap((one) => faultsOf(one, source));
  const counts = conditions.flatMap(({ sql }, i) => [
    `count(*) filter (${sql}) as n${i}`,
    `min(_row) filter (${sql}) as r${i}`,
  ]);
  const [row] = await session.rows<Record<string, number | null>>(
    `select ${['count(*) as n', ...counts].join(', ')} from ${relation}`,
  );
  const all = Number(row?.['n'] ?? 0);
  const problems = conditions.flatMap(({ what }, i): Problem[] => {
    const n = Number(row?.[`n${i}`] ?? 0);
    if (n === 0) return [];
    return [
      {
        code: 'MILL_BATCH_ROWS',
        message: `${source.name}: ${n.toLocaleString('en')} of ${all.toLocaleString('en')} rows ${n === 1 ? 'has' : 'have'} ${what}, the first is row ${Number(row?.[`r${i}`]) + 1}.`,
        todo: 'Mend these rows, or leave them out; nothing was scored.',
        owner: 'data',
      },
    ];
  });
  if (problems.length > 0) throw new MillraceError(problems);
  return all;
}

/** Values that are named. */
const NAMED = 5;

function listed(values: readonly string[]): string {
  const shown = values
    .slice(0, NAMED)
    .map((value) => `'${value}'`)
    .join(', ');
  return values.length > NAMED ? `${shown} and ${values.length - NAMED} more` : shown;
}
