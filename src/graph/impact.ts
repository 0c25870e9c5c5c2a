import type { ColumnRef, Lineage } from './lineage.ts';
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

/** What is reached of a node: some of its columns, the whole of it where they are not told apart, and whether its rows are others. */
interface Touched {
  readonly columns: ReadonlyMap<string, How>;
  readonly whole?: How;
  readonly rows: boolean;
}

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
  const start: Touched =
    column === undefined
      ? { columns: new Map(), whole: 'direct', rows: true }
      : { columns: new Map([[column, 'direct']]), rows: false };
  const touched = new Map<string, Touched>([[asset, start]]);
  const reached: Reached[] = [];
  for (const { name, kind, inputs } of graph.nodes.values()) {
    const through = inputs.filter((input) => touched.has(input));
    if (name === asset || through.length === 0) continue;
    const found = touchedOf(lineages.get(name), inputs, touched);
    if (found === undefined) continue;
    touched.set(name, found);
    const { whole, columns } = found;
    reached.push({
      asset: name,
      kind,
      how: whole ?? nearer([...columns.values()]) ?? 'indirect',
      columns: whole === undefined ? Object.fromEntries(columns) : null,
      through,
    });
  }
  return reached;
}

const nearer = (hows: readonly (How | undefined)[]): How | undefined =>
  hows.includes('direct') ? 'direct' : hows.find((how) => how !== undefined);

const all = ({ whole, columns, rows }: Touched): How | undefined =>
  nearer([whole, ...columns.values(), rows ? 'indirect' : undefined]);

function touchedOf(
  lineage: Lineage | undefined,
  inputs: readonly string[],
  touched: ReadonlyMap<string, Touched>,
): Touched | undefined {
  const ofRef = ({ input, column }: ColumnRef): How | undefined => {
    const found = touched.get(input);
    if (found === undefined) return undefined;
    return column === null ? all(found) : (found.whole ?? found.columns.get(column));
  };
  if (lineage === undefined) {
    const whole = nearer(inputs.map((input) => ofRef({ input, column: null })));
    return whole && { columns: new Map(), whole, rows: true };
  }
  const rows =
    inputs.some((input) => touched.get(input)?.rows) ||
    lineage.rows.from.some((ref) => ofRef(ref) !== undefined);
  const columns = new Map<string, How>();
  for (const [name, { direct, indirect }] of Object.entries(lineage.columns)) {
    const made = nearer(direct.map(ofRef));
    const beside = rows || indirect.some((ref) => ofRef(ref) !== undefined);
    const how = made ?? (beside ? 'indirect' : undefined);
    if (how !== undefined) columns.set(name, how);
  }
  return rows || columns.size > 0 ? { columns, rows } : undefined;
}
