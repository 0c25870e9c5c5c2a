import { draftOf } from '../onnx/draft.ts';
import type { Attribute } from '../onnx/model.ts';
import type { ModelLabel } from '../trainer.port.ts';
import type { IsolationModel } from './model.ts';
import type { IsolationTree } from './tree.ts';

/** One leaf without a way: all rows score alike. */
const leaf: IsolationTree = {
  column: Int32Array.of(-1),
  threshold: Float64Array.of(0),
  missingLeft: Uint8Array.of(0),
  left: Int32Array.of(0),
  right: Int32Array.of(0),
  path: Float64Array.of(1),
};

/** The model as an ONNX file: one tree ensemble sums −path/scale, whose power of 2 is the score. */
export function isolationOnnx(model: IsolationModel, label: ModelLabel): Uint8Array {
  const { numberings } = model;
  const draft = draftOf(numberings, 'binary');
  const columns = numberings.map((numbering) => {
    if (numbering.type === 'number') return numbering.name;
    const { shares } = numbering;
    return draft.ml('LabelEncoder', [numbering.name], {
      keys_strings: { strings: ['', ...shares.keys()] },
      values_floats: { floats: [Number.NaN, ...shares.values()] },
      default_float: { float: 0 },
    });
  });
  const concat = draft.node('Concat', columns, { axis: { int: 1 } });
  const trees = model.trees.length > 0 ? model.trees : [leaf];
  const scale = model.trees.length > 0 ? model.scale : 1;
  const sum = draft.ml('TreeEnsembleRegressor', [draft.cast(concat, 'double')], ensemble(trees, scale));
  const yes = draft.node('Pow', [draft.constant([2]), draft.cast(sum, 'double')]);
  const no = draft.node('Sub', [draft.constant([1]), yes]);
  return draft.ofAnswer(draft.node('Concat', [no, yes], { axis: { int: 1 } }), label);
}

function ensemble(trees: readonly IsolationTree[], scale: number): Record<string, Attribute> {
  const nodes = trees.flatMap((tree, index) =>
    Array.from(tree.column, (column, node) => ({ tree, index, column, node })),
  );
  const leaves = nodes.filter(({ column }) => column < 0);
  return {
    n_targets: { int: 1 },
    aggregate_function: { string: 'SUM' },
    nodes_treeids: { ints: nodes.map(({ index }) => index) },
    nodes_nodeids: { ints: nodes.map(({ node }) => node) },
    nodes_featureids: { ints: nodes.map(({ column }) => Math.max(column, 0)) },
    nodes_modes: { strings: nodes.map(({ column }) => (column < 0 ? 'LEAF' : 'BRANCH_LEQ')) },
    nodes_values_as_tensor: { doubles: nodes.map(({ tree, node }) => tree.threshold[node]!) },
    nodes_truenodeids: { ints: nodes.map(({ tree, node }) => tree.left[node]!) },
    nodes_falsenodeids: { ints: nodes.map(({ tree, node }) => tree.right[node]!) },
    nodes_missing_value_tracks_true: { ints: nodes.map(({ tree, node }) => tree.missingLeft[node]!) },
    target_treeids: { ints: leaves.map(({ index }) => index) },
    target_nodeids: { ints: leaves.map(({ node }) => node) },
    target_ids: { ints: leaves.map(() => 0) },
    target_weights_as_tensor: { doubles: leaves.map(({ tree, node }) => -tree.path[node]! / scale) },
  };
}
