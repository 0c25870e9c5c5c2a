import type { ColumnType } from '../../../base/index.ts';
import type { CellRule } from '../../contract/index.ts';
import { dateForm } from './date-forms.ts';
import { type ColumnFacts, leadingType, type TextCount } from './facts.ts';
import { personalData, wordsOf } from './personal.ts';
import type { ProposedColumn } from './proposal.ts';
import { plausible } from './range.ts';

/** Numbers that name things: nobody adds them up, so a range says nothing. */
const IDENTIFIER =
  /(^|_)(ids?|uuid|guid|key|code|no|nr|num|number|ref|reference|account|acct|sku|isbn|ean|serial|hash|token)$|(^|_)(id|code)(_|$)|^id[a-z]?$/;
/** Digits that are written, never counted with. */
const WRITTEN = /zip|postal|post_?code|phone|mobile|(^|_)fax($|_)|(^|_)(ssn|iban|vat)($|_)/;
const TRUTH = /^(is|has|had|was|can|should|did|does)_|(^|_)(flag|enabled|active|deleted)$/;

/** Whether a column's name says that its values name things. */
export function isIdentifier(name: string): boolean {
  return IDENTIFIER.test(wordsOf(name)) || /(ID|Id|No|Nr|#)$/.test(name);
}

/** Misfits up to this share of the cells are set aside, when they are few different texts; more of them make a text column. */
const MOST_MISFITS = 0.05;
const MOST_MISFIT_TEXTS = 10;

/** Whether cells that do not read as the column's type are few enough to set them aside. */
export function fewMisfits(bad: number, present: number): boolean {
  return bad === 0 || (bad < present && bad <= Math.max(1, present * MOST_MISFITS));
}

/** Rows that show what a column holds. */
const MANY = 1000;

/** How a column would be declared, or why it cannot be: its type has no place in a table. */
export function proposedColumn(facts: ColumnFacts, nulls: readonly string[]): ProposedColumn {
  const { name, rows } = facts;
  const notes: string[] = [];
  const misfits = (facts.misfits?.texts ?? []).filter(({ text }) => !nulls.includes(text.trim()));
  const asMissing = (facts.misfits?.texts ?? []).filter(({ text }) => nulls.includes(text.trim()));
  const present = facts.present - asMissing.reduce((sum, { count }) => sum + count, 0);
  const type = typeOf({ ...facts, present }, misfits, notes);
  const missing = rows - present;
  const unfit = type === 'string' ? 0 : present - (facts.fits.get(type)?.cells ?? 0);
  if (missing > 0) notes.push(present === 0 ? 'no row has a value' : `${share(missing, rows)} missing`);
  if (unfit > 0)
    notes.push(`${share(unfit, rows)} would be set aside: not ${article(type)}, such as ${shown(misfits)}`);
  const personal = present === 0 ? undefined : personalData(name, facts.sample);
  if (personal !== undefined) notes.push(`likely ${personal}`);
  if (type === 'string' && present > 0 && personal !== 'card numbers') notes.push(...textNotes(facts));
  const rules = personal === undefined ? rulesOf(facts, type, present) : [];
  return {
    name,
    type,
    nullable: missing > 0,
    rules,
    ...(personal === undefined ? {} : { pii: true }),
    notes,
  };
}

function typeOf(facts: ColumnFacts, misfits: readonly TextCount[], notes: string[]): ColumnType {
  const { name, form, present, fits } = facts;
  const fit = (type: ColumnType): number => fits.get(type)?.cells ?? 0;
  const leading = leadingType(fits, present);
  if (form !== 'text') return typedColumn(facts, notes);
  if (present === 0 || leading === undefined) return 'string';
  const words = wordsOf(name);
  const numeric = leading === 'integer' || leading === 'double';
  if (facts.quoted && leading !== 'timestamp') return 'string';
  if (numeric && personalData(name, facts.sample) !== undefined) return 'string';
  if (numeric && facts.leadingZeros > 0) {
    notes.push('digits with leading zeros: a code');
    return 'string';
  }
  if (numeric && WRITTEN.test(words)) return 'string';
  // Digits that are no integer here are beyond what a JavaScript number holds whole.
  if (facts.digits > 0 && facts.digits > fit('integer') && facts.digits * 2 >= present) {
    notes.push('digits beyond ±(2^53 − 1), so kept as text');
    return 'string';
  }
  const bad = present - fit(leading);
  if (bad > 0) {
    const few = fewMisfits(bad, present) && (facts.misfits?.distinct ?? 0) <= MOST_MISFIT_TEXTS;
    if (!few || isIdentifier(name) || present < 3) {
      notes.push(`mixed: ${share(bad, present)} not ${article(leading)}, such as ${shown(misfits)}`);
      return 'string';
    }
  }
  if (fit('boolean') === present && !numeric && leading !== 'timestamp') return booleanOrText(facts);
  if (leading === 'boolean') return bad === 0 ? booleanOrText(facts) : 'string';
  if (!numeric) return leading;
  if (TRUTH.test(words) && fit('boolean') === present && facts.distinct <= 2) return 'boolean';
  if (leading === 'integer' && facts.pointed > 0) {
    // Data frames write whole numbers with .0 as soon as one of them is missing; measures are all whole only while they are few.
    if (facts.present === facts.rows && facts.rows < MANY && !isIdentifier(name)) return 'double';
    notes.push('whole numbers, written with .0');
  }
  return leading;
}

/** Parquet says its types. */
function typedColumn({ form, fits, present }: ColumnFacts, notes: string[]): ColumnType {
  if (form === 'BOOLEAN') return 'boolean';
  if (/^(DATE|TIMESTAMP)/.test(form)) return 'timestamp';
  if (/^(DECIMAL|FLOAT|DOUBLE)/.test(form)) return 'double';
  if (!/INT/.test(form) || form.startsWith('ENUM')) return 'string';
  if ((fits.get('integer')?.cells ?? 0) === present) return 'integer';
  notes.push('integers beyond ±(2^53 − 1), so kept as text');
  return 'string';
}

/** `yes` and `no` are truth; a column of nothing but `n`, or `t`, says too little. */
function booleanOrText({ values = [] }: ColumnFacts): ColumnType {
  const words = new Set(values.map(({ text }) => text.trim().toLowerCase()));
  if (words.has('true') || words.has('false')) return 'boolean';
  return words.size === 2 ? 'boolean' : 'string';
}

function textNotes(facts: ColumnFacts): string[] {
  const form = dateForm(facts.sample);
  if (form === 'several forms') return ['dates in several forms, so kept as text'];
  if (form !== undefined) return [`dates as text: ${form}`];
  const { sample } = facts;
  const most = (pattern: RegExp): boolean =>
    sample.length > 0 && sample.filter((text) => pattern.test(text.trim())).length >= sample.length * 0.9;
  if (most(/^[-(]?\s*([$€£¥]|[A-Z]{3})\s?[-\d.,]*\d\)?$|^-?\d[\d.,]*\s?([$€£¥]|[A-Z]{3})$/))
    return ['money as text: the sign of the currency is in every cell'];
  if (most(/^[+-]?\d{1,3}(\.\d{3})*,\d+$|^[+-]?\d+,\d+$/))
    return ['numbers with a decimal comma, so kept as text'];
  if (most(/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/)) return ['numbers with separated thousands, so kept as text'];
  if (most(/^[+-]?[\d.]+\s?%$/)) return ['percentages as text'];
  if (sample.length > 0 && sample.every((text) => /^\s*[[{]/.test(text) && isJson(text)))
    return ['JSON inside'];
  if (sample.length > 0 && sample.every((text) => /^ /.test(text)))
    return ['every value begins with a space'];
  return [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Fewer numbers do not show where the others lie. */
const FEWEST_FOR_RANGE = 20;
/** A set of more values than this is no set that a person would list. */
const LARGEST_SET = 20;

function rulesOf(facts: ColumnFacts, type: ColumnType, present: number): CellRule[] {
  if (type === 'string') {
    const values = setOf(facts, present);
    return values === undefined ? [] : [{ rule: 'oneOf', values }];
  }
  if (type !== 'integer' && type !== 'double') return [];
  const { min = null, max = null } = facts.fits.get(type) ?? {};
  if (min === null || max === null || isIdentifier(facts.name) || present < FEWEST_FOR_RANGE) return [];
  // A number that counts the rows grows with them.
  if (type === 'integer' && max - min + 1 === present && facts.distinct >= present * 0.9) return [];
  return [{ rule: 'between', ...rangeOf(facts, type, min, max, present) }];
}

/** The values of a column that has few of them, each seen often enough to believe that there are no others. */
function setOf({ values, name }: ColumnFacts, present: number): string[] | undefined {
  if (values === undefined || values.length > LARGEST_SET || values.length < 2 || isIdentifier(name))
    return undefined;
  const seldom = values.filter(({ count }) => count === 1).length;
  if (present < values.length * 10 || seldom > 0) return undefined;
  if (values.some(({ text }) => text.length > 60 || /[\r\n\0]/.test(text))) return undefined;
  if (dateForm(values.map(({ text }) => text)) !== undefined) return undefined;
  return values.map(({ text }) => text).sort();
}

function rangeOf(
  { name, distinct, values }: ColumnFacts,
  type: ColumnType,
  min: number,
  max: number,
  present: number,
): { min: number; max: number } {
  const words = wordsOf(name);
  if (/^lat(itude)?$|_lat(itude)?$/.test(words) && min >= -90 && max <= 90) return { min: -90, max: 90 };
  if (/^(lon|lng|long)(gitude)?$|_(lon|lng|longitude)$/.test(words) && min >= -180 && max <= 180)
    return { min: -180, max: 180 };
  if (type === 'integer' && min >= 1900 && max <= 2100 && /year|^yr$/.test(words))
    return { min: 1900, max: 2100 };
  // Hours, months, weekdays, marks from 1 to 5: every number of the stretch is there, and the last is no rare one.
  const width = max - min + 1;
  const whole = type === 'integer' && width >= 2 && (min === 0 || min === 1) && distinct >= width * 0.9;
  const last = values?.find(({ text }) => Number(text) === max)?.count ?? 0;
  if (whole && last * width >= present * 0.02) return { min, max };
  return plausible(min, max);
}

export function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  const text =
    percent >= 10 && percent < 99.5
      ? percent.toFixed(0)
      : percent >= 0.1
        ? percent.toFixed(1)
        : percent.toPrecision(1);
  return `${part.toLocaleString('en')} of ${whole.toLocaleString('en')} (${text} %)`;
}

function shown(texts: readonly TextCount[]): string {
  const some = texts.slice(0, 3).map(({ text }) => `'${text.length > 30 ? `${text.slice(0, 30)}…` : text}'`);
  return some.length === 0 ? 'none seen' : some.join(', ');
}

function article(type: ColumnType): string {
  return type === 'integer' ? 'an integer' : type === 'string' ? 'a text' : `a ${type}`;
}
