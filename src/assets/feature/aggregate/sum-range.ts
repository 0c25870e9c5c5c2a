import { MillraceError } from '../../../base/index.ts';

export function sumRange(where: string, value: string): MillraceError {
  return new MillraceError({
    code: 'MILL_FEATURE_SUM_RANGE',
    message: `${where} cannot be summed: it holds ${value}, and sums are exact only below 2^62 (4.6e18).`,
    todo: 'Bound the column in its contract, or sum it in a larger unit.',
    owner: 'data',
  });
}
