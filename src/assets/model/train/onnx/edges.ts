import type { Task } from '../trainer.port.ts';
import type { OnnxEdge, OnnxNode } from './model.ts';

/** The name of a model's output. No input column may have it: ONNX knows one value by one name. */
export function outputName(task: Task): 'probabilities' | 'value' {
  return task === 'binary' || task === 'multiclass' ? 'probabilities' : 'value';
}

/** `classes`: how many there are, where there are several. */
export function outputEdge(task: Task, classes = 1): OnnxEdge {
  return { name: outputName(task), element: 'float', width: task === 'binary' ? 2 : classes };
}

export function inputEdges(
  columns: readonly { readonly name: string; readonly type: 'number' | 'category' }[],
): OnnxEdge[] {
  return columns.map(({ name, type }) => ({
    name,
    element: type === 'number' ? 'float' : 'string',
    width: 1,
  }));
}

/** A namer of inner tensors that are not called like any input or output. */
export function innerNames(edges: readonly OnnxEdge[]): (name: string) => string {
  let prefix = '_';
  while (edges.some((edge) => edge.name.startsWith(prefix))) prefix += '_';
  return (name) => prefix + name;
}

/**
 * From a log-odds tensor [n, 1] to `probabilities` [n, 2]. The probability of 0 is the sigmoid of the negated odds,
 * not 1 − p: that keeps its digits when p is near 1.
 */
export function probabilityNodes(odds: string, name: (name: string) => string): OnnxNode[] {
  return [
    { op: 'Sigmoid', inputs: [odds], output: name('yes') },
    { op: 'Neg', inputs: [odds], output: name('negated') },
    { op: 'Sigmoid', inputs: [name('negated')], output: name('no') },
    {
      op: 'Concat',
      inputs: [name('no'), name('yes')],
      output: name('both'),
      attributes: { axis: { int: 1 } },
    },
    { op: 'Cast', inputs: [name('both')], output: outputName('binary'), attributes: { to: { int: 1 } } },
  ];
}
