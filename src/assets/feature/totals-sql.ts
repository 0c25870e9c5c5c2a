import { doubleSql, fixedSql } from './fixed-point.ts';
import { branch, featuresWith, labelOf, named, type Part, union, windowsOf } from './part-sql.ts';
import { columnsOf, floorSql, leaveSql, plusSql, valueName } from './row-sql.ts';
import type { FeatureSpec, FeaturesBody } from './spec.ts';

/**
 * count, sum and mean, by subtraction: what had come by t, less what had left by t. Rows and asks stand on lines of time
 * per entity and a running total goes along each once, so the cost is that of a sort, whatever the windows hold.
 * Rows that are known a constant delay after they happen leave in the order in which they came: one line, on which an ask
 * reads again, further back. With a column of available times there is a second line, of rows when they happen: a row
 * leaves a window when the window's start passes its event. A row known only after that was never seen, yet
 * is on both lines; a line per window makes up for such rows, of which there are few.
 */
export function totalsPart(body: FeaturesBody): Part | undefined {
  const features = featuresWith(body.features, 'count', 'sum', 'mean');
  if (features.length === 0) return undefined;
  const windows = windowsOf(features);
  const totals = totalsOf(features);
  const inOrder = body.availableAt === null;

  const sums = totals.map(({ name }) => name);
  const names = ['entity', 'line', 'instant', 'ask', 'reading', ...sums];
  const row = { entity: 'entity', ...Object.fromEntries(sums.map((name) => [name, name])) };
  const lost = { entity: 'entity', ...Object.fromEntries(sums.map((name) => [name, `-${name}`])) };
  const ask = { entity: 'entity', ask: 'ask' };
  const branches = [
    branch(names, { ...row, line: '0', instant: 'known' }, 'amounts'),
    branch(names, { ...ask, line: '0', instant: 'instant', reading: '0' }, 'asks'),
  ];
  if (!inOrder) branches.push(branch(names, { ...row, line: '1', instant: 'event' }, 'amounts'));
  windows.forEach((window, i) => {
    const start = floorSql(`(instant - ${window.window})`, window.hop);
    const reading = String(i + 1);
    if (inOrder) {
      // Never past t itself: with a delay longer than the window, what has left is not even known yet.
      const back = `least(${plusSql(start, body.availableAfter)}, instant)`;
      branches.push(branch(names, { ...ask, line: '0', instant: back, reading }, 'asks'));
      return;
    }
    const leave = leaveSql('event', window);
    const unseen = `amounts\nwhere known >= ${leave}`;
    const line = String(i + 2);
    branches.push(
      branch(names, { ...ask, line: '1', instant: start, reading }, 'asks'),
      branch(names, { ...row, line, instant: `${leave} - 1` }, unseen),
      branch(names, { ...lost, line, instant: 'known' }, unseen),
      branch(
        names,
        { ...ask, line, instant: 'instant', reading: `-${reading}` },
        `asks\nwhere entity in (select entity from ${unseen})`,
      ),
    );
  });

  const reads = windows.flatMap(({ label }, i) =>
    totals.map(({ name, parts }) => {
      const at = (reading: number) => `coalesce(any_value(${name}) filter (reading = ${reading}), 0)`;
      const made = inOrder ? '' : ` + ${at(-i - 1)}`;
      return `${at(0)} - ${at(i + 1)}${made} as ${named(...parts, label)}`;
    }),
  );
  return {
    relations: ['totals'],
    columns: new Map(features.map((feature) => [feature.name, resultSql(feature)])),
    ctes: [
      {
        name: 'amounts',
        why: 'Doubles as whole numbers of 2^-64, so that sums are exact in any order.',
        sql: `select entity, event, known,\n  ${totals.map((t) => `${t.amount} as ${t.name}`).join(',\n  ')}\nfrom events`,
      },
      {
        name: 'totals_line',
        why: inOrder
          ? 'Rows when they become known; asks at t (reading 0) and at each start of a window (readings 1 …).'
          : 'Line 0: rows when they become known, asks at t (reading 0). Line 1: rows when they happen, asks at each start of a window (readings 1 …). Lines 2 …: what these subtract too early (readings −1 …).',
        sql: union(branches),
      },
      {
        name: 'totals_read',
        why: 'What every ask finds before it. At equal instants asks come first: a row at exactly t is not seen.',
        sql: `select ask, reading,\n  ${sums.map((name) => `sum(${name}) over before as ${name}`).join(',\n  ')}
from totals_line
window before as (partition by entity, line order by instant, ask nulls last rows unbounded preceding)
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

/** Something that is added up over rows. */
interface Total {
  readonly name: string;
  readonly parts: readonly string[];
  /** What a row adds. */
  readonly amount: string;
}

function totalsOf(features: readonly FeatureSpec[]): Total[] {
  const totals: Total[] = [];
  const add = (amount: string, ...parts: string[]) => totals.push({ name: named(...parts), parts, amount });
  if (features.some(({ aggregate }) => aggregate === 'count')) add('1', 'rows');
  for (const { column, type, feature } of columnsOf(features)) {
    const value = valueName(column);
    const [whole, part] = fixedSql(value, type, `feature '${feature}': column '${column}'`);
    add(whole as string, 'whole', column);
    if (part !== undefined) add(part, 'part', column);
    if (features.some((f) => f.aggregate === 'mean' && f.column === column))
      add(`case when ${value} is not null then 1 end`, 'count', column);
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
