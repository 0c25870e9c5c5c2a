/**
 * The types a column can have, everywhere between a file and a model: text in UTF-8; a 64-bit float (never NaN or
 * infinite in a contracted table); a whole number within ±(2^53 − 1); true or false; an instant in UTC with microseconds.
 */
export type ColumnType = 'string' | 'double' | 'integer' | 'boolean' | 'timestamp';

export interface ColumnDef {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}
