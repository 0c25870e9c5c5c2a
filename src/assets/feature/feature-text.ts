import { formatDuration } from '../../base/index.ts';
import { type AggregateSpec, isAggregate, type Operand } from './spec.ts';
import { EXACT, type Span } from './time-law.ts';
import { conditionText } from './where/index.ts';

const signs = { ratio: '/', difference: '−', sum: '+', product: '×' } as const;

/** A feature in words: `sum of amount where country = 'DE' over 7d by 1h`. */
export function featureText(spec: Operand): string {
  if (typeof spec === 'number') return String(spec);
  if (isAggregate(spec)) return aggregateText(spec);
  const [a, b] = spec.of.map((operand) => {
    const text = featureText(operand);
    return typeof operand === 'number' ? text : `(${text})`;
  });
  return `${a} ${signs[spec.expression]} ${b}`;
}

function aggregateText(spec: AggregateSpec): string {
  const { aggregate, column, parameter, where, holds } = spec;
  const what = parameter === undefined ? aggregate : `${aggregate}(${parameter})`;
  const words = [
    column === null ? what : `${what} of ${column}`,
    ...(holds === undefined ? [] : [`of rows with ${conditionText(holds)}`]),
    ...(where === undefined ? [] : [`where ${conditionText(where)}`]),
    `over ${spanText(spec)}`,
  ];
  return words.join(' ');
}

/** A window in words: `7d by 1h`. */
export function spanText({ window, hop, ending }: Span): string {
  const words = [
    window === null ? 'all time' : formatDuration(window),
    ...(ending === 0 ? [] : [`ending ${formatDuration(ending)} before`]),
    ...(window === null && ending === 0 ? [] : [hop === EXACT ? 'exactly' : `by ${formatDuration(hop)}`]),
  ];
  return words.join(' ');
}
