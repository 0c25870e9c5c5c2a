import { doubleSql, fixedSql } from './fixed-point.ts';
import { branch, featuresWith, labelOf, named, type Part, union, windowsOf } from './part-sql.ts';
import { columnsOf, floorSql, leaveSql, valueName } from './row-sql.ts';
import type { FeatureSpec, FeaturesBody } from './spec.ts';

/**
 * count, sum and mean, by subtraction: what had come by t, less what had left by t. Rows and asks stand on one line of
 * time per entity and a running total goes along it once, so the cost is that of a sort, whatever the windows hold.
 * Rows that are known a constant delay after they happen leave in the order in which they came, so an ask reads the
 * same totals again, further back. With a column of available times each window has a line of its own for leaving,
 * because a late row may leave the moment it comes.
 */
export function totalsPart(body: FeaturesBody): Part | undefined {
  const features = featuresWith(body.features, 'count', 'sum', 'mean');
  if (features.length === 0) return undefined;
  const windows = windowsOf(features);
  const totals = totalsOf(features);
  const inOrder = body.availableAt === null;

  const amounts = totals.filter(({ amount }) => amount !== undefined);
  const names = ['entity', 'line', 'instant', 'ask', 'reading', 'row', ...amounts.map(({ name }) => name)];
  const row = { entity: 'entity', row: 'row', ...Object.fromEntries(amounts.map((t) => [t.name, t.name])) };
  const ask = { entity: 'entity', ask: 'ask' };
  const branches = [
    branch(names, { ...row, line: '0', instant: 'known' }, 'amounts'),
    branch(names, { ...ask, line: '0', instant: 'instant', reading: '0' }, 'asks'),
  ];
  windows.forEach((window, i) => {
    const reading = String(i + 1);
    const leave = `greatest(${leaveSql('event', window)} - 1, known)`;
    const start = floorSql(`(instant - ${window.window})`, window.hop);
    // Never past t itself: with a delay longer than the window, what has left is not even known yet.
    const back = `least(${start} + ${body.availableAfter}, instant)`;
    if (inOrder) branches.push(branch(names, { ...ask, line: '0', instant: back, reading }, 'asks'));
    else
      branches.push(
        branch(names, { ...row, line: reading, instant: leave }, 'amounts'),
        branch(names, { ...ask, line: reading, instant: 'instant', reading }, 'asks'),
      );
  });

  const reads = windows.flatMap(({ label }, i) =>
    totals.map(({ name, parts }) => {
      const at = (reading: number) => `coalesce(any_value(${name}) filter (reading = ${reading}), 0)`;
      return `${at(0)} - ${at(i + 1)} as ${named(...parts, label)}`;
    }),
  );
  return {
    relation: 'totals',
    columns: new Map(features.map((feature) => [feature.name, resultSql(feature)])),
    ctes: [
      {
        name: 'amounts',
        why: 'Doubles as whole numbers of 2^-64, so that sums are exact in any order.',
        sql: `select entity, event, known, row${amounts.map((t) => `,\n  ${t.amount} as ${t.name}`).join('')}\nfrom events`,
      },
      {
        name: 'totals_line',
        why: inOrder
          ? 'Rows when they become known; asks at t (reading 0) and at each start of a window (readings 1 …).'
          : 'Line 0: rows when they become known. Line i: rows when they leave window i. Asks at t on each line.',
        sql: union(branches),
      },
      {
        name: 'totals_read',
        why: 'What every ask finds before it. At equal instants asks come first: a row at exactly t is not seen.',
        sql: `select ask, reading,\n  ${totals.map((t) => `${t.running} over before as ${t.name}`).join(',\n  ')}
from totals_line
window before as (partition by entity, line order by instant, row nulls first rows unbounded preceding)
qualify ask is not null`,
      },
      {
        name: 'totals',
        why: windows.map(({ label }, i) => `${i + 1} = ${label}`).join(', '),
        sql: `select ask,\n  ${reads.join(',\n  ')}\nfrom totals_read\ngroup by ask`,
      },
    ],
  };
}

interface Total {
  readonly name: string;
  readonly parts: readonly string[];
  /** What a row adds, when it is not the row itself. */
  readonly amount?: string;
  readonly running: string;
}

function totalsOf(features: readonly FeatureSpec[]): Total[] {
  const totals: Total[] = [];
  if (features.some(({ aggregate }) => aggregate === 'count'))
    totals.push({ name: named('rows'), parts: ['rows'], running: 'count(row)' });
  for (const { column, type, feature } of columnsOf(features)) {
    const whole = named('whole', column);
    const part = named('part', column);
    const [wholeSql, partSql] = fixedSql(valueName(column), type, `feature '${feature}': column '${column}'`);
    totals.push({
      name: whole,
      parts: ['whole', column],
      amount: wholeSql as string,
      running: `sum(${whole})`,
    });
    if (partSql !== undefined)
      totals.push({ name: part, parts: ['part', column], amount: partSql, running: `sum(${part})` });
    if (features.some((f) => f.aggregate === 'mean' && f.column === column))
      totals.push({ name: named('count', column), parts: ['count', column], running: `count(${whole})` });
  }
  return totals;
}

function resultSql(feature: FeatureSpec): string {
  const of = (...parts: string[]) => `totals.${named(...parts, labelOf(feature))}`;
  if (feature.aggregate === 'count') return of('rows');
  const column = feature.column as string;
  const part = feature.columnType === 'integer' ? undefined : of('part', column);
  const total = doubleSql(of('whole', column), part);
  return feature.aggregate === 'sum' ? total : `(${total}) / nullif(${of('count', column)}, 0)`;
}
