import { checkInput, columnsInOrder } from '../check-input.ts';
import { checkNamed } from '../check-options.ts';
import { sigmoid } from '../loss.ts';
import type { FitInput, FittedHere, Task, Trainer } from '../trainer.port.ts';
import { attributeLinear } from './attribute.ts';
import { encodeColumns } from './encode.ts';
import { fitLinear } from './fit.ts';
import type { LinearModel } from './model.ts';
import { score } from './newton.ts';
import { softmax } from './objective.ts';
import { type LinearOptions, linearParameters } from './options.ts';
import { linearOnnx } from './to-onnx.ts';

function predict(model: LinearModel, given: FitInput['columns']): Float64Array {
  const { columns, rows } = columnsInOrder(model.encodings, given);
  const encoded = encodeColumns(model.encodings, columns, { from: 0, to: rows });
  const scores = model.weights.map(() => new Float64Array(rows));
  score({ columns: encoded.columns, rows }, model.weights, scores);
  if (model.task !== 'multiclass') return model.task === 'binary' ? scores[0]!.map(sigmoid) : scores[0]!;
  softmax(scores);
  return Float64Array.from({ length: rows * model.outputs }, (_, i) => {
    const row = Math.floor(i / model.outputs);
    return scores[i - row * model.outputs]![row]!;
  });
}

/** A linear trainer of some tasks. */
export function linearTrainer(options: LinearOptions, tasks: readonly Task[]): Trainer<FittedHere> {
  const parameters = linearParameters(options);
  return {
    tasks,
    checkNames: (columns) => checkNamed('splines and bins', parameters.shapes.named, columns, 'number'),
    async fit(input: FitInput): Promise<FittedHere> {
      checkInput(input, tasks);
      const [model, summary] = await fitLinear(input, parameters);
      return Object.freeze({
        predict: (columns: FitInput['columns']) => predict(model, columns),
        toOnnx: (label = {}) => linearOnnx(model, label),
        attribute: (columns: FitInput['columns']) => attributeLinear(model, columns),
        summary,
      });
    },
  };
}
