import { declaredAt } from '../../graph/index.ts';
import {
  type Columns,
  type Contract,
  contractSpec,
  type Dataset,
  type Partitioned,
  partitionSpec,
  referencedDatasets,
} from '../contract/index.ts';
import type { ConnectorSpec, SourceBody } from './spec.ts';

/** Where the rows of a source come from: what `files(…)`, `postgres(…)` and `http(…)` give. */
export type Connector = ConnectorSpec;

/**
 * Rows from outside, under a contract that is enforced on the way in.
 * @example
 * const payments = source('payments', {
 *   from: files('data/payments/*.csv'),
 *   columns: { payment_id: col.string(), amount: col.double().between(0, 50_000), paid_at: col.timestamp() },
 *   key: 'payment_id', eventTime: 'paid_at', onBreach: 'quarantine',
 * });
 */
export function source<const Name extends string, C extends Columns>(
  name: Name,
  options: Contract<C> & Partitioned<C> & { from: Connector },
): Dataset<Name, C> {
  const body: SourceBody = {
    contract: contractSpec(options),
    from: options.from,
    ...partitionSpec(options.partitionBy),
  };
  const { owner, description } = options;
  return Object.freeze({
    kind: 'source',
    name,
    columns: options.columns,
    '~': {
      nodes: [
        {
          kind: 'source',
          name,
          inputs: referencedDatasets(body.contract),
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
    },
  });
}
