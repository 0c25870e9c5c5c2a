import { innerNames, inputEdges, outputEdge, outputName, probabilityNodes } from '../onnx/edges.ts';
import { encodeModel, type OnnxConstant, type OnnxNode } from '../onnx/model.ts';
import type { ModelLabel } from '../trainer.port.ts';
import type { LinearModel } from './logistic.ts';

/**
 * The model as an ONNX file. Each column becomes its share of the score: a number as (x − mean)·weight/scale, or its
 * missing weight; a category as its weight, looked up. In float64 up to the output, so that a column far from zero
 * (a year, an instant) keeps its digits.
 */
export function linearOnnx(model: LinearModel, label: ModelLabel): Uint8Array {
  const { encodings, weights, task } = model;
  const inputs = inputEdges(encodings);
  const output = outputEdge(task);
  const name = innerNames([...inputs, output]);
  const constants: OnnxConstant[] = [];
  const nodes: OnnxNode[] = [];
  const shares: string[] = [];
  const constant = (own: string, values: readonly number[]): string => {
    constants.push({ name: name(own), dims: [values.length], values: Float64Array.from(values) });
    return name(own);
  };
  const node = (
    op: string,
    own: string,
    from: readonly string[],
    attributes: OnnxNode['attributes'] = {},
  ): string => {
    nodes.push({ op, inputs: from, output: name(own), attributes });
    return name(own);
  };
  const toDouble = { to: { int: 11 } };
  let at = 0;
  encodings.forEach((encoding, i) => {
    if (encoding.type === 'number') {
      const { mean, scale, indicator } = encoding;
      const slope = weights[at]! / scale;
      const missing = indicator ? weights[at + 1]! : 0;
      at += indicator ? 2 : 1;
      const x = node('Cast', `x${i}`, [encoding.name], toDouble);
      const centred = node('Sub', `centred${i}`, [x, constant(`mean${i}`, [mean])]);
      const share = node('Mul', `known${i}`, [centred, constant(`slope${i}`, [slope])]);
      const nan = node('IsNaN', `nan${i}`, [encoding.name]);
      const infinite = node('IsInf', `inf${i}`, [encoding.name]);
      const bad = node('Or', `bad${i}`, [nan, infinite]);
      shares.push(node('Where', `share${i}`, [bad, constant(`missing${i}`, [missing]), share]));
      return;
    }
    const { levels, levelCount } = encoding;
    const table = constant(`weights${i}`, [0, ...weights.subarray(at, at + levelCount)]);
    at += levelCount;
    nodes.push({
      op: 'LabelEncoder',
      domain: 'ai.onnx.ml',
      inputs: [encoding.name],
      output: name(`level${i}`),
      attributes: {
        keys_strings: { strings: ['', ...levels.keys()] },
        values_int64s: { ints: [0, ...levels.values()] },
        default_int64: { int: 0 },
      },
    });
    shares.push(node('Gather', `share${i}`, [table, name(`level${i}`)]));
  });
  const score = node('Sum', 'score', [...shares, constant('intercept', [weights.at(-1)!])]);
  if (task === 'binary') nodes.push(...probabilityNodes(score, name));
  else nodes.push({ op: 'Cast', inputs: [score], output: outputName(task), attributes: { to: { int: 1 } } });
  return encodeModel({ inputs, outputs: [output], constants, nodes }, label);
}
