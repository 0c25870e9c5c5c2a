import type { Version } from '../store/state/index.ts';
import type { ColumnChange } from './column-changes.ts';
import { type Lineage, readsOf } from './lineage.ts';
import type { Graph } from './project.ts';

/** A change of a promise about a column, and the assets that read it, as declared or as live. */
export interface ReadChange extends ColumnChange {
  readonly readers: readonly string[];
}

/** An asset that has a step because of another's. */
export interface Reach {
  readonly asset: string;
  readonly kind: string;
}

type KnownOf = ReadonlyMap<
  string,
  { readonly live: Version | undefined; readonly lineage?: Lineage | undefined }
>;

/** Assets built from this column, by their declaration now or by that of the version that is live. */
export function readersOf(graph: Graph, known: KnownOf, asset: string, column: string): string[] {
  const readers: string[] = [];
  for (const { name, inputs } of graph.nodes.values()) {
    const facts = known.get(name);
    if (facts === undefined) continue;
    const reads = [readsOf(inputs, facts.lineage)[asset], facts.live?.outline?.reads[asset]];
    if (reads.some((columns) => columns === null || columns?.includes(column))) readers.push(name);
  }
  return readers;
}

interface Moved {
  readonly asset: string;
  readonly kind: string;
  readonly after: readonly string[];
  readonly outline: { readonly seen: Readonly<Record<string, string>> };
}

/** The steps that come because of this one, near or far: those whose part of an input is no longer what it was. */
export function reachOf(from: Moved, steps: readonly Moved[], known: KnownOf): Reach[] {
  const reached = new Set([from.asset]);
  const found: Reach[] = [];
  for (const { asset, kind, after, outline } of steps) {
    const before = known.get(asset)?.live?.outline?.seen;
    const because = after.some(
      (input) => reached.has(input) && (before === undefined || before[input] !== outline.seen[input]),
    );
    if (!because || asset === from.asset) continue;
    reached.add(asset);
    found.push({ asset, kind });
  }
  return found;
}
