import type { PartitionPart } from '../../store/lake/index.ts';
import type { ContractSpec } from '../contract/index.ts';
import type { FilesSpec } from './files/spec.ts';
import type { HttpSpec } from './http/spec.ts';
import type { PostgresSpec } from './postgres/spec.ts';
import type { StreamSpec } from './stream/spec.ts';

/** Where the rows of a source come from: the connector's name and its spec, in plain JSON. Secrets stand in it by name only. */
export type ConnectorSpec =
  | ({ readonly connector: 'files' } & FilesSpec)
  | ({ readonly connector: 'postgres' } & PostgresSpec)
  | ({ readonly connector: 'http' } & HttpSpec)
  | ({ readonly connector: 'stream' } & StreamSpec);

export type SourceBody = {
  readonly contract: ContractSpec;
  readonly from: ConnectorSpec;
  /** How its rows are laid into files. */
  readonly partitionBy?: readonly PartitionPart[];
};
