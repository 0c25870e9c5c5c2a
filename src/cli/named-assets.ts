import { kinds } from '../assets/index.ts';
import {
  formatInstant,
  type Instant,
  type Interval,
  MillraceError,
  nearest,
  parseInstant,
} from '../base/index.ts';
import { type Graph, isByIntervals, type Selection } from '../graph/index.ts';

/** The assets named on the command line; undefined for all. @throws MILL_ASSET_UNKNOWN */
export function namedAssets(graph: Graph, names: readonly string[]): readonly string[] | undefined {
  for (const name of names) {
    if (graph.nodes.has(name)) continue;
    const near = nearest(name, graph.nodes.keys());
    throw new MillraceError({
      code: 'MILL_ASSET_UNKNOWN',
      message: `Project '${graph.name}' has no asset '${name}'${near ? `; it has '${near}'` : ''}.`,
      todo: 'Name one that `millrace show` lists.',
      owner: 'project',
    });
  }
  return names.length === 0 ? undefined : names;
}

/** How much goes with the assets that are named. */
export interface SelectionOptions {
  only?: boolean;
  downstream?: boolean;
  /** Event time to be built again: a day or an instant, or two of them. */
  from?: string;
  to?: string;
}

/** The part of the project that the command line names; undefined for all. @throws MILL_ASSET_UNKNOWN, MILL_CLI_USAGE */
export function selectionOf(
  graph: Graph,
  names: readonly string[],
  { only = false, downstream = false, ...range }: SelectionOptions,
): Selection | undefined {
  const assets = namedAssets(graph, names);
  const backfill = backfillOf(range);
  if (assets !== undefined) return { assets, inputs: !only, downstream, ...(backfill ? { backfill } : {}) };
  if (backfill !== undefined) return everyInterval(graph, backfill, { only, downstream });
  if (!only && !downstream) return undefined;
  throw new MillraceError({
    code: 'MILL_CLI_USAGE',
    message: `${only ? '--only' : '--downstream'} goes with the names of assets, and none is given.`,
    todo: 'Name one that `millrace show` lists.',
    owner: 'project',
  });
}

/** Without names, a back-fill is for all that is built by intervals. @throws MILL_CLI_USAGE when nothing is */
function everyInterval(
  graph: Graph,
  backfill: Interval,
  { only, downstream }: { only: boolean; downstream: boolean },
): Selection {
  const assets = [...graph.nodes.values()]
    .filter((node) => isByIntervals(node, kinds))
    .map(({ name }) => name);
  if (assets.length === 0)
    throw usage(`no table of project '${graph.name}' is incremental, so there is nothing to back-fill`);
  return { assets, inputs: !only, downstream, backfill };
}

/** The event time between `--from` and `--to`. @throws MILL_CLI_USAGE */
function backfillOf({ from, to }: { from?: string; to?: string }): Interval | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) throw usage('--from and --to go together');
  const interval = { from: instantOf('--from', from), to: instantOf('--to', to) };
  if (interval.from < interval.to) return interval;
  throw usage(`--from ${formatInstant(interval.from)} is not before --to ${formatInstant(interval.to)}`);
}

function instantOf(option: string, text: string): Instant {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  throw usage(
    `${option} '${text}' is neither a day (2026-01-31) nor an instant in UTC (2026-01-31T12:00:00Z)`,
  );
}

function usage(what: string): MillraceError {
  return new MillraceError({
    code: 'MILL_CLI_USAGE',
    message: `${what.charAt(0).toUpperCase()}${what.slice(1)}.`,
    todo: '`millrace help run` has an example.',
    owner: 'project',
  });
}
