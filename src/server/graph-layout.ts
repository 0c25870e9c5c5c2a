import type { Graph } from '../graph/index.ts';

/** Where a node stands: its column, counted from the sources, and its row, in rows from the middle of the drawing. */
export interface Placed {
  readonly name: string;
  readonly column: number;
  readonly row: number;
}

/** A line from a node to one built from it, over a point in each column between them. */
export type Line = readonly Placed[];

interface Slot {
  readonly name: string;
  readonly column: number;
  /** Neighbours in the column before. */
  readonly before: Slot[];
  readonly after: Slot[];
  row: number;
}

/**
 * Lays a graph out in columns: each node one column after the last of its inputs. What an input's own inputs say already is not
 * drawn again, and a long line has a place of its own in each column it crosses, so that it never runs through a box.
 */
export function layOut(graph: Graph): { nodes: readonly Placed[]; lines: readonly Line[] } {
  const columns: Slot[][] = [];
  const slots = new Map<string, Slot>();
  const lines: Slot[][] = [];
  const put = (name: string, column: number): Slot => {
    const slot: Slot = { name, column, before: [], after: [], row: 0 };
    columns[column] ??= [];
    columns[column].push(slot);
    return slot;
  };
  const join = (a: Slot, b: Slot): void => {
    a.after.push(b);
    b.before.push(a);
  };
  for (const node of graph.nodes.values()) {
    const column = Math.max(-1, ...node.inputs.map((input) => slots.get(input)?.column ?? -1)) + 1;
    slots.set(node.name, put(node.name, column));
  }
  for (const node of graph.nodes.values())
    for (const input of directInputs(graph, node.inputs)) {
      const [from, to] = [slots.get(input) as Slot, slots.get(node.name) as Slot];
      const line = [from];
      for (let column = from.column + 1; column < to.column; column++) line.push(put('', column));
      line.push(to);
      for (let i = 1; i < line.length; i++) join(line[i - 1] as Slot, line[i] as Slot);
      lines.push(line);
    }
  order(columns);
  return {
    nodes: [...slots.values()].map(placed),
    lines: lines.map((line) => line.map(placed)),
  };
}

/** Inputs that no other input is built from. */
function directInputs(graph: Graph, inputs: readonly string[]): string[] {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    for (const input of graph.nodes.get(name)?.inputs ?? []) {
      if (reached.has(input)) continue;
      reached.add(input);
      visit(input);
    }
  };
  for (const input of inputs) visit(input);
  return inputs.filter((input) => !reached.has(input));
}

/** Sorts each column by where its neighbours are, forth and back a few times: fewer lines cross. */
function order(columns: readonly Slot[][]): void {
  for (const column of columns) spread(column);
  for (let sweep = 0; sweep < 6; sweep++) {
    const forth = sweep % 2 === 0;
    for (const column of forth ? columns : columns.toReversed()) {
      const wish = new Map(column.map((slot) => [slot, mean(forth ? slot.before : slot.after) ?? slot.row]));
      column.sort((a, b) => (wish.get(a) as number) - (wish.get(b) as number));
      spread(column);
    }
  }
}

function spread(column: readonly Slot[]): void {
  for (const [i, slot] of column.entries()) slot.row = i - (column.length - 1) / 2;
}

const mean = (slots: readonly Slot[]): number | undefined =>
  slots.length === 0 ? undefined : slots.reduce((sum, { row }) => sum + row, 0) / slots.length;

const placed = ({ name, column, row }: Slot): Placed => ({ name, column, row });
