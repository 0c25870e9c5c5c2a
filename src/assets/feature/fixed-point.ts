import { type ColumnType, MillraceError, quoteText } from '../../base/index.ts';

// Sums must be the same bits in any order, so a double is summed as the whole number round-half-even(x × 2^64): exact for
// every |x| ≥ 2^-11, and off by at most 2^-65 (2.7e-20) below. SQL holds a total as two HUGEINTs, whole × 2^64 + part, because one
// alone could overflow after two values near the limit; JavaScript holds it as one bigint. Both become a double by the
// same steps: `part` is brought into [−2^63, 2^63), so that a small negative total keeps its digits, and the whole is
// taken in two halves of 32 bits, because engines differ in how they round a 128-bit integer.

/** Numbers from here up, either sign, cannot be summed. */
export const SUM_LIMIT = 2 ** 62;

const UNIT = 2 ** 64;
const HALF = 1n << 63n;

/**
 * A finite double in units of 2^-64.
 * @throws MILL_FEATURE_SUM_RANGE from ±2^62 on. `where` names the feature and the column.
 */
export function fixedOf(x: number, where: string): bigint {
  if (!(Math.abs(x) < SUM_LIMIT)) throw sumRange(where, String(x));
  const whole = Math.trunc(x);
  return (BigInt(whole) << 64n) + BigInt(roundHalfEven((x - whole) * UNIT));
}

/** The double for a total of `fixedOf`s. */
export function doubleOf(total: bigint): number {
  const whole = (total + HALF) >> 64n;
  const part = total - (whole << 64n);
  return Number(whole >> 32n) * 4294967296 + Number(whole & 0xffffffffn) + Number(part) / UNIT;
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest < 0.5) return below;
  return rest > 0.5 || below % 2 !== 0 ? below + 1 : below;
}

const MARK = 'MILL_FEATURE_SUM_RANGE: ';

/** `whole` and `part` of a column, in SQL, such that x = whole + part × 2^-64. An integer has no part. */
export function fixedSql(x: string, type: ColumnType, where: string): readonly string[] {
  if (type === 'integer') return [x];
  const checked = `case when abs(${x}) >= 4.611686018427387904e18 then error(${quoteText(`${MARK}${where}: `)} || ${x}) else ${x} end`;
  return [
    `cast(trunc(${checked}) as BIGINT)`,
    `cast((${x} - trunc(${x})) * 1.8446744073709551616e19 as HUGEINT)`,
  ];
}

/** `doubleOf` in SQL, for a total held as HUGEINT expressions; without `part` the total is whole. */
export function doubleSql(whole: string, part?: string): string {
  const carry = `((${part} + 9223372036854775808) >> 64)`;
  const sum = part === undefined ? whole : `(${whole} + ${carry})`;
  const halves = `cast(${sum} >> 32 as DOUBLE) * 4294967296 + cast(${sum} & 4294967295 as DOUBLE)`;
  if (part === undefined) return halves;
  return `${halves} + cast(cast(${part} - ${carry} * 18446744073709551616 as BIGINT) as DOUBLE) / 1.8446744073709551616e19`;
}

/** What a statement with `fixedSql` throws, in our form; anything else as it is. */
export function featureFailure(error: unknown): unknown {
  const text = error instanceof Error ? error.message : '';
  const at = text.indexOf(MARK);
  if (at < 0) return error;
  const told = text.slice(at + MARK.length).split('\n')[0] as string;
  const cut = told.lastIndexOf(': ');
  const value = /^: (\S+)/.exec(told.slice(cut))?.[1] ?? 'a value';
  return sumRange(cut < 0 ? told : told.slice(0, cut), value, error);
}

function sumRange(where: string, value: string, cause?: unknown): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_FEATURE_SUM_RANGE',
      message: `${where} cannot be summed: it holds ${value}, and sums are exact only below 2^62 (4.6e18).`,
      todo: 'Bound the column in its contract, or sum it in a larger unit.',
      owner: 'data',
    },
    cause === undefined ? undefined : { cause },
  );
}
