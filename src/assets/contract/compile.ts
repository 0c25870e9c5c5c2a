import { EARLIEST, LATEST } from '../../base/index.ts';
import { cellRule, isBounded, JSON_RULE, nullRule, rangeRule, refusesNull, typeRule } from './rule-names.ts';
import type { CellRule, ColumnSpec, ContractSpec, RuleNote } from './spec.ts';
import { instantOf } from './text-instant.ts';

/** What a row alone says about itself. Keys are another matter: whether one is taken only the table knows. */
export interface RowVerdict {
  /** Names of the broken rules, in the contract's order. */
  readonly rules: readonly string[];
  /** Whether one of them keeps the row out of the table. */
  readonly unfit: boolean;
  /** Whether one of them keeps all that comes with the row from being published. */
  readonly blocks: boolean;
}

/** A pattern rule. Patterns are RE2, which JavaScript has not; who judges rows says what matches. */
export interface PatternRule {
  readonly column: string;
  readonly pattern: string;
}

export interface CompiledContract {
  readonly patterns: readonly PatternRule[];
  /**
   * The verdict on a row as JSON.parse gives it, its cells by the names of their columns; undefined for a line that is no JSON object. `matches[k]` says whether the text of
   * `patterns[k]`'s column matches; it is looked at only where the cell is a text.
   */
  judge(row: Readonly<Record<string, unknown>> | undefined, matches?: readonly boolean[]): RowVerdict;
}

/** Rules that no row can be judged by without looking elsewhere, by name. A contract with one cannot be compiled. */
export function rulesBeyondRows(contract: ContractSpec): string[] {
  const references = contract.columns.flatMap((column) =>
    column.rules.filter(({ rule }) => rule === 'references').map((rule) => cellRule(column, rule)),
  );
  return [...references, ...(contract.rowRules ?? []).map(({ name }) => name)];
}

interface Broken {
  readonly name: string;
  readonly unfit: boolean;
  readonly blocks: boolean;
}
export type Value = string | number | boolean;
type CellJudge = (value: Value, matches: readonly boolean[], broken: Broken[]) => void;
/** Adds what a column's cell breaks. */
type ColumnJudge = (
  row: Readonly<Record<string, unknown>>,
  matches: readonly boolean[],
  broken: Broken[],
) => void;

const SOUND: RowVerdict = Object.freeze({ rules: Object.freeze([]), unfit: false, blocks: false });

/**
 * A contract's rules about rows as one function, the twin of enforceSql for lines of JSON: same rows, same verdicts. Text columns
 * hold texts: what else JSON can put there has become its text before (source/stream/row-text.ts).
 */
export function compileContract(contract: ContractSpec): CompiledContract {
  const patterns: PatternRule[] = [];
  const columns = contract.columns.map((column) => columnJudge(contract, column, patterns));
  const noRow = verdictOf([always(contract, JSON_RULE)]);
  return Object.freeze({
    patterns,
    judge(row, matches = []) {
      if (row === undefined) return noRow;
      const broken: Broken[] = [];
      for (const judge of columns) judge(row, matches, broken);
      return broken.length === 0 ? SOUND : verdictOf(broken);
    },
  } satisfies CompiledContract);
}

function verdictOf(broken: readonly Broken[]): RowVerdict {
  return {
    rules: broken.map(({ name }) => name),
    unfit: broken.some(({ unfit }) => unfit),
    blocks: broken.some(({ blocks }) => blocks),
  };
}

/** A row without a form in the table stays out under every policy. */
const always = ({ onBreach }: ContractSpec, name: string): Broken => ({
  name,
  unfit: true,
  blocks: onBreach === 'block',
});

function ruled({ onBreach }: ContractSpec, name: string, { severity }: RuleNote): Broken {
  const what = severity ?? onBreach;
  return { name, unfit: what !== 'warn', blocks: what === 'block' };
}

function columnJudge(contract: ContractSpec, column: ColumnSpec, patterns: PatternRule[]): ColumnJudge {
  const { name } = column;
  const read = cellOf(column.type);
  const wrongType = always(contract, typeRule(column));
  const missing = refusesNull(contract, column) ? always(contract, nullRule(column)) : undefined;
  const rules: CellJudge[] = [];
  if (isBounded(contract, column)) {
    const outside = always(contract, rangeRule(column));
    rules.push((value, _, broken) => {
      if ((value as number) < EARLIEST || (value as number) >= LATEST) broken.push(outside);
    });
  }
  for (const rule of column.rules) {
    const breaks = ruleJudge(column, rule, patterns);
    const found = ruled(contract, cellRule(column, rule), rule);
    rules.push((value, matches, broken) => {
      if (breaks(value, matches)) broken.push(found);
    });
  }
  // A row without the column must not answer with what every object inherits.
  const inherited = name in Object.prototype;
  return (row, matches, broken) => {
    const cell = inherited && !Object.hasOwn(row, name) ? undefined : row[name];
    if (cell === null || cell === undefined) {
      if (missing !== undefined) broken.push(missing);
      return;
    }
    const value = read(cell);
    if (value === undefined) broken.push(wrongType);
    else for (const rule of rules) rule(value, matches, broken);
  };
}

function ruleJudge(
  column: ColumnSpec,
  rule: CellRule,
  patterns: PatternRule[],
): (value: Value, matches: readonly boolean[]) => boolean {
  switch (rule.rule) {
    case 'between': {
      const { min, max } = rule;
      return (value) => (value as number) < min || (value as number) > max;
    }
    case 'oneOf': {
      const values = new Set<Value>(rule.values);
      return (value) => !values.has(value);
    }
    case 'length': {
      const { min, max } = rule;
      return (value) => {
        const letters = codePoints(value as string);
        return letters < min || letters > max;
      };
    }
    case 'matches': {
      const k = patterns.push({ column: column.name, pattern: rule.pattern }) - 1;
      return (_, matches) => matches[k] !== true;
    }
    case 'references':
      throw new TypeError(`'${cellRule(column, rule)}' is no rule about a row alone`);
  }
}

function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--;
  return count;
}

const NUMBER = /^[ \t-\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t-\r]*$/;
const TRUE = new Set(['true', 't', 'yes', 'y', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', '0']);
const SPACE = /^[ \t-\r]+|[ \t-\r]+$/g;

/** Reads a cell of JSON as a column's type; undefined where it has no form in it. Instants in microseconds. */
export function cellOf(type: ColumnSpec['type']): (cell: unknown) => Value | undefined {
  const number = (cell: unknown): number =>
    typeof cell === 'number'
      ? cell
      : typeof cell === 'string' && NUMBER.test(cell)
        ? Number(cell)
        : Number.NaN;
  switch (type) {
    case 'string':
      return (cell) => (typeof cell === 'string' ? cell : undefined);
    case 'double':
      return (cell) => {
        const value = number(cell);
        return Number.isFinite(value) ? value : undefined;
      };
    case 'integer':
      return (cell) => {
        const value = number(cell);
        return Number.isSafeInteger(value) ? value : undefined;
      };
    case 'boolean':
      return (cell) => {
        if (typeof cell === 'boolean') return cell;
        if (typeof cell !== 'string') return undefined;
        const word = cell.replace(SPACE, '').toLowerCase();
        return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
      };
    case 'timestamp':
      return (cell) => (typeof cell === 'string' ? instantOf(cell.replace(SPACE, '')) : undefined);
  }
}
