import type { ColumnSpec } from '../../contract/index.ts';
import type { FileFormat } from '../index.ts';

/** A column as a person would declare it after a look at the files. */
export interface ProposedColumn extends ColumnSpec {
  /** What was noticed, in a few words each: they become comments. */
  readonly notes: readonly string[];
}

/** A source as a person would declare it after a look at its files. */
export interface ProposedSource {
  readonly name: string;
  readonly glob: string;
  readonly format: FileFormat;
  /** Whether the files' endings tell it. */
  readonly told: boolean;
  /** Where it has to be declared. */
  readonly delimiter?: string;
  /** False for CSV files without a first line of names. */
  readonly header: boolean;
  /** Texts that mean a missing cell. */
  readonly nulls: readonly string[];
  readonly columns: readonly ProposedColumn[];
  readonly key: readonly string[];
  readonly eventTime?: string;
  readonly notes: readonly string[];
  readonly files: readonly string[];
  /** Rows that the declaration lets in. */
  readonly rows: number;
  /** Rows that it would set aside, in all and by rule. */
  readonly aside: number;
  readonly broken: ReadonlyMap<string, number>;
}
