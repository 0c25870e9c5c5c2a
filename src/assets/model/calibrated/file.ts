import type { Calibrator } from '../judge/index.ts';
import { appended, type OnnxConstant, type OnnxNode } from '../train/index.ts';

/** The output that is calibrated, and what it is called before. No input has either name: the first is refused, the second is our own. */
const OUTPUT = 'probabilities';
const RAW = '_raw_probabilities';
const FLOAT = 1;
const DOUBLE = 11;

/** A model's file whose probabilities are calibrated within: whoever reads it, wherever, gets the calibrated ones. */
export function calibratedFile(file: Uint8Array, calibrator: Calibrator): Uint8Array {
  const { nodes, constants } = inDoubles(calibrator);
  return appended(file, OUTPUT, RAW, nodes, constants);
}

/** The same sums in the same precision as `applyCalibrator`: doubles, so that a steep step is as steep in the file. */
function inDoubles(calibrator: Calibrator): { nodes: OnnxNode[]; constants: OnnxConstant[] } {
  const constants: OnnxConstant[] = [];
  const nodes: OnnxNode[] = [];
  let named = 0;
  const constant = (values: readonly number[], dims: readonly number[] = []): string => {
    const name = `_calibrator_constant_${named++}`;
    constants.push({ name, dims, values: Float64Array.from(values) });
    return name;
  };
  const node = (op: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): string => {
    const output = `_calibrated_${named++}`;
    nodes.push({ op, inputs, output, attributes });
    return output;
  };
  const end = (from: string): void => {
    nodes.push({ op: 'Cast', inputs: [from], output: OUTPUT, attributes: { to: { int: FLOAT } } });
  };
  const whole = (values: readonly bigint[]): string => {
    const name = `_calibrator_constant_${named++}`;
    constants.push({ name, dims: [values.length], values: BigInt64Array.from(values) });
    return name;
  };
  const raw = node('Cast', [RAW], { to: { int: DOUBLE } });
  const both = (yes: string): void => {
    const no = node('Sub', [constant([1]), yes]);
    end(node('Concat', [no, yes], { axis: { int: 1 } }));
  };
  const yesOf = (): string => node('Slice', [raw, whole([1n]), whole([2n]), whole([1n])]);
  const oddsOf = (yes: string, clip: number): string => {
    const kept = node('Min', [node('Max', [yes, constant([clip])]), constant([1 - clip])]);
    return node('Log', [node('Div', [kept, node('Sub', [constant([1]), kept])])]);
  };
  switch (calibrator.kind) {
    case 'sigmoid': {
      const { slope, intercept, clip } = calibrator;
      const scaled = node('Add', [
        node('Mul', [oddsOf(yesOf(), clip), constant([slope])]),
        constant([intercept]),
      ]);
      both(node('Sigmoid', [scaled]));
      break;
    }
    case 'isotonic':
      both(interpolated(calibrator, yesOf(), node, constant, whole));
      break;
    case 'temperature': {
      const { temperature, classes, clip } = calibrator;
      if (classes === 2) {
        both(node('Sigmoid', [node('Div', [oddsOf(yesOf(), clip), constant([temperature])])]));
        break;
      }
      const softened = node('Div', [
        node('Log', [node('Max', [raw, constant([clip])])]),
        constant([temperature]),
      ]);
      end(node('Softmax', [softened], { axis: { int: 1 } }));
    }
  }
  return { nodes, constants };
}

/** The straight line between the thresholds on both sides of a probability: found by counting those at or below it. */
function interpolated(
  { x, y }: { readonly x: readonly number[]; readonly y: readonly number[] },
  yes: string,
  node: (op: string, inputs: readonly string[], attributes?: OnnxNode['attributes']) => string,
  constant: (values: readonly number[], dims?: readonly number[]) => string,
  whole: (values: readonly bigint[]) => string,
): string {
  const last = x.length - 1;
  const kept = node('Min', [node('Max', [yes, constant([x[0] as number])]), constant([x[last] as number])]);
  if (last === 0) return node('Add', [node('Mul', [kept, constant([0])]), constant([y[0] as number])]);
  // Thresholds rise, so as many are at or below as the place of the one on the left; the last one belongs to the stretch before it.
  const below = node('GreaterOrEqual', [kept, constant(x.slice(1, last), [1, Math.max(0, last - 1)])]);
  const place =
    last === 1
      ? node('Cast', [node('Mul', [kept, constant([0])])], { to: { int: 7 } })
      : node('ReduceSum', [node('Cast', [below], { to: { int: 7 } }), whole([1n])], { keepdims: { int: 1 } });
  const at = (values: readonly number[]): string =>
    node('Gather', [constant(values, [values.length]), place], { axis: { int: 0 } });
  const slopes = x.slice(0, last).map((from, i) => {
    const width = (x[i + 1] as number) - from;
    return width > 0 ? ((y[i + 1] as number) - (y[i] as number)) / width : 0;
  });
  const way = node('Sub', [kept, at(x.slice(0, last))]);
  return node('Add', [at(y.slice(0, last)), node('Mul', [way, at(slopes)])]);
}
