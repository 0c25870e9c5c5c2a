import type { ContractSpec } from '../contract/index.ts';

/** Which files a source reads and how. */
export type FilesSpec = {
  /** Relative to the project's folder, or absolute. */
  readonly glob: string;
  /** By default told from the ending. */
  readonly format?: 'csv' | 'jsonl' | 'parquet';
  readonly delimiter?: string;
  /** Texts that mean a missing cell in CSV. */
  readonly nulls: readonly string[];
};

export type SourceBody = { readonly contract: ContractSpec; readonly files: FilesSpec };
