import type { Problem } from '../../base/index.ts';
import type { ContractSpec } from '../contract/index.ts';

/** Rows read again need a key to replace what was read before; without one they would be there twice. */
export function lookBackFaults(
  lookBack: number | undefined,
  contract: ContractSpec,
): Omit<Problem, 'owner' | 'asset' | 'place'>[] {
  if (lookBack === undefined || contract.key.length > 0) return [];
  return [
    {
      code: 'MILL_CONNECTOR_INVALID',
      message: 'It looks back, but has no key by which a row seen again could replace the one seen before.',
      todo: 'Declare key, or take lookBack out.',
    },
  ];
}
