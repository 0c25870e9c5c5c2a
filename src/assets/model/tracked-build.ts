import type { Node } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Tag, Tracking } from '../../store/tracking/index.ts';
import type { ModelVersion } from './detail.ts';
import type { ModelBody } from './spec.ts';

/**
 * Writes a finished build down as a tracked run of the model's experiment: its parameters and figures stand beside those of trials and of Python scripts, in the
 * same tools. Gives what is to be called once it is a version.
 */
export function trackBuild(
  { experiments, runs }: Tracking,
  { name }: Node<ModelBody>,
  { trainer, evaluation, trainingSet, seed, summary }: ModelVersion,
  passed: boolean,
): (version: Version) => void {
  const tag = (key: string, value: string): Tag => ({ key: `millrace.${key}`, value });
  const { id } = runs.create({
    experiment: experiments.named(name).id,
    name: `build of ${name}`,
    tags: [tag('model', name), tag('training-set', trainingSet), tag('gates', passed ? 'passed' : 'failed')],
  });
  const timestamp = Date.now();
  const figures: [string, number][] = [
    ...Object.entries(evaluation.figures).filter((entry): entry is [string, number] => entry[1] !== null),
    ...Object.entries({ trainLoss: summary.trainLoss, validationLoss: summary.validationLoss }).flatMap(
      ([key, value]): [string, number][] => (value === null ? [] : [[key, value]]),
    ),
  ];
  runs.log(id, {
    params: Object.entries({ trainer: trainer.trainer, seed, ...trainer.options })
      .map(([key, value]) => ({ key, value: typeof value === 'string' ? value : JSON.stringify(value) }))
      .filter(({ value }) => value.length <= LONGEST_PARAM),
    metrics: figures.map(([key, value]) => ({ key, value, timestamp, step: 0 })),
  });
  runs.finish(id);
  return (version) => {
    try {
      runs.log(id, { tags: [tag('version', version.id)] });
    } catch {
      // Called while the version is published: a line that is missing elsewhere must not keep it from that.
    }
  };
}

/** Tracking keeps no longer ones. */
const LONGEST_PARAM = 6_000;
