import { type ColumnType, deepFreeze } from '../../../base/index.ts';
import type { ColumnSpec } from '../../contract/index.ts';
import type { FeatureSpec } from '../spec.ts';
import type { RequestInput } from './compute.ts';

/** The features of each asset that a function uses, by the name it knows the asset under. */
export type UsedSpecs = Readonly<Record<string, readonly FeatureSpec[]>>;

const sampleOf: Readonly<Record<ColumnType, readonly unknown[]>> = {
  string: ['a', 'b'],
  double: [1.5, 250, 0, -3],
  integer: [1, 40, 0, -3],
  boolean: [true, false],
  timestamp: [new Date('2026-03-01T12:30:00Z'), new Date('2025-11-08T03:05:00Z')],
};

/** So many plain inputs are made up: with every feature empty in the first, with none empty in the others. */
export const ROUNDS = 5;

/** A plain input, frozen. */
export function madeUp(request: readonly ColumnSpec[], used: UsedSpecs, round: number): RequestInput {
  const pick = (type: ColumnType): unknown => {
    const sample = sampleOf[type][round % sampleOf[type].length];
    // A Date cannot be frozen.
    return sample instanceof Date ? new Date(sample) : sample;
  };
  const fields = request.map((c) => {
    const oneOf = c.rules.find((rule) => rule.rule === 'oneOf');
    if (c.nullable && round === 4) return [c.name, null];
    return [c.name, oneOf ? oneOf.values[round % oneOf.values.length] : pick(c.type)];
  });
  const features = Object.entries(used).map(([name, specs]) => [
    name,
    Object.fromEntries(
      specs.map((f) => {
        if (f.list) return [f.name, round === 0 ? [] : [pick(f.type), pick(f.type)]];
        return [f.name, round === 0 ? (f.nullable ? null : 0) : f.nullable ? pick(f.type) : round];
      }),
    ),
  ]);
  return deepFreeze({ request: Object.fromEntries(fields), ...Object.fromEntries(features) }) as RequestInput;
}

/** So many inputs are spread. A power of two, so that any odd step comes by all of them. */
export const SPREAD = 1_024;

const OCTAVES = 26;
const FROM = Date.UTC(2025, 0);
const TWO_YEARS = 2 * 365 * 86_400_000;
const texts = ['a', 'b', '', 'A1', 'two words', 'Grüße', '10'];

/**
 * One of many inputs that are spread over what may come: numbers from 1/128 to half a million, evenly by magnitude, each field in
 * an order of its own, so that what is compared with a number falls on another side for some of them when that number is moved by a
 * tenth. Made with whole numbers, sums and products alone, which are the same on every machine.
 */
export function spreadInput(request: readonly ColumnSpec[], used: UsedSpecs, at: number): RequestInput {
  let field = 0;
  const one = (type: ColumnType, nullable: boolean, rules: ColumnSpec['rules']): unknown => {
    const own = ++field;
    const chance = mixed(at, own);
    if (nullable && chance < 1 / 8) return null;
    const oneOf = rules.find((rule) => rule.rule === 'oneOf');
    if (oneOf) return chosen(oneOf.values, mixed(own, at));
    const place = (((at * (Math.imul(own, 0x9e3779b1) | 1)) >>> 0) % SPREAD) + mixed(own, at);
    switch (type) {
      case 'string':
        return chosen(texts, mixed(own, at));
      case 'boolean':
        return mixed(own, at) < 1 / 2;
      case 'timestamp':
        return new Date(FROM + Math.floor((place / SPREAD) * TWO_YEARS));
      case 'integer':
      case 'double': {
        const value = numberAt(place / SPREAD, chance, rules);
        return type === 'integer' ? Math.floor(value) : value;
      }
    }
  };
  const fields = request.map((c) => [c.name, one(c.type, c.nullable, c.rules)]);
  const features = Object.entries(used).map(([name, specs]) => [
    name,
    Object.fromEntries(
      specs.map((f) => [
        f.name,
        f.list
          ? Array.from({ length: Math.floor(mixed(at, ++field) * 4) }, () => one(f.type, false, []))
          : one(f.type, f.nullable, []),
      ]),
    ),
  ]);
  return { request: Object.fromEntries(fields), ...Object.fromEntries(features) } as RequestInput;
}

const chosen = <T>(of: readonly T[], share: number): T => of[Math.floor(share * of.length)] as T;

/** A number by its share of the way, within bounds that were declared: every other one then evenly between these. */
function numberAt(share: number, chance: number, rules: ColumnSpec['rules']): number {
  const bounds = rules.find((rule) => rule.rule === 'between');
  const { min, max } = bounds ?? { min: -Infinity, max: Infinity };
  if (Number.isFinite(max - min) && chance > 9 / 16) return min + share * (max - min);
  const octave = Math.floor(share * OCTAVES);
  const size = (1 + share * OCTAVES - octave) * (octave < 7 ? 1 / (1 << (7 - octave)) : 1 << (octave - 7));
  const value = chance < 5 / 32 ? 0 : chance < 3 / 16 ? -size : size;
  return Math.min(max, Math.max(min, value));
}

/** A number in [0, 1) that looks drawn, of two whole ones (the last steps of MurmurHash3, by Austin Appleby). */
function mixed(a: number, b: number): number {
  let hash = Math.imul(a, 0xcc9e2d51) ^ Math.imul(b, 0x1b873593);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296;
}
