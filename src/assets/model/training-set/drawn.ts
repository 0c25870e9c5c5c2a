import { quoteText } from '../../../base/index.ts';

/**
 * SQL: a number in [0, 1) that follows from texts and a seed alone, and looks random: not from the order of the rows, and the same on every
 * machine. `use` keeps draws for different uses apart. Each text stands with its length, so that no two lists of texts are one.
 */
export function drawnSql(seed: number, use: string, texts: readonly string[]): string {
  const parts = texts.map((text) => `coalesce(length(${text}) || ':' || ${text}, '-')`);
  const whole = [quoteText(`${use} ${seed}`), ...parts].join(` || '|' || `);
  // The upper 53 bits, which a double holds exactly.
  return `((md5_number_upper(${whole}) >> 11)::DOUBLE / 9007199254740992)`;
}
