import type { ModelLabel, Task } from '../trainer.port.ts';
import { innerNames, inputEdges, outputEdge, outputName, probabilityNodes } from './edges.ts';
import { encodeModel, type OnnxConstant, type OnnxNode } from './model.ts';

/** TensorProto.DataType, where a Cast asks for it. */
const CAST = { float: 1, int64: 7, double: 11 } as const;

/** A graph under way: every call adds to it and gives the name of a tensor. Inner names are numbered. */
export interface Draft {
  node(op: string, inputs: readonly string[], attributes?: OnnxNode['attributes']): string;
  /** An operator on labels or trees. */
  ml(op: string, inputs: readonly string[], attributes: OnnxNode['attributes']): string;
  constant(values: OnnxConstant['values'] | readonly number[], dims?: readonly number[]): string;
  cast(input: string, to: keyof typeof CAST): string;
  /** From an input of text to whole numbers: 0 for '' and for what is in none of the names. */
  codes(input: string, names: Iterable<readonly [name: string, code: number]>): string;
  /** From an input of numbers, cast to double, to how many of the ascending edges are at or below each: [n, 1], whole. */
  bins(x: string, edges: Float64Array): string;
  /** Whether an input is not a finite number: [n, 1], true or false. */
  missing(input: string): string;
  /** The file, whose answer is a tensor of doubles: log-odds [n, 1], scores of classes [n, classes], or values [n, 1]. */
  ofScore(score: string, label?: ModelLabel): Uint8Array;
  /** The file, whose answer is a tensor of doubles as it is: probabilities [n, 2] or [n, classes], or values [n, 1]. */
  ofAnswer(answer: string, label?: ModelLabel): Uint8Array;
}

/** Begins the graph of a model: its inputs and its output are known. */
export function draftOf(
  columns: readonly { readonly name: string; readonly type: 'number' | 'category' }[],
  task: Task,
  classes = 1,
): Draft {
  const inputs = inputEdges(columns);
  const output = outputEdge(task, classes);
  const name = innerNames([...inputs, output]);
  const constants: OnnxConstant[] = [];
  const nodes: OnnxNode[] = [];
  const add = (node: Omit<OnnxNode, 'output'>): string => {
    const own = name(`${node.op}${nodes.length}`);
    nodes.push({ ...node, output: own });
    return own;
  };
  const encode = (label?: ModelLabel): Uint8Array =>
    encodeModel({ inputs, outputs: [output], constants, nodes }, label);
  const draft: Draft = {
    node: (op, from, attributes = {}) => add({ op, inputs: from, attributes }),
    ml: (op, from, attributes = {}) => add({ op, domain: 'ai.onnx.ml', inputs: from, attributes }),
    constant(values, dims = [values.length]) {
      const own = name(`constant${constants.length}`);
      constants.push({
        name: own,
        dims,
        values: Array.isArray(values) ? Float64Array.from(values) : values,
      } as OnnxConstant);
      return own;
    },
    cast: (input, to) => add({ op: 'Cast', inputs: [input], attributes: { to: { int: CAST[to] } } }),
    codes(input, names) {
      const known = [...names];
      return draft.ml('LabelEncoder', [input], {
        keys_strings: { strings: ['', ...known.map(([key]) => key)] },
        values_int64s: { ints: [0, ...known.map(([, code]) => code)] },
        default_int64: { int: 0 },
      });
    },
    bins(x, edges) {
      const above = draft.node('GreaterOrEqual', [x, draft.constant(edges, [1, edges.length])]);
      const axis = draft.constant(BigInt64Array.of(1n));
      return draft.node('ReduceSum', [draft.cast(above, 'int64'), axis], { keepdims: { int: 1 } });
    },
    missing: (input) => draft.node('Or', [draft.node('IsNaN', [input]), draft.node('IsInf', [input])]),
    ofScore(score, label) {
      if (task === 'binary') nodes.push(...probabilityNodes(score, name));
      else {
        const answer = task === 'multiclass' ? draft.node('Softmax', [score], { axis: { int: 1 } }) : score;
        return draft.ofAnswer(answer, label);
      }
      return encode(label);
    },
    ofAnswer(answer, label) {
      nodes.push({
        op: 'Cast',
        inputs: [answer],
        output: outputName(task),
        attributes: { to: { int: CAST.float } },
      });
      return encode(label);
    },
  };
  return draft;
}
