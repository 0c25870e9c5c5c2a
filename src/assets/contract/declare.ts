import { type Duration, type JsonObject, parseDuration } from '../../base/index.ts';
import { type Columns, columnSpecs, type KeysOf, type NumberKeysOf, type TimeKeysOf } from './col.ts';
import type { Expectation } from './expect.ts';
import type { BreachPolicy, ContractSpec } from './spec.ts';

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
  /** Rules about a row as a whole (`rowWhere`) and about the table as a whole (`rowCount`, `unique`, `mean`, …). */
  expect?: readonly Expectation<KeysOf<C>, NumberKeysOf<C>>[];
  /** What happens with rows that break a rule. Default: `quarantine`. */
  onBreach?: BreachPolicy;
  /** What a data contract that this was imported from says beyond it; exported again, and of no effect. */
  odcs?: JsonObject;
}

/** The plain form of a contract. @throws MILL_DURATION_INVALID */
export function contractSpec<C extends Columns>(contract: Contract<C>): ContractSpec {
  const { key, expect = [] } = contract;
  const rowRules = expect.filter((rule) => rule.rule === 'where');
  return {
    columns: columnSpecs(contract.columns),
    key: key === undefined ? [] : typeof key === 'string' ? [key] : [...key],
    ...(contract.eventTime === undefined ? {} : { eventTime: contract.eventTime }),
    ...(contract.availableAt === undefined ? {} : { availableAt: contract.availableAt }),
    availableAfter: contract.availableAfter === undefined ? 0 : parseDuration(contract.availableAfter),
    ...(contract.owner === undefined ? {} : { owner: contract.owner }),
    ...(contract.fresh === undefined ? {} : { fresh: parseDuration(contract.fresh) }),
    ...(rowRules.length === 0 ? {} : { rowRules }),
    tableRules: expect.filter((rule) => rule.rule !== 'where'),
    onBreach: contract.onBreach ?? 'quarantine',
    ...(contract.odcs === undefined ? {} : { odcs: contract.odcs }),
  };
}
