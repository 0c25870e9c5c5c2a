import type { Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { quarantineOf } from './source-tables.ts';

/** Rows in a dataset's quarantine at a version, and how many of them break each rule. A row can break several. */
export async function brokenRules(
  { lake, engine }: Workspace,
  version: Version,
): Promise<{ rows: number; byRule: Record<string, number> }> {
  const table = lake.table(quarantineOf(version.asset), version.snapshot);
  if (table === undefined || table.rows === 0) return { rows: 0, byRule: {} };
  const session = await engine.session();
  try {
    const counts = await session.rows<{ rule: string; n: number }>(
      `select rule, count(*) as n from (select unnest(from_json(_rules, '["VARCHAR"]')) as rule from ${session.scan(table)})
       group by rule order by n desc, rule`,
    );
    return { rows: table.rows, byRule: Object.fromEntries(counts.map(({ rule, n }) => [rule, n])) };
  } finally {
    session.close();
  }
}
