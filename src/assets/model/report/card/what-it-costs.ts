import type { ModelReport } from '../model-report.ts';
import { amount, NONE } from '../page/numbers.ts';

export function whatItCosts({ evaluation, costUnit }: ModelReport): string[] {
  if (evaluation.task !== 'binary' || evaluation.cost === null || evaluation.expectedCost === null) return [];
  const { cost, expectedCost, costOfAllNo, costOfAllYes } = evaluation;
  const { falsePositive, falseNegative, truePositive = 0, trueNegative = 0 } = cost;
  const unit = costUnit?.trim() ? ` ${costUnit}` : '';
  const brings = [
    ...(truePositive > 0 ? [`a right yes brings ${amount(truePositive)}${unit}`] : []),
    ...(trueNegative > 0 ? [`a right no brings ${amount(trueNegative)}${unit}`] : []),
  ];
  const declared =
    costUnit === undefined && falsePositive === 1 && falseNegative === 1 && brings.length === 0
      ? 'Each error counts as 1.'
      : `A wrong yes costs ${amount(falsePositive)}${unit}, a wrong no ${amount(falseNegative)}${unit}${brings.length > 0 ? `; ${brings.join(', ')}` : ''}.`;
  const money = (value: number | null): string =>
    value === null ? NONE : `${amount(Math.abs(value * 1000))}${unit}`;
  if (brings.length === 0)
    return [
      `${declared} Over 1,000 decisions its errors cost ${money(expectedCost)}; always answering no would cost ${money(costOfAllNo)}, always yes ${money(costOfAllYes)}.`,
    ];
  const inAll = (value: number | null): string => `${(value ?? 0) < 0 ? 'bring' : 'cost'} ${money(value)}`;
  return [
    `${declared} Over 1,000 decisions its answers ${inAll(expectedCost)}; always answering no would ${inAll(costOfAllNo)}, always yes would ${inAll(costOfAllYes)}.`,
  ];
}
