import { MillraceError } from '../../../../base/index.ts';
import type { Attribution, InputColumn } from '../trainer.port.ts';
import { attributeTrees } from './attribute.ts';
import type { Binning } from './bins.ts';
import type { Link } from './link.ts';
import { type GbdtModel, predictTrees } from './model.ts';
import { coverInner, hasCode, SET_WORDS, type Tree } from './tree.ts';

/**
 * Trees as they are kept beside a model file, from which they cannot be had back (it does not say how many training rows went where). JSON in
 * UTF-8, under 20 bytes a node: `format` and `version` first, then the columns with their bins and the trees, each as lists by node.
 */
const FORMAT = 'millrace-trees';
const VERSION = 1;

/** More than any training writes: 10,000 rounds of trees of 31 leaves. */
const MOST_BYTES = 512 * 1024 * 1024;

/** A code is one byte, and one of them is for missing values. */
const MOST_BINS = 255;

type KeptColumn = { readonly name: string } & (
  | { readonly thresholds: string | null }
  | { readonly categories: readonly string[] }
);

/** A walk over more levels could exhaust the stack; training allows 64. */
const DEEPEST = 64;

interface KeptTree {
  /** By node: the column that is asked; −1 for a leaf. */
  readonly column: readonly number[];
  /** By node that asks, in order: its children. */
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** By node that asks: what goes left. Of a number column 2 · (how many bins) + (1 if missing values do too), of a category column the codes. */
  readonly goes: readonly (number | readonly number[])[];
  /** By leaf, in order: its value, as float32. */
  readonly value: string;
  /** By leaf: the weight of the training rows in it. */
  readonly cover: readonly number[];
}

interface KeptModel {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly task: GbdtModel['task'];
  readonly link: Link;
  readonly classes?: readonly string[];
  readonly columns: readonly KeptColumn[];
  readonly base: readonly number[];
  readonly trees: readonly KeptTree[];
}

/** Kept trees, opened again: they answer and tell why, as they did when they were trained. */
export interface OpenedTrees {
  /** Present where there are several classes. */
  readonly classes?: readonly string[];
  /** The columns of training, in order: that of the shares. */
  readonly columns: readonly { readonly name: string; readonly type: InputColumn['type'] }[];
  /** As `Fitted.predict`. */
  predict(columns: readonly InputColumn[]): Float64Array;
  /** As `Fitted.attribute`. */
  attribute(columns: readonly InputColumn[]): Attribution;
}

const text = (values: readonly number[] | Float32Array): string =>
  Buffer.from(Float32Array.from(values).buffer).toString('base64');

/** Trees as bytes, for `openTrees`. */
export function keepTrees(model: GbdtModel): Uint8Array {
  const kept: KeptModel = {
    ...{ format: FORMAT, version: VERSION, task: model.task, link: model.link },
    ...(model.classes === undefined ? {} : { classes: model.classes }),
    columns: model.binnings.map((binning) =>
      binning.type === 'number'
        ? { name: binning.name, thresholds: binning.bins === 0 ? null : text(binning.thresholds) }
        : { name: binning.name, categories: binning.categories },
    ),
    base: model.base,
    trees: model.trees.map((tree) => keepTree(tree, model.binnings)),
  };
  return new TextEncoder().encode(JSON.stringify(kept));
}

function keepTree(tree: Tree, binnings: readonly Binning[]): KeptTree {
  const nodes = [...tree.column.keys()];
  const asking = nodes.filter((node) => tree.column[node]! >= 0);
  const leaves = nodes.filter((node) => tree.column[node]! < 0);
  return {
    column: [...tree.column],
    left: asking.map((node) => tree.left[node]!),
    right: asking.map((node) => tree.right[node]!),
    goes: asking.map((node) => {
      const { type, bins } = binnings[tree.column[node]!]!;
      const codes = Array.from({ length: bins + 1 }, (_, code) => code).filter((code) =>
        hasCode(tree.sets, node, code),
      );
      if (type === 'category') return codes;
      const missing = codes.at(-1) === bins ? 1 : 0;
      return 2 * (codes.length - missing) + missing;
    }),
    value: text(leaves.map((node) => tree.value[node]!)),
    cover: leaves.map((node) => tree.cover[node]!),
  };
}

/**
 * Trees that `keepTrees` has kept. Bytes from anywhere are safe to open: what is no tree is refused.
 * @throws MILL_TRAIN_KEPT_INVALID
 */
export function openTrees(bytes: Uint8Array): OpenedTrees {
  const model = modelOf(bytes);
  return Object.freeze({
    ...(model.classes === undefined ? {} : { classes: model.classes }),
    columns: Object.freeze(model.binnings.map(({ name, type }) => Object.freeze({ name, type }))),
    predict: (columns: readonly InputColumn[]) => predictTrees(model, columns),
    attribute: (columns: readonly InputColumn[]) => attributeTrees(model, columns),
  });
}

function refuse(found: string, cause?: unknown): never {
  throw new MillraceError(
    {
      code: 'MILL_TRAIN_KEPT_INVALID',
      message: `What was kept of a model is no trees of version ${VERSION}: ${found}.`,
      todo: 'Train the model again; if the file was written by a newer Millrace, update this one.',
      owner: 'project',
    },
    { cause },
  );
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) refuse(`wanted ${what}`);
}

/** JSON of any kind, by its names. */
type Unknown = Readonly<Record<string, unknown>>;

function record(value: unknown, what: string): Unknown {
  must(typeof value === 'object' && value !== null && !Array.isArray(value), what);
  return value as Unknown;
}

function list<T>(value: unknown, what: string, each: (item: unknown) => T): T[] {
  must(Array.isArray(value), what);
  return value.map(each);
}

const isName = (value: unknown): value is string => typeof value === 'string';
const whole =
  (least: number, most: number, what: string) =>
  (value: unknown): number => {
    must(Number.isInteger(value) && (value as number) >= least && (value as number) <= most, what);
    return value as number;
  };
const finite = (value: unknown): number => {
  must(Number.isFinite(value), 'finite numbers');
  return value as number;
};
const oneOf = <T extends string>(value: unknown, choices: readonly T[], what: string): T => {
  must(choices.includes(value as T), what);
  return value as T;
};
const names = (value: unknown, what: string): string[] =>
  list(value, what, (name) => {
    must(isName(name), what);
    return name;
  });

function floats(value: unknown, what: string): Float32Array {
  must(isName(value), what);
  const bytes = new Uint8Array(Buffer.from(value, 'base64'));
  must(bytes.length % 4 === 0, what);
  return new Float32Array(bytes.buffer);
}

function modelOf(bytes: Uint8Array): GbdtModel {
  must(bytes.length <= MOST_BYTES, `at most ${MOST_BYTES} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    refuse('it is not JSON', error);
  }
  const kept = record(json, 'an object');
  must(kept['format'] === FORMAT, `the format '${FORMAT}'`);
  must(kept['version'] === VERSION, `version ${VERSION}`);
  const binnings = list(kept['columns'], 'columns', binningOf);
  must(new Set(binnings.map(({ name }) => name)).size === binnings.length, 'columns of different names');
  const base = list(kept['base'], 'base scores', finite);
  const classes = kept['classes'] === undefined ? undefined : names(kept['classes'], 'names of classes');
  must(base.length > 0 && base.length === (classes?.length ?? 1), 'a base score for each output');
  const trees = list(kept['trees'], 'trees', (tree) => treeOf(record(tree, 'trees'), binnings));
  must(trees.length % base.length === 0, 'a tree for each output in every round');
  return {
    task: oneOf(kept['task'], ['binary', 'multiclass', 'regression', 'ranking'], 'a task'),
    link: oneOf(kept['link'], ['identity', 'logistic', 'softmax', 'exp'], 'a link'),
    ...{ binnings, base, trees },
    ...(classes === undefined ? {} : { classes }),
  };
}

function binningOf(value: unknown): Binning {
  const { name, thresholds, categories } = record(value, 'columns');
  must(isName(name), 'columns with names');
  if (categories !== undefined) {
    const known = names(categories, 'names of categories');
    must(known.length <= MOST_BINS, 'at most 255 categories');
    return { name, type: 'category', bins: known.length, categories: known };
  }
  if (thresholds === null) return { name, type: 'number', bins: 0, thresholds: new Float32Array(0) };
  const borders = floats(thresholds, 'thresholds');
  must(borders.length < MOST_BINS, 'at most 254 thresholds');
  must(
    borders.every((border, i) => i === 0 || borders[i - 1]! < border),
    'thresholds in order',
  );
  return { name, type: 'number', bins: borders.length + 1, thresholds: borders };
}

function treeOf(kept: Unknown, binnings: readonly Binning[]): Tree {
  const column = Int32Array.from(
    list(kept['column'], 'columns by node', whole(-1, binnings.length - 1, 'columns by node')),
  );
  const nodes = column.length;
  const asking = [...column.keys()].filter((node) => column[node]! >= 0);
  const leaves = [...column.keys()].filter((node) => column[node]! < 0);
  const child = whole(1, nodes - 1, 'children that are nodes');
  const [lefts, rights] = [kept['left'], kept['right']].map((side) => list(side, 'children', child));
  const goes = list(kept['goes'], 'what goes left', (item) => item);
  const value = floats(kept['value'], 'values of leaves');
  const cover = list(kept['cover'], 'covers of leaves', finite);
  must(
    nodes > 0 &&
      [lefts!, rights!, goes].every(({ length }) => length === asking.length) &&
      [value, cover].every(({ length }) => length === leaves.length),
    'lists of one length',
  );
  must(cover.every((weight) => weight > 0) && value.every(Number.isFinite), 'leaves with rows and a value');
  const tree: Tree = {
    ...{ column, left: new Int32Array(nodes), right: new Int32Array(nodes) },
    sets: new Uint32Array(nodes * SET_WORDS),
    value: new Float64Array(nodes),
    cover: new Float64Array(nodes),
  };
  const parents = new Uint8Array(nodes);
  const depth = new Uint8Array(nodes);
  asking.forEach((node, i) => {
    const [left, right] = [lefts![i]!, rights![i]!];
    for (const below of [left, right]) {
      // Children come after their parent and have but one: so every walk ends, and each node is reached in one way.
      must(below > node && parents[below] === 0, 'nodes that are a tree');
      parents[below] = 1;
      depth[below] = depth[node]! + 1;
      must(depth[below]! <= DEEPEST, `at most ${DEEPEST} levels`);
    }
    tree.left[node] = left;
    tree.right[node] = right;
    for (const code of codesLeft(goes[i], binnings[column[node]!]!))
      tree.sets[node * SET_WORDS + (code >>> 5)]! |= 1 << (code & 31);
  });
  must(
    parents.every((has, node) => has === (node === 0 ? 0 : 1)),
    'nodes that are a tree',
  );
  leaves.forEach((node, i) => {
    tree.value[node] = value[i]!;
    tree.cover[node] = cover[i]!;
  });
  coverInner(tree);
  return tree;
}

function codesLeft(kept: unknown, { type, bins }: Binning): number[] {
  if (type === 'category') return list(kept, 'codes that go left', whole(0, bins, 'codes that go left'));
  const both = whole(0, 2 * bins + 1, 'bins that go left')(kept);
  const codes = Array.from({ length: both >> 1 }, (_, code) => code);
  return (both & 1) === 1 ? [...codes, bins] : codes;
}
