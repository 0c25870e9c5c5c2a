import type { Clock } from '../base/index.ts';
import type { Engine } from '../engine/index.ts';
import type { BlobStore } from '../store/blob/index.ts';
import type { Lake } from '../store/lake/index.ts';
import type { Log } from '../store/log/index.ts';
import type { OnlineStore } from '../store/online/index.ts';
import type { State } from '../store/state/index.ts';
import type { Tracking } from '../store/tracking/index.ts';
import type { Outlet } from './openlineage/outlet.port.ts';
import type { OpenLineage, Settings } from './openlineage/settings.ts';

/** Where a project's lineage events go. */
export interface LineageOut extends Omit<Settings, 'address'> {
  readonly outlet: Outlet;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Everything a project stands on: its ports, opened. Several processes may have the same project open. */
export interface Workspace {
  /** The project's folder, absolute: globs are relative to it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly engine: Engine;
  readonly lake: Lake;
  readonly state: State;
  readonly online: OnlineStore;
  readonly blobs: BlobStore;
  /** The log of one name, opened on first use. */
  log(name: string): Promise<Log>;
  /** The memory of tracked runs, opened on first use: most projects have none. */
  tracking(): Tracking;
  /** Where lineage events go, by the environment or else by what the project says, opened on first use; undefined for nowhere. */
  openLineage(declared: OpenLineage | undefined): LineageOut | undefined;
  close(): Promise<void>;
}
