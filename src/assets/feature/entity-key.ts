import { type ColumnType, MillraceError, quoteName, quoteText } from '../../base/index.ts';
import type { EntitySpec } from './spec.ts';

// An entity's name in state and questions is one text. Of one key column it is that column's text; of several, each text with its length in
// bytes before it, so that ('a', 'b:c') and ('a:b', 'c') are two.

/** A look-up over HTTP names an entity beside this option, so no key can be called that. */
export const LOOK_UP_OPTION = 'require';

/**
 * Why a column of a type names no entity; undefined for one that does. Texts, whole numbers and truth values are the same text wherever they are
 * written; the engine, JavaScript and files each write fractions and instants in their own way.
 */
export function keyFault(type: ColumnType): string | undefined {
  if (type === 'double') return 'a number with a fraction, which names no entity';
  if (type === 'timestamp') return 'an instant, which names no entity';
  return undefined;
}

/** The entity of a row of `relation`, in SQL; null where a key is. */
export function entitySql({ keys }: EntitySpec, relation: string): string {
  const texts = keys.map((key) => `cast(${relation}.${quoteName(key)} as VARCHAR)`);
  const [only] = texts;
  if (texts.length === 1) return only as string;
  return `(${texts.map((text) => `strlen(${text}) || ':' || ${text}`).join(' || ')})`;
}

/** The entity of these key values; undefined where one is missing. */
export function entityText({ keys }: EntitySpec, cellOf: (key: string) => unknown): string | undefined {
  const texts = keys.map((key) => keyText(cellOf(key)));
  if (texts.some((text) => text === undefined)) return undefined;
  if (texts.length === 1) return texts[0];
  return texts.map((text) => `${Buffer.byteLength(text as string)}:${text}`).join('');
}

/** An entity as a SQL text; its name may hold a NUL, which no literal can. */
export const entityLiteral = (entity: string): string =>
  `(${entity.split('\0').map(quoteText).join(' || chr(0) || ')})`;

function keyText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return String(value);
}

/** The longest text that is asked about, in characters. */
export const LONGEST_KEY = 16_384;

/** @throws MILL_FEATURES_KEY for a key that is no text, number or boolean, or too long. */
export function checkedKey(key: string, value: unknown): void {
  const fits =
    (typeof value === 'string' && value.length <= LONGEST_KEY) ||
    typeof value === 'boolean' ||
    Number.isSafeInteger(value);
  if (fits) return;
  const found =
    typeof value === 'string'
      ? `a text of ${value.length.toLocaleString('en')} characters`
      : value === undefined
        ? 'missing'
        : JSON.stringify(value);
  throw new MillraceError({
    code: 'MILL_FEATURES_KEY',
    message: `The key '${key}' is ${found?.slice(0, 60)}; wanted a text of at most ${LONGEST_KEY.toLocaleString('en')} characters, a whole number, true or false.`,
    todo: `Name one with '${key}'.`,
    owner: 'data',
  });
}
