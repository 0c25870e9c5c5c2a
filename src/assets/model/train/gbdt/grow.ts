import { randomStream, sampleInOrder } from '../random.ts';
import { type Bounds, bestValue, parted, type Sums, UNBOUND } from './bounds.ts';
import type { ColumnGroup } from './column-groups.ts';
import { BIN_STRIDE, fillSecond, SPARE, subtract } from './histogram.ts';
import { HistogramPool } from './histogram-pool.ts';
import { type Kernel, kernelFor, type Memory } from './kernel/index.ts';
import type { GbdtParameters } from './options.ts';
import { RowOrder, type RowSpace } from './row-order.ts';
import { type ColumnShape, type Findings, type Split, SplitFinder } from './split.ts';
import type { Team } from './team.ts';
import { SET_WORDS, type Tree } from './tree.ts';

/** What trees are grown on, the same for all of a training, in memory that a team shares. */
export interface Field {
  readonly shapes: readonly ColumnShape[];
  /** By column and row. */
  readonly codes: readonly Uint8Array[];
  readonly groups: readonly ColumnGroup[];
  /** Where in a histogram each column's bins begin. */
  readonly offsets: Int32Array;
  /** Numbers of a histogram without the spare columns. */
  readonly length: number;
  readonly order: RowSpace;
  readonly histograms: Float64Array;
  /** The memory in which all of these arrays lie, and those of every ground, where there is such a one. */
  readonly memory?: Memory;
  readonly found: Findings;
  readonly parameters: GrowthParameters;
  /** A gain at or below is noise. */
  readonly minGain: number;
  /** By column, where some are to be monotone: 1 increasing, −1 decreasing, 0 free. */
  readonly directions?: Int8Array;
}

export type GrowthParameters = Pick<
  GbdtParameters,
  'depth' | 'leaves' | 'rate' | 'minLeafRows' | 'l2' | 'grow' | 'columnSampleByNode'
>;

/** What one tree is grown on. */
export interface Ground {
  /** How many rows to learn from: they stand at the front of the field's row order. */
  readonly rows: number;
  /** Whether they are all rows there are, in order. */
  readonly whole: boolean;
  /** The columns that may be used. */
  readonly columns: Int32Array;
  /** By row of the training set: first and second derivatives of its loss, and its score. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly scores: Float64Array;
  /** Of what chance decides within the tree. */
  readonly seed: number;
}

export interface Grown {
  readonly tree: Tree;
  /** Gain by column. */
  readonly gains: Float64Array;
}

/** A node of a tree that grows. Its rows are rows[from, to). */
interface Node {
  readonly depth: number;
  readonly from: number;
  readonly to: number;
  readonly sums: Sums;
  readonly bounds: Bounds;
}

/** A leaf that may yet be split. */
interface Open {
  readonly node: number;
  readonly split: Split;
  /** Where its histogram begins; −1 if it had to make room. */
  histogram: number;
}

/** How a node's histogram comes to be. */
interface Count {
  /** Where it goes. */
  readonly histogram: number;
  /** The rows to be counted, or, if there are none, the sibling's histogram, to be taken out of the parent's, which is here already. */
  readonly from: number;
  readonly to: number;
  readonly sibling: number;
}

/**
 * Grows trees: leaf by leaf, always the leaf whose split gains most, as LightGBM does, or level by level. Each thread of a
 * team has one and calls the same methods of it; each counts the columns that it takes, in the order of rows, so that a sum is the
 * same whoever counts.
 */
export class TreeGrower {
  private readonly field: Field;
  private readonly team: Team;
  private readonly rows: RowOrder;
  private readonly pool: HistogramPool;
  private readonly finder: SplitFinder;
  private readonly kernel: Kernel;
  /** By column: whether the tree may use it. */
  private readonly used: Uint8Array;
  /** By place of a child and column: whether its splits are looked for. */
  private readonly asked: Uint8Array;

  constructor(field: Field, team: Team) {
    this.field = field;
    this.team = team;
    this.pool = new HistogramPool(field.histograms, histogramLength(field.length, team.size));
    const { shapes, offsets, parameters, minGain, directions, memory } = field;
    this.kernel = kernelFor(memory);
    this.rows = new RowOrder(field.order, team, this.kernel);
    const limits = { ...parameters, minGain, ...(directions === undefined ? {} : { directions }) };
    this.finder = new SplitFinder(shapes, offsets, limits, field.found);
    this.used = new Uint8Array(shapes.length);
    this.asked = new Uint8Array(2 * shapes.length);
  }

  /** One tree. Adds its values to the scores of the rows it was grown on. */
  grow(ground: Ground): Grown {
    const { parameters, shapes, order, codes, directions } = this.field;
    const { leaves, l2, minLeafRows } = parameters;
    const { finder, pool, team } = this;
    const { columns } = ground;
    const most = 2 * leaves - 1;
    const tree = emptyTree(most);
    const gains = new Float64Array(shapes.length);
    const { sums, second } = rootSums(ground, order.rows);
    const nodes: Node[] = [{ depth: 0, from: 0, to: ground.rows, sums, bounds: UNBOUND }];
    const open: Open[] = [];
    const splittable = ({ depth, sums }: Node): boolean =>
      depth < parameters.depth && sums.rows >= 2 * minLeafRows;
    const consider = (node: number, histogram: number, place: number): void => {
      const split = splittable(nodes[node]!) ? finder.best(columns, place) : undefined;
      if (split === undefined) pool.give(histogram);
      else open.push({ node, histogram, split });
    };

    pool.clear();
    this.used.fill(0);
    for (const column of columns) this.used[column] = 1;
    if (!splittable(nodes[0]!)) return this.settled(ground, tree, nodes, gains);
    if (!ground.whole) this.rows.gather(ground.first, ground.second, 0, ground.rows);
    team.meet();
    const root = pool.take();
    this.ask(ground, 0, 0);
    this.count(ground, second, [{ histogram: root, from: 0, to: ground.rows, sibling: -1 }], [nodes[0]]);
    team.meet();
    consider(0, root, 0);
    while (open.length > 0 && nodes.length < most) {
      const { node, split, histogram: parent } = takeNext(open, nodes, parameters.grow);
      const { depth, from, to, sums, bounds } = nodes[node]!;
      const middle = (from + split.left.rows) | 0;
      const left = nodes.length;
      const right = { ...minus(sums, split.left) };
      const [inLeft, inRight] = parted(bounds, directions?.[split.column] ?? 0, split.left, right, l2);
      nodes.push({ depth: depth + 1, from, to: middle, sums: split.left, bounds: inLeft });
      nodes.push({ depth: depth + 1, from: middle, to, sums: right, bounds: inRight });
      tree.column[node] = split.column;
      tree.left[node] = left;
      tree.right[node] = left + 1;
      tree.sets.set(split.set, node * SET_WORDS);
      gains[split.column]! += split.gain;
      const children = [nodes[left], nodes[left + 1]].map((child) =>
        nodes.length < most && splittable(child!) ? child : undefined,
      );
      const goesOn = children.some((child) => child !== undefined);
      const leftIsSmall = middle - from <= to - middle;
      const { first, second: seconds } = ground;
      this.rows.part(codes[split.column]!, split.set, from, to, middle - from, {
        left: goesOn && (leftIsSmall || parent < 0),
        right: goesOn && (!leftIsSmall || parent < 0),
        first,
        second: seconds,
      });
      if (!goesOn) {
        if (parent >= 0) pool.give(parent);
        continue;
      }
      if (pool.left < FEWEST_FREE) makeRoom(open, pool);
      const small = pool.take();
      const large = parent < 0 ? pool.take() : parent;
      const [smallNode, largeNode] = leftIsSmall ? [left, left + 1] : [left + 1, left];
      this.ask(ground, smallNode, 0);
      this.ask(ground, largeNode, 1);
      const sized = leftIsSmall ? children : children.toReversed();
      const { from: smallFrom, to: smallTo } = nodes[smallNode]!;
      const { from: largeFrom, to: largeTo } = nodes[largeNode]!;
      this.count(
        ground,
        second,
        [
          { histogram: small, from: smallFrom, to: smallTo, sibling: -1 },
          { histogram: large, from: largeFrom, to: largeTo, sibling: parent < 0 ? -1 : small },
        ],
        sized,
      );
      team.meet();
      consider(left, leftIsSmall ? small : large, leftIsSmall ? 0 : shapes.length);
      consider(left + 1, leftIsSmall ? large : small, leftIsSmall ? shapes.length : 0);
    }
    return this.settled(ground, tree, nodes, gains);
  }

  /** Which columns a node may be split by: all of the tree's, or a sample of its own. `child`: 0 or 1. */
  private ask({ columns, seed }: Ground, node: number, child: number): void {
    const { columnSampleByNode } = this.field.parameters;
    const { asked, used } = this;
    const start = child * used.length;
    asked.set(used, start);
    if (columnSampleByNode === 1) return;
    const width = Math.max(1, Math.round(columns.length * columnSampleByNode));
    const random = randomStream(seed + Math.imul(node + 1, 0x9e3779b1));
    asked.fill(0, start, start + used.length);
    for (const i of sampleInOrder(0, columns.length, width, random)) asked[start + columns[i]!] = 1;
  }

  /** Counts rows by bin for one or two nodes, and looks for their best split by each column. */
  private count(
    ground: Ground,
    second: number | undefined,
    counts: readonly Count[],
    nodes: readonly (Node | undefined)[],
  ): void {
    const { groups, histograms, shapes } = this.field;
    const { asked, finder, used } = this;
    this.team.share(groups.length, (unit) => {
      const group = groups[unit]!;
      if (group.columns.every((column) => used[column] === 0)) return;
      counts.forEach((count, child) => {
        this.countGroup(ground, second, group, count);
        const node = nodes[child];
        const place = child * shapes.length;
        if (node === undefined) return;
        for (const column of group.columns)
          if (asked[place + column] === 1)
            finder.search(histograms, count.histogram, node.sums, node.bounds, column, place + column);
          else finder.forget(place + column);
      });
    });
  }

  private countGroup(
    ground: Ground,
    second: number | undefined,
    { columns, words }: ColumnGroup,
    { histogram, from, to, sibling }: Count,
  ): void {
    const { histograms, offsets, shapes, order, length } = this.field;
    const { kernel, used, team } = this;
    const [one] = columns as [number];
    const last = columns.at(-1)!;
    const start = histogram + offsets[one]!;
    const end = histogram + offsets[last]! + BIN_STRIDE * (shapes[last]!.bins + 1);
    if (sibling >= 0) {
      subtract(histograms, start, sibling + offsets[one]!, end - start);
      return;
    }
    histograms.fill(0, start, end);
    const { first, second: seconds } = ground.whole && to - from === ground.rows ? ground : order;
    const spare = histogram + length + SPARE * team.rank;
    const at = (k: number): number => {
      const column = columns[k];
      return column === undefined || used[column] === 0 ? spare : histogram + offsets[column]!;
    };
    const inUse = columns.flatMap((column, k) => (used[column] === 1 ? [k] : []));
    const { rows } = order;
    if (second !== undefined) {
      kernel.addFourFirst(histograms, at(0), at(1), at(2), at(3), words, rows, from, to, first);
      fillSecond(histograms, start, end, second);
    } else if (inUse.length > 2)
      kernel.addFour(histograms, at(0), at(1), at(2), at(3), words, rows, from, to, first, seconds);
    else {
      const [a, b = 4] = inUse as [number, number?];
      kernel.addTwo(histograms, at(a), at(b), 8 * a, 8 * (b & 3), words, rows, from, to, first, seconds);
    }
  }

  /** Gives each leaf its value, and adds it to the scores of its rows: each thread in its stretch. */
  private settled(ground: Ground, tree: Tree, nodes: readonly Node[], gains: Float64Array): Grown {
    const { rate, l2 } = this.field.parameters;
    const { rows } = this.field.order;
    const { scores } = ground;
    const [start, end] = this.team.part(0, ground.rows);
    nodes.forEach(({ from, to, sums, bounds }, node) => {
      if (tree.column[node]! >= 0) return;
      const value = Math.fround(rate * bestValue(sums, l2, bounds));
      tree.value[node] = value;
      tree.cover[node] = to - from;
      const last = Math.min(to, end);
      for (let i = Math.max(from, start); i < last; i++) scores[rows[i]!]! += value;
    });
    this.team.meet();
    return { tree: trimmed(tree, nodes.length), gains };
  }
}

/** A split may need room for two histograms. */
const FEWEST_FREE = 2;

/** Numbers of a histogram: `length`, and a spare column for each of a team. */
export const histogramLength = (length: number, size: number): number => length + SPARE * size;

/** The sums of all rows of a tree, and the second derivative that all have if it is one. */
function rootSums(ground: Ground, rows: Int32Array): { sums: Sums; second: number | undefined } {
  const { first, second } = ground;
  const sums = { first: 0, second: 0, rows: ground.rows };
  const of = second[rows[0]!]!;
  let same = true;
  for (let i = 0; i < ground.rows; i++) {
    const row = rows[i]!;
    sums.first += first[row]!;
    sums.second += second[row]!;
    same &&= second[row] === of;
  }
  return { sums, second: same ? of : undefined };
}

/** Takes histograms from the leaves that are least likely to be split. */
function makeRoom(open: readonly Open[], pool: HistogramPool): void {
  const kept = open.filter(({ histogram }) => histogram >= 0).sort((a, b) => a.split.gain - b.split.gain);
  for (const leaf of kept) {
    if (pool.left >= FEWEST_FREE) return;
    pool.give(leaf.histogram);
    leaf.histogram = -1;
  }
}

function emptyTree(most: number): Tree {
  return {
    column: new Int32Array(most).fill(-1),
    left: new Int32Array(most),
    right: new Int32Array(most),
    sets: new Uint32Array(most * SET_WORDS),
    value: new Float64Array(most),
    cover: new Float64Array(most),
  };
}

function trimmed(tree: Tree, nodes: number): Tree {
  return {
    column: tree.column.slice(0, nodes),
    left: tree.left.slice(0, nodes),
    right: tree.right.slice(0, nodes),
    sets: tree.sets.slice(0, nodes * SET_WORDS),
    value: tree.value.slice(0, nodes),
    cover: tree.cover.slice(0, nodes),
  };
}

function minus(whole: Sums, part: Sums): Sums {
  return {
    first: whole.first - part.first,
    second: whole.second - part.second,
    rows: whole.rows - part.rows,
  };
}

/** Takes out the leaf to be split next: the one that gains most, of the highest level if the tree grows by level; of equals the one that was there first. */
function takeNext(open: Open[], nodes: readonly Node[], grow: 'leaf' | 'depth'): Open {
  let next = 0;
  const level = ({ node }: Open): number => (grow === 'depth' ? nodes[node]!.depth : 0);
  for (let i = 1; i < open.length; i++) {
    const [one, best] = [open[i]!, open[next]!];
    if (level(one) < level(best) || (level(one) === level(best) && one.split.gain > best.split.gain))
      next = i;
  }
  return open.splice(next, 1)[0]!;
}
