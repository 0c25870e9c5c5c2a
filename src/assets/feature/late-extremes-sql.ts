import type { Micros } from '../../base/index.ts';
import { quoteName } from '../../base/index.ts';
import { branch, type Cte, named, union, type WindowUse } from './part-sql.ts';
import { columnsOf, floorSql, leaveSql, valueName } from './row-sql.ts';
import type { FeatureSpec } from './spec.ts';

/**
 * min and max over one window, of rows that became known more than `lateness` after they happened. Such a row is seen at t in
 * [known + 1, leave), and these stays begin in any order and have any length. Time is cut into blocks of hop × 2^k; a stay
 * uses the largest blocks that are not longer than it, so it is the end of one block, perhaps one whole block, and the
 * beginning of another: three pieces at most. An ask reads its own block of each size: the extreme of all ends that
 * have begun, and of all beginnings that are not over. Two running extremes, one in each direction.
 * There are at most log2(window / hop) + 1 sizes, and asks whose block is empty are left out.
 */
export function lateExtremes(
  features: readonly FeatureSpec[],
  window: WindowUse,
  lateness: Micros,
  number: number,
): { readonly label: string; readonly relation: string; readonly ctes: readonly Cte[] } {
  const columns = columnsOf(features).map(({ column }) => column);
  const values = columns.map(valueName);
  const begun = columns.map((column) => named('begun', column));
  const unfinished = columns.map((column) => named('unfinished', column));
  const relation = `late_${number}`;
  const sizes = sizesOf(window, lateness);
  const larger = sizes.slice(1).toReversed();
  const size = larger.length
    ? `case ${larger.map((step) => `when leave - begin >= ${step} then ${step}`).join(' ')} else ${sizes[0]} end`
    : String(sizes[0]);
  // Blocks are counted from where windows end, so that every leaving falls on a block's end.
  const blockOf = (instant: string) => floorSql(`(${instant} - ${window.window})`, 'size');

  const names = ['entity', 'size', 'block', 'instant', 'ask', ...begun, ...unfinished];
  const stay = { entity: 'entity', size: 'size' };
  const asBegun = { ...stay, ...Object.fromEntries(begun.map((name, i) => [name, values[i] as string])) };
  const asUnfinished = {
    ...stay,
    ...Object.fromEntries(unfinished.map((name, i) => [name, values[i] as string])),
  };
  const stays = `${relation}_stays`;
  const pieces = `${relation}_pieces`;
  const results = features.map(({ name, aggregate, column }) => {
    const sides = [begun, unfinished].map((side) =>
      named(aggregate, side[columns.indexOf(column as string)] as string),
    );
    const both = aggregate === 'min' ? 'least' : 'greatest';
    return `${aggregate}(${both}(${sides.join(', ')})) as ${quoteName(name)}`;
  });
  const aggregates = [...new Set(features.map(({ aggregate }) => aggregate))];
  const running = aggregates.flatMap((aggregate) => [
    ...begun.map((name) => `${aggregate}(${name}) over begun as ${named(aggregate, name)}`),
    ...unfinished.map((name) => `${aggregate}(${name}) over unfinished as ${named(aggregate, name)}`),
  ]);
  const order = 'partition by entity, size, block order by instant, ask nulls first rows';
  const ctes: Cte[] = [
    {
      name: stays,
      why: `Rows late for ${window.label}: each is seen from \`begin\` and before \`leave\`, in blocks of \`size\` from \`first\` to \`final\`.`,
      sql: `select *, ${blockOf('begin')} as first, ${blockOf('(leave - 1)')} as final
from (
  select *, ${size} as size
  from (
    select entity, known + 1 as begin, ${leaveSql('event', window)} as leave, ${values.join(', ')}
    from events
    where known - event > ${lateness}
  )
  where begin < leave
)`,
    },
    {
      name: pieces,
      why: 'The end of a block, a whole block between, the beginning of a block.',
      sql: union([
        branch(names, { ...asBegun, block: 'first', instant: 'begin' }, stays),
        branch(
          names,
          { ...asBegun, block: 'first + size', instant: `first + size + ${window.window}` },
          `${stays}\nwhere final - first > size`,
        ),
        branch(names, { ...asUnfinished, block: 'final', instant: 'leave' }, `${stays}\nwhere final > first`),
      ]),
    },
    {
      name: `${relation}_line`,
      why: 'Pieces, and asks in their block of every size.',
      sql: `select *\nfrom ${pieces}\nunion all
${branch(
  names,
  { entity: 'entity', size: 'size', block: 'block', instant: 'instant', ask: 'ask' },
  `(\n  select *, ${blockOf('instant')} as block\n  from asks, unnest([${sizes.join(', ')}]) as sizes(size)\n)`,
)}
where (entity, size, block) in (select (entity, size, block) from ${pieces})`,
    },
    {
      name: `${relation}_read`,
      why: 'At equal instants asks come last: a stay that begins at t is seen, one that leaves at t is not.',
      sql: `select ask,\n  ${running.join(',\n  ')}
from ${relation}_line
window
  begun as (${order} unbounded preceding),
  unfinished as (${order} between current row and unbounded following)
qualify ask is not null`,
    },
    {
      name: relation,
      why: 'Over all sizes.',
      sql: `select ask,\n  ${results.join(',\n  ')}\nfrom ${relation}_read\ngroup by ask`,
    },
  ];
  return { label: window.label, relation, ctes };
}

/** hop, 2 hops, 4 hops … as long as a late row can be seen. */
function sizesOf({ window, hop }: WindowUse, lateness: Micros): number[] {
  const sizes = [hop];
  for (let size = hop * 2; size < window + hop - lateness; size *= 2) sizes.push(size);
  return sizes;
}
