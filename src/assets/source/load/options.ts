import type { Instant } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { PartitionKey, TableState } from '../../../store/lake/index.ts';
import type { ContractSpec, History } from '../../contract/index.ts';
import type { FoundFile } from '../files/discover.ts';
import type { FileForm } from '../files/spec.ts';

/** One table of the source: as it is (undefined: not there yet), and the folder for its new files. */
export interface LoadTarget {
  readonly state: TableState | undefined;
  readonly folder: string;
  /** By the ids of its columns. Default: one file for each batch. */
  readonly partitionBy?: readonly PartitionKey[];
}

export interface LoadOptions {
  readonly session: Session;
  readonly contract: ContractSpec;
  readonly spec: FileForm;
  /** Files to load, each under a new load id. A row of a lower id comes first where keys collide. */
  readonly files: readonly { readonly found: FoundFile; readonly load: number }[];
  /** Brings files that are elsewhere, by their places among `files` in order of their loads; each is removed when it has been loaded. */
  readonly bring?: (places: readonly number[]) => Promise<readonly FoundFile[]>;
  /** Whether each row was judged before, so that a column that is nowhere is none that was renamed. */
  readonly judged?: boolean;
  /** Whether a row takes the place of an earlier one of its key. Default: the first keeps the key, and the second is bad. */
  readonly replaces?: boolean;
  /** Loads whose rows leave both tables: those of files that changed. */
  readonly leaving: readonly number[];
  readonly table: LoadTarget;
  readonly quarantine: LoadTarget;
  readonly now: Instant;
  /** What earlier loads gave. Default: there were none. */
  readonly history?: History;
  /** Where unpacked copies go; they are removed afterwards. Default: the system's. */
  readonly tempFolder?: string;
  readonly batchBytes?: number;
  readonly batchFiles?: number;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignal;
}

export interface LoadProgress {
  readonly files: number;
  readonly totalFiles: number;
  /** Share of the bytes that are done, 0 to 1. */
  readonly share: number;
  readonly rows: number;
}
