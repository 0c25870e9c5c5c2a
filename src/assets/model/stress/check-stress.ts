import { FIGURES, figuresFor } from '../judge/index.ts';
import { type ModelBody, SAID } from '../spec.ts';
import type { Task } from '../train/index.ts';
import { outsideOf } from '../trainers.ts';
import type { StressGate } from './spec.ts';

type Found = (message: string, todo: string) => void;

/** A stress check that fits the task, with numbers that mean something. */
export function checkStress(
  gate: StressGate,
  { task, trainer, slices, findSlices }: ModelBody,
  found: Found,
): void {
  if (gate.stress === 'noLeakage') return;
  const { metric, stress } = gate;
  if (!(FIGURES[metric].tasks as readonly Task[]).includes(task))
    found(
      `The stress check on ${metric} does not fit a target that is ${SAID[task]}.`,
      `Use ${figuresFor(task).slice(0, 8).join(', ')} or another one that fits.`,
    );
  const wanted = (fine: boolean, name: string, value: number, what: string): void => {
    if (!fine) found(`${name} of stress.${stress} is ${value}; wanted ${what}.`, 'Change it.');
  };
  const whole = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  if ('than' in gate) {
    wanted(Number.isFinite(gate.than), gate.must, gate.than, 'a number');
    wanted(whole(gate.rows, 1, 1e12), 'rows', gate.rows, 'a whole number from 1 on');
  } else wanted(gate.within >= 0 && gate.within < Infinity, 'within', gate.within, 'a number from 0 on');
  if (stress === 'missing')
    wanted(gate.share > 0 && gate.share <= 1, 'share', gate.share, 'above 0, at most 1');
  if (stress === 'noise')
    wanted(gate.sigma > 0 && gate.sigma < Infinity, 'sigma', gate.sigma, 'a number above 0');
  if (stress === 'seeds') wanted(whole(gate.n, 1, 20), 'n', gate.n, 'a whole number from 1 to 20');
  if (stress === 'seeds' && outsideOf(trainer) !== undefined)
    found('stress.seeds trains again, which a model from outside cannot be.', 'Leave it out.');
  if (stress === 'slices' && (slices ?? []).length === 0 && findSlices === false)
    found('stress.slices has no slice to look at.', 'Declare slices, or leave out findSlices: false.');
}
