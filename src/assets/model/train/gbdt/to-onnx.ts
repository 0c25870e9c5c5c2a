import { innerNames, inputEdges, outputEdge, probabilityNodes } from '../onnx/edges.ts';
import { type Attribute, encodeModel, type OnnxNode } from '../onnx/model.ts';
import type { ModelLabel } from '../trainer.port.ts';
import type { Binning } from './bins.ts';
import type { Link } from './link.ts';
import type { GbdtModel } from './model.ts';
import { hasCode, NO_TREE, type Tree } from './tree.ts';

/** The nodes of all trees, in the columns that ai.onnx.ml's TreeEnsembleRegressor wants. */
interface NodeTable {
  readonly tree: number[];
  readonly id: number[];
  readonly feature: number[];
  readonly mode: string[];
  readonly value: number[];
  readonly yes: number[];
  readonly no: number[];
  readonly missingYes: number[];
  readonly leafTree: number[];
  readonly leafId: number[];
  readonly leafValue: number[];
}

interface Test {
  readonly mode: 'BRANCH_LEQ' | 'BRANCH_EQ';
  readonly value: number;
}

/** A category's number in the graph: from 1 on, because ONNX Runtime folds a chain of equality tests on small numbers above 0 into one bit mask. */
const numberOf = (code: number): number => code + 1;

/**
 * A node's question as a chain of tests, of which one that holds sends a row to `whenTrue`, and none to the other side;
 * a missing value passes exactly when the first test says so.
 */
function testsOf(
  binning: Binning,
  sets: Uint32Array,
  node: number,
): { readonly tests: readonly Test[]; readonly trueIsLeft: boolean; readonly missingTrue: boolean } {
  const missingLeft = hasCode(sets, node, binning.bins);
  const codes = Array.from({ length: binning.bins }, (_, code) => code);
  const left = codes.filter((code) => hasCode(sets, node, code));
  if (binning.type === 'number' || left.length === 0 || left.length === binning.bins) {
    // No code goes left: no value is <= −∞. All do: every value is <= +∞. NaN is neither.
    const value =
      left.length === 0
        ? -Infinity
        : left.length === binning.bins || binning.type === 'category'
          ? Infinity
          : binning.thresholds[left.length - 1]!;
    return { tests: [{ mode: 'BRANCH_LEQ', value }], trueIsLeft: true, missingTrue: missingLeft };
  }
  const trueIsLeft = left.length * 2 <= binning.bins;
  const listed = trueIsLeft ? left : codes.filter((code) => !hasCode(sets, node, code));
  return {
    tests: listed.map((code) => ({ mode: 'BRANCH_EQ', value: numberOf(code) })),
    trueIsLeft,
    missingTrue: missingLeft === trueIsLeft,
  };
}

/**
 * Whether a row that lacks a column ends, from `node` on and by nothing but that column, in a leaf of the same value as `leaf`. ONNX Runtime takes equality
 * tests that follow each other to equal leaves for one, and the first of them then decides where missing values go: so each says the same.
 */
function missingEndsAlike(
  binnings: readonly Binning[],
  { column, sets, left, right, value }: Tree,
  of: number,
  node: number,
  leaf: number,
): boolean {
  let at = node;
  while (column[at] === of) at = hasCode(sets, at, binnings[of]!.bins) ? left[at]! : right[at]!;
  return column[at]! < 0 && column[leaf]! < 0 && value[at] === value[leaf];
}

/** Appends a node and all below it, and gives its id. Ids count in the order of the table, root first. */
function writeNode(
  table: NodeTable,
  binnings: readonly Binning[],
  tree: Tree,
  index: number,
  node: number,
): void {
  let next = 0;
  const add = (feature: number, mode: string, value: number): number => {
    table.tree.push(index);
    table.id.push(next);
    table.feature.push(feature);
    table.mode.push(mode);
    table.value.push(value);
    table.yes.push(0);
    table.no.push(0);
    table.missingYes.push(0);
    return next++;
  };
  const start = table.id.length;
  const write = (node: number): number => {
    const column = tree.column[node]!;
    if (column < 0) {
      const id = add(0, 'LEAF', 0);
      table.leafTree.push(index);
      table.leafId.push(id);
      table.leafValue.push(tree.value[node]!);
      return id;
    }
    const { tests, trueIsLeft, missingTrue } = testsOf(binnings[column]!, tree.sets, node);
    const ids = tests.map(({ mode, value }) => add(column, mode, value));
    const whenTrue = trueIsLeft ? tree.left[node]! : tree.right[node]!;
    const otherwise = trueIsLeft ? tree.right[node]! : tree.left[node]!;
    const asWell = missingEndsAlike(binnings, tree, column, otherwise, whenTrue);
    table.missingYes[start + ids[0]!] = missingTrue || asWell ? 1 : 0;
    const yes = write(whenTrue);
    const no = write(otherwise);
    ids.forEach((id, i) => {
      table.yes[start + id] = yes;
      table.no[start + id] = ids[i + 1] ?? no;
    });
    return ids[0]!;
  };
  write(node);
}

function ensembleAttributes(model: GbdtModel): Record<string, Attribute> {
  const table: NodeTable = {
    tree: [],
    id: [],
    feature: [],
    mode: [],
    value: [],
    yes: [],
    no: [],
    missingYes: [],
    leafTree: [],
    leafId: [],
    leafValue: [],
  };
  const outputs = model.base.length;
  model.trees.forEach((tree, index) => {
    writeNode(table, model.binnings, tree, index, 0);
  });
  return {
    n_targets: { int: outputs },
    aggregate_function: { string: 'SUM' },
    base_values_as_tensor: { doubles: model.base },
    nodes_treeids: { ints: table.tree },
    nodes_nodeids: { ints: table.id },
    nodes_featureids: { ints: table.feature },
    nodes_modes: { strings: table.mode },
    nodes_values_as_tensor: { doubles: table.value },
    nodes_truenodeids: { ints: table.yes },
    nodes_falsenodeids: { ints: table.no },
    nodes_missing_value_tracks_true: { ints: table.missingYes },
    target_treeids: { ints: table.leafTree },
    target_nodeids: { ints: table.leafId },
    target_ids: { ints: table.leafTree.map((tree) => tree % outputs) },
    target_weights_as_tensor: { doubles: table.leafValue },
  };
}

/** From category names to numbers as the trees know them; '' and every name not seen in training become NaN. */
function labelNode(binning: Binning & { type: 'category' }, output: string): OnnxNode {
  const names = ['', ...binning.categories];
  return {
    op: 'LabelEncoder',
    domain: 'ai.onnx.ml',
    inputs: [binning.name],
    output,
    attributes: {
      keys_strings: { strings: names },
      values_floats: { floats: names.map((_, i) => (i === 0 ? Number.NaN : numberOf(i - 1))) },
      default_float: { float: Number.NaN },
    },
  };
}

/** From the ensemble's scores to the output. */
function linkNodes(link: Link, scores: string, output: string, name: (name: string) => string): OnnxNode[] {
  switch (link) {
    case 'identity':
      return [];
    case 'logistic':
      return probabilityNodes(scores, name);
    case 'exp':
      return [{ op: 'Exp', inputs: [scores], output }];
    case 'softmax':
      return [{ op: 'Softmax', inputs: [scores], output, attributes: { axis: { int: 1 } } }];
  }
}

/**
 * The model as an ONNX file: label encoders, one concatenation, one tree ensemble with a target for each output, one link. The ensemble gets its
 * columns as float64, exactly the float32 inputs, because only then does ONNX Runtime sum the leaves in float64: it is
 * no slower, and the sum of hundreds of leaves keeps its digits.
 */
export function gbdtOnnx(given: GbdtModel, label: ModelLabel): Uint8Array {
  // The operator wants a tree; leaves of zero say "the base".
  const model = given.trees.length > 0 ? given : { ...given, trees: given.base.map(() => NO_TREE) };
  const inputs = inputEdges(model.binnings);
  const output = outputEdge(model.task, model.base.length);
  const name = innerNames([...inputs, output]);
  const encoders = model.binnings.flatMap((binning, i) =>
    binning.type === 'category' ? [labelNode(binning, name(`codes${i}`))] : [],
  );
  const columns = model.binnings.map(({ name: own, type }, i) =>
    type === 'category' ? name(`codes${i}`) : own,
  );
  const scores = model.link === 'identity' ? output.name : name('scores');
  const nodes: OnnxNode[] = [
    ...encoders,
    { op: 'Concat', inputs: columns, output: name('columns'), attributes: { axis: { int: 1 } } },
    { op: 'Cast', inputs: [name('columns')], output: name('doubles'), attributes: { to: { int: 11 } } },
    {
      op: 'TreeEnsembleRegressor',
      domain: 'ai.onnx.ml',
      inputs: [name('doubles')],
      output: scores,
      attributes: ensembleAttributes(model),
    },
    ...linkNodes(model.link, scores, output.name, name),
  ];
  return encodeModel({ inputs, outputs: [output], constants: [], nodes }, label);
}
