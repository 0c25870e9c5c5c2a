import { counted } from '../../../../base/index.ts';
import { listed } from '../in-sentence.ts';
import type { ModelReport } from '../model-report.ts';
import { amount, count, measure, share } from '../page/numbers.ts';
import { doneByValidation, isImported } from '../rows-used.ts';
import { day, duration } from './wording.ts';

export function fromWhichData(report: ModelReport): string[] {
  const { sources, rows, negativesKept, knownAfter, unknownYet, unanswered, asOf } = report.data;
  const from = sources.length === 0 ? '' : `, which goes back to ${listed(sources)}`;
  const delay =
    knownAfter === 0
      ? ''
      : ` Only answers known by ${day(asOf)} are in it, ${duration(knownAfter)} after their question; ${counted(unknownYet, 'row')} waited for theirs.`;
  const left =
    unanswered === undefined
      ? ''
      : ` ${counted(unanswered, 'row')} without an answer ${unanswered === 1 ? 'was' : 'were'} left out: if those are unlike the others, nothing is known of them.`;
  const sampled =
    negativesKept === undefined
      ? ''
      : ` Of the rows whose answer is no ${share(negativesKept)} were kept, each standing for ${amount(1 / negativesKept)}; all figures count them so.`;
  const { trainingSet, labels, weighedBy } = report.data;
  const weighed =
    weighedBy === undefined ? '' : ` Each row counts for its ${weighedBy}, ${whereWeighed(report)}.`;
  return [
    `${trainingSet}, ${counted(rows, 'labelled row')} of ${labels}${from}. ${partsOf(report)}${ratesOf(report)}${delay}${left}${sampled}${weighed}`,
  ];
}

/** What was trained elsewhere was given no weights, and what a script makes of them it knows itself. */
function whereWeighed(report: ModelReport): string {
  if (isImported(report)) return 'in all figures';
  return report.trainer.trainer === 'python'
    ? 'in all figures, and in training as its script takes it'
    : 'in training and in all figures';
}

/** What its rows were used for. */
function partsOf(report: ModelReport): string {
  const { parts, splitBy } = report.data;
  const { train, validation, test } = parts;
  const done = doneByValidation(report);
  const others = `${count(validation.rows)} ${validation.rows === 1 ? 'was' : 'were'} ${done === '' ? 'left aside' : `there to ${done} by`}`;
  if (isImported(report))
    return `What it learnt from is not known. It was judged on ${counted(test.rows, 'row')} (${day(test.from)} to ${day(test.to)}); ${others}.`;
  return `It learnt from ${counted(train.rows, 'row')} (${day(train.from)} to ${day(train.to)}) and was judged on ${count(test.rows)}, parted by ${splitBy === 'time' ? 'time' : 'whom they are about'}; ${others}.`;
}

/** How often each answer is the right one, in the rows learnt from where those are known. */
function ratesOf(report: ModelReport): string {
  const { data, task, target, classes } = report;
  const { train, test } = data.parts;
  const imported = isImported(report);
  if (task === 'multiclass') {
    const { shares } = imported ? test : train;
    if (shares === undefined) return '';
    const most = shares
      .map((part, i) => [classes?.[i] ?? '', part] as const)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 3);
    return ` Most of the rows ${imported ? 'judged by' : 'learnt from'} are ${listed(most.map(([name, part]) => `${name} (${share(part)})`))}.`;
  }
  if (train.mean === null || task === 'ranking') return '';
  const [show, says] =
    task === 'binary' ? [share, 'the share of the answer yes'] : [measure, `the mean of ${target}`];
  if (imported) return ` In the rows judged by ${says} is ${show(test.mean)}.`;
  return task === 'binary'
    ? ` In the rows learnt from ${share(train.mean)} have the answer yes, in those judged by ${share(test.mean)}.`
    : ` The mean of ${target} is ${measure(train.mean)} in the rows learnt from, ${measure(test.mean)} in those judged by.`;
}
