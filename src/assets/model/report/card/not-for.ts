import { listed, sentences } from '../in-sentence.ts';
import type { ModelReport, SeenInput } from '../model-report.ts';
import { amount, count } from '../page/numbers.ts';
import { isImported } from '../rows-used.ts';
import { day } from './wording.ts';

/** Ranges named in a card: more are in the report. */
const RANGES = 6;
/** Categories of an input named in a card. */
const FIRST = 3;

export function notFor(report: ModelReport): string[] {
  const { notFor: declared, data, keys, importance } = report;
  const imported = isImported(report);
  const { from, to } = imported ? data.parts.test : data.parts.train;
  const by = [...data.inputs].sort((a, b) => (importance[b.input] ?? 0) - (importance[a.input] ?? 0));
  const ranges = by.flatMap((one) => rangeOf(one)).slice(0, RANGES);
  const whom = keys.length === 0 ? 'Requests' : 'Populations';
  return [
    ...sentences(declared),
    ...(Number.isFinite(from)
      ? [
          `${whom} unlike those of ${day(from)} to ${day(to)}, ${imported ? 'on which it was judged' : 'from which it learnt'}: nothing is known of how it does there.`,
        ]
      : []),
    ...(ranges.length === 0
      ? []
      : [
          `Values beyond those ${imported ? 'in its training set' : 'it has seen'}: ${ranges.join('; ')}${by.length > RANGES ? '; the report has the others' : ''}.`,
        ]),
    'Saying why something happened: it tells what goes together, not what causes what.',
  ];
}

function rangeOf({ input, type, range, categories }: SeenInput): string[] {
  if (type === 'boolean') return [];
  if (type === 'timestamp')
    return range ? [`${input} from ${day(range.min * 1e6)} to ${day(range.max * 1e6)}`] : [];
  if (categories !== undefined) {
    const { count: all, first } = categories;
    if (all === 0) return [];
    const named = first.slice(0, FIRST);
    const names = all > FIRST ? `${named.join(', ')} and ${all - FIRST} more` : listed(named);
    return [`${input} in ${all === 1 ? '1 category' : `${count(all)} categories`} (${names})`];
  }
  return range && range.min < range.max ? [`${input} from ${amount(range.min)} to ${amount(range.max)}`] : [];
}
