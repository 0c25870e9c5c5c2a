import { counted } from '../../../../base/index.ts';
import { FIGURES, type FigureName, type JudgedSlice } from '../../judge/index.ts';
import { inSentence, listed } from '../in-sentence.ts';
import type { ModelReport } from '../model-report.ts';
import { count, figure, measure } from '../page/numbers.ts';

/** Slices named in a card. */
const NAMED = 5;

export function forWhomWorse({ slices, task }: ModelReport): [string[], string[]] {
  const unit = task === 'ranking' ? 'list' : 'row';
  if (slices === null || (slices.tried === 0 && slices.declared.length === 0))
    return [
      [
        `No slice could be judged: that takes ${task === 'ranking' ? 'an input that all items of each list share, ' : ''}${count(slices?.minimumRows ?? 200)} ${unit}s in it, as many outside, and errors that are not all the same.`,
      ],
      [],
    ];
  const { figure: name, minimumRows, tried, declared } = slices;
  const worse = [...declared, ...slices.worst].filter(({ verdict }) => verdict === 'worse');
  const few = declared.filter(({ verdict }) => verdict === 'too few rows');
  const notJudged =
    few.length === 0
      ? []
      : [
          `Too few ${unit}s for a verdict (${count(minimumRows)} are wanted): ${listed(few.map((one) => one.name))}.`,
        ];
  const looked = `of ${counted(tried + declared.length, 'slice')} that ${tried + declared.length === 1 ? 'was' : 'were'} judged`;
  if (worse.length === 0)
    return [
      [
        `No slice of at least ${count(minimumRows)} ${unit}s was significantly worse, ${looked}.`,
        ...notJudged,
      ],
      [],
    ];
  return [
    [`Significantly worse than elsewhere, ${looked}, by ${inSentence(FIGURES[name].label)}:`],
    [...worse.slice(0, NAMED).map((one) => sliceSentence(name, one, unit)), ...notJudged],
  ];
}

function sliceSentence(
  name: FigureName,
  { name: slice, rows, value, rest }: JudgedSlice,
  unit: string,
): string {
  const show = FIGURES[name].unit === 'target' ? measure : figure;
  return `${slice}: ${show(value)} against ${show(rest)} elsewhere (${counted(rows, unit)})`;
}
