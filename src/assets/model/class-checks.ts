import type { CheckResult } from '../../store/state/index.ts';
import type { Labelled } from './labelled.ts';
import type { Task } from './spec.ts';
import type { RowRange } from './train/index.ts';

/** Classes named in a check, at most. */
const NAMED = 5;

/**
 * Whether every class can be learnt and judged: one without rows to learn from is never answered, and without rows to judge by some figures
 * are undefined. Warnings: the next version may have such rows.
 */
export function checkClasses(task: Task, { target, classes, parts }: Labelled): CheckResult[] {
  if (task !== 'binary' && task !== 'multiclass') return [];
  const names = classes ?? ['false', 'true'];
  return (
    [
      ['rows to learn from', parts.train],
      ['rows to judge by', parts.test],
    ] as const
  ).map(([what, part]) => {
    const without = withoutRows(target, names, part);
    const shown = without.slice(0, NAMED).map((name) => JSON.stringify(name.slice(0, 60)));
    const more = without.length > NAMED ? ` and ${without.length - NAMED} more` : '';
    return {
      name: `every class has ${what}`,
      passed: without.length === 0,
      severity: 'warn',
      observed: without.length === 0 ? `${names.length} classes` : `none of ${shown.join(', ')}${more}`,
      wanted: 'at least 1',
    };
  });
}

function withoutRows(
  target: Float64Array,
  names: readonly string[],
  { from, to }: RowRange,
): readonly string[] {
  const seen = new Set<number>();
  for (let row = from; row < to && seen.size < names.length; row++) seen.add(target[row] as number);
  return names.filter((_, i) => !seen.has(i));
}
