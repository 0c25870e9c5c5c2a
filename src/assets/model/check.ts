import { MillraceError, nearest, type Problem, said } from '../../base/index.ts';
import type { CheckContext, Graph, Node } from '../../graph/index.ts';
import { checkSlices } from './check-slices.ts';
import { planInputs } from './inputs.ts';
import { type CalibratorKind, FIGURES, figuresFor, surelyFor } from './judge/index.ts';
import { inputType } from './matrix.ts';
import type { Question } from './outside/outside.port.ts';
import { createOf } from './own/index.ts';
import { isOfModel } from './sameness.ts';
import { type ModelBody, SAID, type TrainingSetBody } from './spec.ts';
import { checkStress } from './stress/check-stress.ts';
import { isStress } from './stress/judge-stress.ts';
import { checkTask, type Task } from './train/index.ts';
import { outsideOf, trainerOf } from './trainers.ts';

const CALIBRATORS: readonly CalibratorKind[] = ['sigmoid', 'isotonic', 'temperature'];

const COSTS: readonly string[] = ['falsePositive', 'falseNegative', 'truePositive', 'trueNegative'];

/** Faults of a model's declaration. */
export async function checkModel(
  node: Node<ModelBody>,
  { graph, folder }: CheckContext,
): Promise<readonly Problem[]> {
  const { task, gates, cost, calibrate, seed, approval, unknown = [] } = node.body;
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
  for (const option of unknown)
    found(`A model has no option '${option}'.`, 'Correct its name, or leave it out.');
  for (const gate of gates) {
    if (typeof gate !== 'object') {
      found('A gate is none.', 'Write it like metric.rocAuc.atLeast(0.8) or stress.noLeakage().');
      continue;
    }
    if (isStress(gate)) {
      checkStress(gate, node.body, found);
      continue;
    }
    const { metric } = gate;
    const numbers = isOfModel(gate) && gate.must === 'beatChampion' ? [gate.by ?? 0] : [gate.than];
    for (const number of numbers)
      if (!Number.isFinite(number)) found(`The gate on ${metric} wants ${said(number)}.`, 'Give a number.');
    if (
      isOfModel(gate) &&
      gate.must === 'atLeast' &&
      FIGURES[gate.metric].unit === 'share' &&
      (gate.than ?? 0) > 1
    )
      found(`No model reaches ${metric} ≥ ${gate.than}: it is a share.`, 'Give a number up to 1.');
    if (isOfModel(gate) && !(FIGURES[gate.metric].tasks as readonly Task[]).includes(task))
      found(
        `The gate on ${metric} does not fit a target that is ${SAID[task]}.`,
        `Use ${figuresFor(task).slice(0, 8).join(', ')} or another one that fits.`,
      );
  }
  checkSurely(node.body, found);
  if (calibrate !== undefined && !CALIBRATORS.includes(calibrate))
    found(
      `There is no calibrator '${calibrate}'.`,
      `Use ${CALIBRATORS.map((name) => `'${name}'`).join(', ')}.`,
    );
  else if (
    calibrate !== undefined &&
    task !== 'binary' &&
    (task !== 'multiclass' || calibrate !== 'temperature')
  )
    found(
      `A model of a target that is ${SAID[task]} cannot be calibrated by ${calibrate}.`,
      task === 'multiclass' ? "Use calibrate: 'temperature'." : 'Leave out calibrate.',
    );
  const question = questionOf(node, graph);
  if (question) checkSlices(node.body, question.inputs, found);
  try {
    const outside = outsideOf(node.body.trainer);
    const trainer = outside ?? trainerOf(node.body.trainer, createOf(node));
    checkTask(task, trainer.tasks);
    if (question && 'checkNames' in trainer) trainer.checkNames?.(question.inputs, classesOf(task));
    if (question && folder !== undefined) await outside?.check(question, folder);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    problems.push(...error.problems.map((problem) => ({ ...problem, asset: node.name, place: node.place })));
  }
  if (
    Object.values(cost).some((amount) => !(Number.isFinite(amount) && amount >= 0)) ||
    !(cost.falsePositive + cost.falseNegative > 0)
  )
    found(
      'The cost of errors is negative, without end or nothing.',
      'Give two costs, not below 0, at least one above.',
    );
  for (const name of Object.keys(cost))
    if (!COSTS.includes(name))
      found(
        `There is no cost '${name}' (nearest: '${nearest(name, COSTS) ?? COSTS[0]}').`,
        `Use ${COSTS.join(', ')}.`,
      );
  if (!Number.isSafeInteger(seed)) found(`The seed is ${said(seed)}.`, 'Give a whole number.');
  if (approval !== undefined && approval !== 'required')
    found(`The approval is ${said(approval)}.`, "Give 'required', or leave it out.");
  return problems;
}

/** A gate that must hold surely wants an interval, and not every figure has one. */
function checkSurely({ task, gates }: ModelBody, found: (message: string, todo: string) => void): void {
  for (const gate of gates) {
    if (typeof gate !== 'object' || isStress(gate) || !isOfModel(gate) || gate.surely === undefined) continue;
    const against = gate.must === 'beatChampion';
    const names = surelyFor(task, against ? 'difference' : 'figure');
    if (!figuresFor(task).includes(gate.metric) || names.includes(gate.metric)) continue;
    found(
      `${gate.metric} surely ${against ? 'beats no champion' : 'reaches nothing'}: no interval is told of ${against ? 'how far two models are apart in it' : 'it'}.`,
      `Leave out surely, or use ${names.slice(0, 8).join(', ')} or another figure that has one.`,
    );
  }
}

/** The names of its classes, where they are known before rows are read. */
const classesOf = (task: Task): readonly string[] | undefined =>
  task === 'binary' ? ['false', 'true'] : undefined;

/** What a model is to tell, as far as it is known before rows are read; undefined where its inputs are faulty, which the training set says. */
function questionOf(node: Node<ModelBody>, graph: Graph): Question | undefined {
  const training = graph.nodes.get(node.body.trainingSet) as Node<TrainingSetBody>;
  try {
    const { plan } = planInputs(graph, node, training.body.inputs);
    const inputs = plan.columns.map(({ name, type }) => ({ name, type: inputType(type) }));
    return { model: node.name, task: node.body.task, inputs };
  } catch (error) {
    if (error instanceof MillraceError) return undefined;
    throw error;
  }
}
