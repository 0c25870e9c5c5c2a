import type { Version } from '../../store/state/index.ts';
import type { Lineage } from '../lineage.ts';
import type { Portrait } from '../portrait.ts';
import type { Node } from '../project.ts';

/** What a version wrote, and what its table then was. Bytes and files are absent where it has no table. */
export interface Written {
  readonly rows: number;
  readonly bytes?: number;
  readonly files?: number;
}

/** What is known of a project while its runs are told of. */
export interface Facts {
  node(asset: string): Node | undefined;
  portrait(asset: string, version?: Version): Portrait;
  lineage(asset: string): Lineage | undefined;
  live(asset: string): Version | undefined;
  version(id: string): Version | undefined;
  written(version: Version): Written | undefined;
  /** Whether the asset is a table of the lake: then its version is a snapshot. */
  inLake(version: Version): boolean;
  /** Where the lake is, as a URI. */
  readonly lake: string;
}
