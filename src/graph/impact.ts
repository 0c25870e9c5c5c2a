import type { Lineage } from './lineage.ts';
import type { Graph } from './project.ts';

/** How something downstream is reached: its values are made of it, or it decides which rows there are, their order, a window. */
export type How = 'direct' | 'indirect';

/** A node that is reached. */
export interface Reached {
  readonly asset: string;
  readonly kind: string;
  readonly how: How;
  /** Its columns that are reached; null where it has none that are told apart. */
  readonly columns: Readonly<Record<string, How>> | null;
  /** The inputs by which it is reached. */
  readonly through: readonly string[];
}

/** What is reached of a node: some columns, or the whole. */
type Touched = ReadonlyMap<string, How> | How;

/**
 * Everything downstream of an asset or of one of its columns, in the order of the graph. Pure. A node without lineage is reached as a
 * whole by anything of its inputs.
 */
export function impact(
  graph: Graph,
  lineages: ReadonlyMap<string, Lineage>,
  asset: string,
  column?: string,
): Reached[] {
  const touched = new Map<string, Touched>([
    [asset, column === undefined ? 'direct' : new Map([[column, 'direct' as const]])],
  ]);
  const reached: Reached[] = [];
  for (const { name, kind, inputs } of graph.nodes.values()) {
    const through = inputs.filter((input) => touched.has(input));
    if (name === asset || through.length === 0) continue;
    const found = touchedOf(lineages.get(name), inputs, touched);
    if (found === undefined) continue;
    touched.set(name, found);
    const columns = typeof found === 'string' ? null : Object.fromEntries(found);
    const how = typeof found === 'string' ? found : worst([...found.values()]);
    reached.push({ asset: name, kind, how: how ?? 'indirect', columns, through });
  }
  return reached;
}

const worst = (hows: readonly (How | undefined)[]): How | undefined =>
  hows.includes('direct') ? 'direct' : hows.find((how) => how !== undefined);

function touchedOf(
  lineage: Lineage | undefined,
  inputs: readonly string[],
  touched: ReadonlyMap<string, Touched>,
): Touched | undefined {
  const ofRef = ({ input, column }: { input: string; column: string | null }): How | undefined => {
    const found = touched.get(input);
    if (found === undefined || typeof found === 'string') return found;
    return column === null ? worst([...found.values()]) : found.get(column);
  };
  if (lineage === undefined) return worst(inputs.map((input) => ofRef({ input, column: null })));
  // Of an input that is touched as a whole, the rows are touched too.
  const rows =
    inputs.some((input) => typeof touched.get(input) === 'string') ||
    lineage.rows.from.some((ref) => ofRef(ref) !== undefined);
  const columns = new Map<string, How>();
  for (const [name, { direct, indirect }] of Object.entries(lineage.columns)) {
    const made = worst(direct.map(ofRef));
    const beside = indirect.some((ref) => ofRef(ref) !== undefined) || rows;
    const how = made ?? (beside ? 'indirect' : undefined);
    if (how !== undefined) columns.set(name, how);
  }
  if (columns.size > 0) return columns;
  return rows ? 'indirect' : undefined;
}
