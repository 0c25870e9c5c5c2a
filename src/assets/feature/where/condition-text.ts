import { formatInstant } from '../../../base/index.ts';
import type { Comparison, ConditionSpec, Operand } from './condition.ts';

const signs: Readonly<Record<Comparison, string>> = {
  is: '=',
  isNot: '≠',
  above: '>',
  atLeast: '≥',
  below: '<',
  atMost: '≤',
};

const FEW = 5;
const LONG = 60;

/** A condition for people: `country = 'DE' and amount > 100`. Long lists are cut. */
export function conditionText(spec: ConditionSpec): string {
  switch (spec.test) {
    case 'and':
    case 'or':
      return spec.of
        .map((part) => (isJoin(part) ? `(${conditionText(part)})` : conditionText(part)))
        .join(` ${spec.test} `);
    case 'not':
      return `not (${conditionText(spec.of)})`;
    case 'isMissing':
      return `${nameText(spec.column)} is missing`;
    case 'isThere':
      return `${nameText(spec.column)} is there`;
    case 'startsWith':
      return `${nameText(spec.column)} starts with ${operandText(spec.text)}`;
    case 'contains':
      return `${nameText(spec.column)} contains ${operandText(spec.text)}`;
    case 'between':
      return `${nameText(spec.column)} between ${operandText(spec.from)} and ${operandText(spec.to)}`;
    case 'oneOf': {
      const more = spec.values.length - FEW;
      const few = spec.values.slice(0, FEW).map(operandText).join(', ');
      return `${nameText(spec.column)} is one of ${few}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
    }
    default:
      return `${nameText(spec.column)} ${signs[spec.test]} ${operandText(spec.to)}`;
  }
}

const isJoin = ({ test }: ConditionSpec): boolean => test === 'and' || test === 'or';

const nameText = (column: string): string => (/^\w+$/.test(column) ? column : JSON.stringify(column));

function operandText(operand: Operand): string {
  if (typeof operand === 'string') return quoted(operand);
  if (typeof operand !== 'object') return String(operand);
  if ('column' in operand) return nameText(operand.column);
  // Beyond the exact instants what was declared is the millisecond.
  if (!Number.isSafeInteger(operand.micros)) return new Date(Math.round(operand.micros / 1000)).toISOString();
  return formatInstant(operand.micros);
}

/** On one line, whatever the text holds, and not endless. */
function quoted(text: string): string {
  const characters = [...text];
  const cut = characters.length > LONG ? `${characters.slice(0, LONG).join('')}…` : text;
  return `'${JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "''")}'`;
}
