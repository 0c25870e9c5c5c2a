import type { FeatureValue } from './aggregate/index.ts';
import type { Layout } from './layout.ts';
import { type ExpressionSpec, type FeaturesBody, isAggregate, type Operand } from './spec.ts';

const arithmetic: Readonly<Record<ExpressionSpec['expression'], (a: number, b: number) => number>> = {
  ratio: (a, b) => a / b,
  difference: (a, b) => a - b,
  sum: (a, b) => a + b,
  product: (a, b) => a * b,
};

/** Gives `take` the value of each feature, from the values of the layout's readings. */
export function evaluate(
  { features }: FeaturesBody,
  { readingOf }: Layout,
  values: readonly FeatureValue[],
  take: (feature: number, value: FeatureValue) => void,
): void {
  const found = (spec: Operand): FeatureValue => {
    if (typeof spec === 'number') return spec;
    if (isAggregate(spec)) return values[readingOf.get(spec) as number] ?? null;
    const [a, b] = [found(spec.of[0]), found(spec.of[1])];
    if (a === null || b === null) return null;
    const value = arithmetic[spec.expression](Number(a), Number(b));
    // What is divided by nothing is no number; −0 is 0.
    return Number.isFinite(value) ? value + 0 : null;
  };
  for (let i = 0; i < features.length; i++) take(i, found(features[i] as Operand));
}

/** An expression in SQL, over what SQL its aggregates are. */
export function expressionSql(spec: Operand, sqlOf: (spec: Operand) => string): string {
  if (typeof spec === 'number') return String(spec);
  if (isAggregate(spec)) return sqlOf(spec);
  const [a, b] = spec.of.map((operand) => expressionSql(operand, sqlOf)) as [string, string];
  const sql = {
    ratio: `(${a}) / nullif((${b})::DOUBLE, 0)`,
    difference: `(${a}) - (${b})`,
    sum: `(${a}) + (${b})`,
    product: `(${a}) * (${b})`,
  }[spec.expression];
  // What is too large to be a number is none.
  return `nullif(nullif((${sql})::DOUBLE, 'inf'), '-inf')`;
}
