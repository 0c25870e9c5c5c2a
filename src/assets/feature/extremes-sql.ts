import { quoteName } from '../../base/index.ts';
import { lateExtremes } from './late-extremes-sql.ts';
import {
  branch,
  type Cte,
  featuresWith,
  labelOf,
  named,
  type Part,
  union,
  type WindowUse,
  windowsOf,
} from './part-sql.ts';
import { columnsOf, floorSql, plusSql, valueName } from './row-sql.ts';
import type { FeatureSpec, FeaturesBody } from './spec.ts';

/**
 * min and max. They cannot be had by subtraction, so an ask looks at stretches of rows in order: RANGE frames whose
 * lengths each ask brings along. The engine answers a frame from a tree of extremes, in the logarithm of the rows.
 *
 * Rows known a constant delay after they happen stand in one order, and a window is one stretch of it.
 *
 * With a column of available times a window [start, t) is no stretch, neither in the order of becoming known nor in that
 * of happening. But take rows late by at most L, half the window. Those known from start + L on happened from start on.
 * Those that happened before t − L were known before t. And each row of the window is of the one sort or the other,
 * since start + L ≤ t − L. So two stretches together are the window, and that they overlap is nothing to min and max.
 * Rows that came later than that go a slower way.
 */
export function extremesPart(body: FeaturesBody): Part | undefined {
  const features = featuresWith(body.features, 'min', 'max');
  if (features.length === 0) return undefined;
  const delay = body.availableAfter;
  if (body.availableAt === null) {
    const ctes = frames(features, 'extremes', {
      order: 'known',
      // Never negative: with a delay longer than the window, what has left is not even known yet.
      from: (window) => `greatest(instant - (${plusSql(startSql(window), delay)}), 0)`,
      until: () => 1,
    });
    const columns = features.map(({ name }) => [name, `extremes.${quoteName(name)}`] as const);
    return { relations: ['extremes'], columns: new Map(columns), ctes };
  }
  const known = frames(features, 'extremes_known', {
    order: 'known',
    from: (window) => `instant - (${startSql(window)} + ${lateness(window)})`,
    until: () => 1,
    lateness,
  });
  const happened = frames(features, 'extremes_happened', {
    order: 'event',
    from: (window) => `instant - (${startSql(window)})`,
    until: (window) => lateness(window) + 1,
    lateness,
  });
  const late = windowsOf(features).map((window, i) =>
    lateExtremes(
      features.filter((feature) => labelOf(feature) === window.label),
      window,
      lateness(window),
      i + 1,
    ),
  );
  const columns = features.map((feature) => {
    const name = quoteName(feature.name);
    const found = late.find(({ label }) => label === labelOf(feature))?.relation;
    const both = feature.aggregate === 'min' ? 'least' : 'greatest';
    return [
      feature.name,
      `${both}(extremes_known.${name}, extremes_happened.${name}, ${found}.${name})`,
    ] as const;
  });
  return {
    relations: ['extremes_known', 'extremes_happened', ...late.map(({ relation }) => relation)],
    columns: new Map(columns),
    ctes: [...known, ...happened, ...late.flatMap(({ ctes }) => ctes)],
  };
}

type Window = Pick<WindowUse, 'window' | 'hop'>;

const startSql = ({ window, hop }: Window): string => floorSql(`(instant - ${window})`, hop);

const lateness = ({ window }: Window): number => Math.floor(window / 2);

interface Frames {
  /** What rows are ordered by. */
  readonly order: 'known' | 'event';
  /** How far before the ask a window's frame begins, in SQL over asks, and how far before it ends; both inclusive. */
  readonly from: (window: Window) => string;
  readonly until: (window: Window) => number;
  /** Rows later than this take no part. */
  readonly lateness?: (window: Window) => number;
}

function frames(
  features: readonly FeatureSpec[],
  name: string,
  { order, from, until, lateness }: Frames,
): Cte[] {
  const windows = windowsOf(features);
  const lengths = windows.map(({ label }) => named('length', label));
  const cellOf = (column: string, label: string) =>
    lateness ? named('value', column, label) : valueName(column);
  const values = new Map<string, string>();
  for (const window of windows)
    for (const { column } of columnsOf(features.filter((feature) => labelOf(feature) === window.label))) {
      const value = valueName(column);
      const punctual = lateness && `case when known - event <= ${lateness(window)} then ${value} end`;
      values.set(cellOf(column, window.label), punctual ?? value);
    }
  const names = ['entity', 'instant', 'ask', ...lengths, ...values.keys()];
  const none = Object.fromEntries(lengths.map((length) => [length, '0']));
  const asked = Object.fromEntries(windows.map((window, i) => [lengths[i], from(window)]));
  const seen = features.map(
    (feature) =>
      `${feature.aggregate}(${cellOf(feature.column as string, labelOf(feature))}) over ${quoteName(labelOf(feature))} as ${quoteName(feature.name)}`,
  );
  const stretches = windows.map(
    (window, i) =>
      `${quoteName(window.label)} as (partition by entity order by instant range between ${lengths[i]} preceding and ${until(window)} preceding)`,
  );
  return [
    {
      name: `${name}_line`,
      why: `Rows when they ${order === 'known' ? 'become known' : 'happen'}, and asks with how far back each window's frame begins. Frames of rows are empty.`,
      sql: union([
        branch(names, { entity: 'entity', instant: order, ...none, ...Object.fromEntries(values) }, 'events'),
        branch(names, { entity: 'entity', instant: 'instant', ask: 'ask', ...asked }, 'asks'),
      ]),
    },
    {
      name,
      why: lateness
        ? 'Of rows that were late by at most half the window.'
        : 'The frame ends one microsecond before t.',
      sql: `select ask,\n  ${seen.join(',\n  ')}\nfrom ${name}_line\nwindow\n  ${stretches.join(',\n  ')}\nqualify ask is not null`,
    },
  ];
}
