/** Of the trials at a stage one in so many goes on. */
export const REDUCTION = 4;

/**
 * The stages of a training of so many steps, at which it may be stopped: `first` steps, then four times as many, and so on, all before its end.
 */
export function rungsOf(steps: number, first: number): number[] {
  const rungs: number[] = [];
  for (let at = Math.max(1, Math.round(first)); at < steps; at *= REDUCTION) rungs.push(at);
  return rungs;
}

/**
 * Whether a trial goes on past a stage: asynchronous successive halving (Li et al., "A System for Massively Parallel Hyperparameter Tuning",
 * MLSys 2020). It does when its loss is among the best quarter of those that reached the stage; while these are fewer than four, when it
 * is the best.
 */
export function goesOn(loss: number, others: readonly number[]): boolean {
  if (Number.isNaN(loss)) return false;
  const known = others.filter((other) => !Number.isNaN(other));
  const better = known.filter((other) => other < loss).length;
  return better < Math.max(1, Math.floor((known.length + 1) / REDUCTION));
}
