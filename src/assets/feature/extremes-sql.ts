import { quoteName } from '../../base/index.ts';
import {
  branch,
  featuresWith,
  labelOf,
  named,
  type Part,
  union,
  type WindowUse,
  windowsOf,
} from './part-sql.ts';
import { columnsOf, floorSql, leaveSql, valueName } from './row-sql.ts';
import type { FeatureSpec, FeaturesBody } from './spec.ts';

/** min and max. They cannot be had by subtraction, so each window is looked at whole; see the two ways below. */
export function extremesParts(body: FeaturesBody): Part[] {
  const features = featuresWith(body.features, 'min', 'max');
  if (features.length === 0) return [];
  if (body.availableAt === null) return [framesPart(features, body.availableAfter)];
  return windowsOf(features).map((window, i) =>
    blocksPart(
      features.filter((feature) => labelOf(feature) === window.label),
      window,
      i + 1,
    ),
  );
}

/**
 * Rows known a constant delay after they happen stand in one order, and a window is a stretch of it: a RANGE frame whose
 * length each ask brings along. The engine answers a frame from a tree of extremes, in the logarithm of the rows.
 */
function framesPart(features: readonly FeatureSpec[], delay: number): Part {
  const windows = windowsOf(features);
  const values = columnsOf(features).map(({ column }) => valueName(column));
  const lengths = windows.map(({ label }) => named('length', label));
  const names = ['entity', 'instant', 'ask', ...lengths, ...values];
  const lengthOf = ({ window, hop }: WindowUse) =>
    `greatest(instant - (${floorSql(`(instant - ${window})`, hop)} + ${delay}), 0)`;
  const seen = features.map(
    ({ name, aggregate, column, window, hop }) =>
      `${aggregate}(${valueName(column as string)}) over ${quoteName(labelOf({ window, hop }))} as ${quoteName(name)}`,
  );
  const frames = windows.map(
    ({ label }, i) =>
      `${quoteName(label)} as (partition by entity order by instant range between ${lengths[i]} preceding and 1 preceding)`,
  );
  return {
    relation: 'extremes',
    columns: new Map(features.map(({ name }) => [name, `extremes.${quoteName(name)}`])),
    ctes: [
      {
        name: 'extremes_line',
        why: 'Rows when they become known, and asks with how far back each window reaches. Frames of rows are empty.',
        sql: union([
          branch(
            names,
            {
              entity: 'entity',
              instant: 'known',
              ...Object.fromEntries(lengths.map((length) => [length, '0'])),
              ...Object.fromEntries(values.map((value) => [value, value])),
            },
            'events',
          ),
          branch(
            names,
            {
              entity: 'entity',
              instant: 'instant',
              ask: 'ask',
              ...Object.fromEntries(windows.map((window, i) => [lengths[i], lengthOf(window)])),
            },
            'asks',
          ),
        ]),
      },
      {
        name: 'extremes',
        why: 'The frame ends one microsecond before t.',
        sql: `select ask,\n  ${seen.join(',\n  ')}\nfrom extremes_line\nwindow\n  ${frames.join(',\n  ')}\nqualify ask is not null`,
      },
    ],
  };
}

/**
 * With a column of available times a row is seen at t in [known + 1, leave), and these stretches begin in any order and
 * have any length. Time is cut into blocks of hop × 2^k; a stretch uses the largest blocks that are not longer than it, so it
 * covers the end of one block, perhaps one whole block, and the beginning of another: three entries at most. An ask
 * reads its own block of each size: the extreme of all ends begun by t, and of all beginnings not over by t. Two
 * running extremes, one in each direction. There are at most log2(window / hop) + 1 sizes.
 */
function blocksPart(features: readonly FeatureSpec[], window: WindowUse, number: number): Part {
  const columns = columnsOf(features).map(({ column }) => column);
  const values = columns.map(valueName);
  const begun = columns.map((column) => named('begun', column));
  const unfinished = columns.map((column) => named('unfinished', column));
  const sizes = sizesOf(window);
  const [stays, pieces, read, relation] = ['stays', 'pieces', 'read', ''].map((word) =>
    quoteName(`extremes_${number}${word && `_${word}`}`),
  ) as [string, string, string, string];
  // Blocks are counted from where windows end, so that every leaving falls on a block's end.
  const blockOf = (instant: string) => floorSql(`(${instant} - ${window.window})`, 'size');
  const larger = sizes.slice(1).toReversed();
  const size = larger.length
    ? `case ${larger.map((step) => `when leave - begin >= ${step} then ${step}`).join(' ')} else ${sizes[0]} end`
    : String(sizes[0]);
  const names = ['entity', 'size', 'block', 'instant', 'ask', ...begun, ...unfinished];
  const stay = { entity: 'entity', size: 'size' };
  const asBegun = Object.fromEntries(begun.map((name, i) => [name, values[i] as string]));
  const asUnfinished = Object.fromEntries(unfinished.map((name, i) => [name, values[i] as string]));
  const results = features.map(({ name, aggregate, column }) => {
    const both = aggregate === 'min' ? 'least' : 'greatest';
    const sides = [
      named(aggregate, 'begun', column as string),
      named(aggregate, 'unfinished', column as string),
    ];
    return `${aggregate}(${both}(${sides.join(', ')})) as ${quoteName(name)}`;
  });
  const running = [...new Set(features.map(({ aggregate, column }) => `${aggregate} ${column}`))].flatMap(
    (_, i, all) => {
      const feature = features.find((f) => `${f.aggregate} ${f.column}` === all[i]) as FeatureSpec;
      const { aggregate } = feature;
      const column = feature.column as string;
      return [
        `${aggregate}(${named('begun', column)}) over upto as ${named(aggregate, 'begun', column)}`,
        `${aggregate}(${named('unfinished', column)}) over onwards as ${named(aggregate, 'unfinished', column)}`,
      ];
    },
  );
  return {
    relation,
    columns: new Map(features.map(({ name }) => [name, `${relation}.${quoteName(name)}`])),
    ctes: [
      {
        name: stays,
        why: `${window.label}: when each row is seen, from \`begin\` and before \`leave\`, and the size of its blocks.`,
        sql: `select *, ${size} as size
from (
  select entity, known + 1 as begin, ${leaveSql('event', window)} as leave, ${values.join(', ')}
  from events
)
where begin < leave`,
      },
      {
        name: pieces,
        why: 'Each stay as the end of a block, a whole block between, and the beginning of a block; and asks in every size.',
        sql: union([
          branch(names, { ...stay, block: 'first', instant: 'begin', ...asBegun }, 'blocks'),
          branch(
            names,
            { ...stay, block: 'first + size', instant: `first + size + ${window.window}`, ...asBegun },
            'blocks\nwhere final - first > size',
          ),
          branch(
            names,
            { ...stay, block: 'final', instant: 'leave', ...asUnfinished },
            'blocks\nwhere final > first',
          ),
          branch(
            names,
            { entity: 'entity', size: 'size', block: blockOf('instant'), instant: 'instant', ask: 'ask' },
            `asks, unnest([${sizes.join(', ')}]) as sizes(size)`,
          ),
        ]).replace(
          /^/,
          `with blocks as (\n  select *, ${blockOf('begin')} as first, ${blockOf('(leave - 1)')} as final\n  from ${stays}\n)\n`,
        ),
      },
      {
        name: read,
        why: 'At equal instants asks come last: a stay that begins at t is seen, one that leaves at t is not.',
        sql: `select ask,\n  ${running.join(',\n  ')}
from ${pieces}
window
  upto as (partition by entity, size, block order by instant, ask nulls first rows unbounded preceding),
  onwards as (partition by entity, size, block order by instant, ask nulls first
    rows between current row and unbounded following)
qualify ask is not null`,
      },
      {
        name: relation,
        why: 'Over all sizes.',
        sql: `select ask, ${results.join(', ')}\nfrom ${read}\ngroup by ask`,
      },
    ],
  };
}

/** hop, 2 hops, 4 hops … as long as a row can be seen: less than window + hop. */
function sizesOf({ window, hop }: WindowUse): number[] {
  const sizes = [hop];
  for (let size = hop * 2; size < window + hop; size *= 2) sizes.push(size);
  return sizes;
}
