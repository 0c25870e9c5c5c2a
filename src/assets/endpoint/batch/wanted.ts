import { type ColumnType, quoteName } from '../../../base/index.ts';
import { sqlTypeOf } from '../../../engine/index.ts';
import { type ColumnSpec, readText } from '../../contract/index.ts';
import type { InputPlan } from '../../model/index.ts';
import type { BatchSource } from './batch-source.ts';

/** A column that a batch needs of its source. */
export interface Wanted {
  readonly name: string;
  /** Undefined for a key, which is a text whatever it was. */
  readonly type: ColumnType | undefined;
  readonly nullable: boolean;
  /** It says as of when its row is asked about. */
  readonly isAsOf?: boolean;
  /** Of a field of the request, which is held to what its endpoint holds a question to. */
  readonly field?: ColumnSpec;
}

/** What a batch needs of its source; `direct`: the model's inputs as they are. */
export function wantedOf(
  { keys, requestColumns, columns }: InputPlan,
  asOf: string | undefined,
  direct: boolean,
): Wanted[] {
  const wanted = new Map<string, Wanted>();
  const want = (one: Wanted): void => {
    const before = wanted.get(one.name);
    wanted.set(one.name, { ...before, ...one, nullable: one.nullable && before?.nullable !== false });
  };
  if (asOf !== undefined) want({ name: asOf, type: 'timestamp', nullable: false, isAsOf: true });
  // To a model one number is as good as another.
  if (direct)
    for (const { name, type } of columns)
      want({ name, type: type === 'integer' ? 'double' : type, nullable: true });
  else {
    for (const name of keys) want({ name, type: undefined, nullable: false });
    for (const field of requestColumns) {
      const { name, type, nullable } = field;
      want({ name, type, nullable: nullable && !keys.includes(name), field });
    }
  }
  return [...wanted.values()];
}

/** All names that the columns of a source may have. */
export function namesOf({ keys, requestColumns, columns }: InputPlan, asOf: string | undefined): string[] {
  const named = [...requestColumns, ...columns].map(({ name }) => name);
  return [...new Set([...keys, ...named, ...(asOf === undefined ? [] : [asOf])])];
}

/** A cell in its type; null where a text cannot be read as one. Texts are read as those of a source are; the inputs of a model may be infinite. */
export function cellSql(
  { name, type, field }: Pick<Wanted, 'name' | 'type' | 'field'>,
  { text }: BatchSource,
): string {
  const cell = quoteName(name);
  if (type === undefined) return cell;
  if (!text) return `cast(${cell} as ${sqlTypeOf(type)})`;
  if (type === 'double' && field === undefined) return `try_cast(${cell} as DOUBLE)`;
  const { parse, settle } = readText(type, cell);
  return settle(`(${parse})`);
}
