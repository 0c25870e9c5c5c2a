import { type Duration, parseDuration } from '../../base/index.ts';
import { type Columns, columnSpecs, type KeysOf, type TimeKeysOf } from './col.ts';
import type { BreachPolicy, ContractSpec, TableRule } from './spec.ts';

/** What a source or table promises about its rows. */
export interface Contract<C extends Columns> {
  columns: C;
  /** A column, or several together, that no two rows share. */
  key?: KeysOf<C> | readonly KeysOf<C>[];
  /** When it happened. */
  eventTime?: TimeKeysOf<C>;
  /** When it could first be known; null means: not yet. Without it, event time plus `availableAfter`. */
  availableAt?: TimeKeysOf<C>;
  /** How long after its event time a row could first be known. Default: at once. */
  availableAfter?: Duration;
  owner?: string;
  description?: string;
  /** The newest event may be this old, at most; older is a failed check. */
  fresh?: Duration;
  /** Rules about the table as a whole. */
  expect?: readonly TableRule[];
  /** What happens with rows that break a rule. Default: `quarantine`. */
  onBreach?: BreachPolicy;
}

/** Rules about the number of rows of the whole table: `rowCount.atLeast(1000)`. */
export const rowCount = Object.freeze({
  atLeast: (min: number): TableRule => Object.freeze({ rule: 'rowCount', min }),
  between: (min: number, max: number): TableRule => Object.freeze({ rule: 'rowCount', min, max }),
});

/** The plain form of a contract. @throws MILL_DURATION_INVALID */
export function contractSpec<C extends Columns>(contract: Contract<C>): ContractSpec {
  const { key } = contract;
  return {
    columns: columnSpecs(contract.columns),
    key: key === undefined ? [] : typeof key === 'string' ? [key] : [...key],
    ...(contract.eventTime === undefined ? {} : { eventTime: contract.eventTime }),
    ...(contract.availableAt === undefined ? {} : { availableAt: contract.availableAt }),
    availableAfter: contract.availableAfter === undefined ? 0 : parseDuration(contract.availableAfter),
    ...(contract.owner === undefined ? {} : { owner: contract.owner }),
    ...(contract.fresh === undefined ? {} : { fresh: parseDuration(contract.fresh) }),
    tableRules: [...(contract.expect ?? [])],
    onBreach: contract.onBreach ?? 'quarantine',
  };
}
