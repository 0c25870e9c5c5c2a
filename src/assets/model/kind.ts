import { MillraceError, type Problem } from '../../base/index.ts';
import type { Kind, Node } from '../../graph/index.ts';
import { buildModel } from './build.ts';
import { portrayModel } from './portrait.ts';
import type { ModelBody } from './spec.ts';
import { trainerOf } from './trainers.ts';

/** A trained, judged model. Gates and cost are part of what is built: other gates may let another version pass. */
export const modelKind: Kind<ModelBody> = {
  kind: 'model',
  revision: 2,
  check: checkModel,
  portray: portrayModel,
  build: buildModel,
};

const binaryOnly = new Set(['rocAuc', 'prAuc', 'logLoss', 'brier', 'calibrationError', 'expectedCost']);

function checkModel(node: Node<ModelBody>): readonly Problem[] {
  const { task, gates, cost } = node.body;
  const problems: Problem[] = [];
  const found = (message: string, todo: string): void => {
    problems.push({
      code: 'MILL_MODEL_INVALID',
      message,
      todo,
      owner: 'project',
      asset: node.name,
      place: node.place,
    });
  };
  for (const { metric } of gates)
    if (binaryOnly.has(metric) !== (task === 'binary'))
      found(
        `The gate on ${metric} does not fit a target that is ${task === 'binary' ? 'true or false' : 'a number'}.`,
        task === 'binary'
          ? 'Use rocAuc, prAuc, logLoss, brier, calibrationError or expectedCost.'
          : 'Use rmse, mae or r2.',
      );
  try {
    trainerOf(node.body.trainer);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    problems.push(...error.problems.map((problem) => ({ ...problem, asset: node.name, place: node.place })));
  }
  if (!(cost.falsePositive >= 0 && cost.falseNegative >= 0 && cost.falsePositive + cost.falseNegative > 0))
    found('The cost of errors is negative or nothing.', 'Give two costs, not below 0, at least one above.');
  return problems;
}
