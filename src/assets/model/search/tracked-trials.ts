import type { Tracking } from '../../../store/tracking/index.ts';
import type { SearchSpec } from './spec.ts';
import type { Trial } from './trial.ts';

const STATUS = { done: 'FINISHED', pruned: 'KILLED', failed: 'FAILED', running: 'RUNNING' } as const;

/**
 * Writes a settled trial down as a tracked run of the model's experiment, with its parameters and the loss at each stage: beside what Python scripts log,
 * in the same tools. To write one down twice does no harm but for a second run.
 */
export function trackTrial(
  { experiments, runs }: Tracking,
  model: string,
  study: string,
  spec: SearchSpec,
  trial: Trial,
): void {
  const { id } = runs.create({
    experiment: experiments.named(model).id,
    name: `trial ${trial.number}`,
    tags: [
      { key: 'millrace.model', value: model },
      { key: 'millrace.study', value: study },
      { key: 'millrace.trial', value: String(trial.number) },
      { key: 'millrace.trial.status', value: trial.status },
      ...(trial.fault === undefined
        ? []
        : [{ key: 'millrace.trial.fault', value: trial.fault.slice(0, 1000) }]),
    ],
  });
  const timestamp = Date.now();
  const loss = (value: number, step: number) => ({ key: 'loss', value, timestamp, step });
  runs.log(id, {
    params: Object.entries({ trainer: spec.of, ...spec.fixed, ...trial.point }).map(([key, value]) => ({
      key,
      value: typeof value === 'string' ? value : JSON.stringify(value),
    })),
    metrics: [
      ...trial.rungs.map(loss),
      ...(trial.status === 'done' && trial.loss !== null ? [loss(trial.loss, trial.rungs.length)] : []),
    ],
  });
  runs.finish(id, STATUS[trial.status]);
}
