import { counted, formatInstant } from '../../../../base/index.ts';
import { listed } from '../in-sentence.ts';
import type { ModelReport } from '../model-report.ts';
import { amount } from '../page/numbers.ts';
import { isImported } from '../rows-used.ts';

/** What is told of a version besides its report, once it has a name. */
export interface CardVersion {
  readonly id: string;
  readonly createdAt: number;
  readonly status: string;
}

export function howMade(report: ModelReport, version?: CardVersion): string[] {
  const { trainer, seed, data, environment, training, calibrated, owner } = report;
  const options = Object.entries(training.search?.chosen ?? trainer.options);
  const parameters = options.map(
    ([name, value]) =>
      `${name} ${typeof value === 'string' ? value : typeof value === 'number' ? amount(value) : JSON.stringify(value)}`,
  );
  const searched =
    training.search === undefined
      ? ''
      : ` (chosen from ${counted(training.search.losses.length, 'trial')} of ${training.search.trainer})`;
  const when =
    version === undefined
      ? ''
      : ` on ${formatInstant(version.createdAt).slice(0, 16).replace('T', ' ')} UTC (${version.status})`;
  const given = parameters.length === 0 ? 'its own parameters' : listed(parameters, 12);
  const made = isImported(report)
    ? `Brought in by ${trainer.trainer}${when} with ${given}, judged on ${data.trainingSet}.`
    : `Trained by ${trainer.trainer}${searched}${when} with ${given}, seed ${seed}, from ${data.trainingSet}.`;
  const apart = isImported(report) ? `rows of ${data.trainingSet}` : 'rows it did not learn from';
  return [
    `${made}${calibrated === undefined ? '' : ` Probabilities are calibrated by ${calibrated} on ${apart}.`}`,
    `Code ${environment.code.revision ?? environment.code.declaration.slice(0, 16)}, Millrace ${environment.millrace}, Node ${environment.node}, ${environment.platform}, ONNX Runtime ${environment.onnxruntime}.${owner?.trim() ? ` Owned by ${owner}.` : ''}`,
  ];
}
