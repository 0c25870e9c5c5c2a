import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContractSpec } from '../src/assets/contract/index.ts';
import { openDuckDb } from '../src/engine/index.ts';

// Payments by the million, the same for the same number of rows on every machine: all values are hashes of the row's number.

/** Where the files of so many payments lie; all sound, or with one row in a hundred that breaks a rule. */
export interface Payments {
  readonly rows: number;
  readonly folder: string;
  readonly csv: string;
  readonly dirtyCsv: string;
  /** Typed, with the dirty rows. */
  readonly parquet: string;
}

const column = (
  name: string,
  type: ContractSpec['columns'][number]['type'],
  rules: ContractSpec['columns'][number]['rules'] = [],
  nullable = false,
) => ({ name, type, nullable, rules });

/** Twenty rules: nine columns that are never null, the bounds of the event time, eight of cells, two of rows. The key is apart. */
export const contract: ContractSpec = {
  columns: [
    column('payment_id', 'string', [{ rule: 'matches', pattern: '^p[0-9]{9}$' }]),
    column('card_id', 'string', [{ rule: 'length', min: 5, max: 9 }]),
    column('merchant_id', 'string', [{ rule: 'length', min: 2, max: 5 }]),
    column('amount', 'double', [{ rule: 'between', min: 0, max: 50_000 }]),
    column('country', 'string', [{ rule: 'oneOf', values: ['US', 'DE', 'IN', 'FR', 'BR', 'JP'] }]),
    column('currency', 'string', [{ rule: 'oneOf', values: ['EUR', 'USD', 'INR'] }]),
    column('paid_at', 'timestamp'),
    column('items', 'integer', [{ rule: 'between', min: 0, max: 96 }]),
    column('chip', 'boolean'),
    column('risk', 'double', [{ rule: 'between', min: 0, max: 1 }], true),
  ],
  key: [],
  eventTime: 'paid_at',
  availableAfter: 0,
  rowRules: [
    { rule: 'where', name: 'cheap without chip', sql: 'chip or amount <= 49000' },
    { rule: 'where', name: 'few when dear', sql: 'amount < 40000 or items < 95' },
  ],
  tableRules: [],
  onBreach: 'quarantine',
};

/** The rules of the contract as a person would write them into one aggregate, in the order of its names. */
export const byHand: readonly { readonly name: string; readonly broken: string }[] = [
  ...[
    'payment_id',
    'card_id',
    'merchant_id',
    'amount',
    'country',
    'currency',
    'paid_at',
    'items',
    'chip',
  ].map((name) => ({ name: `${name}: null`, broken: `${name} is null` })),
  { name: 'payment_id: pattern', broken: "not regexp_matches(payment_id, '^p[0-9]{9}$')" },
  { name: 'card_id: length 5 to 9', broken: 'length(card_id) not between 5 and 9' },
  { name: 'merchant_id: length 2 to 5', broken: 'length(merchant_id) not between 2 and 5' },
  { name: 'amount: between 0 and 50000', broken: 'amount not between 0 and 50000' },
  { name: 'country: one of 6: US, DE, IN, …', broken: "country not in ('US', 'DE', 'IN', 'FR', 'BR', 'JP')" },
  { name: 'currency: one of EUR, USD, INR', broken: "currency not in ('EUR', 'USD', 'INR')" },
  { name: 'paid_at: not from 1700 to 2254', broken: "paid_at < '1700-01-01' or paid_at >= '2254-01-01'" },
  { name: 'items: between 0 and 96', broken: 'items not between 0 and 96' },
  { name: 'risk: between 0 and 1', broken: 'risk not between 0 and 1' },
  { name: 'cheap without chip', broken: 'not (chip or amount <= 49000)' },
  { name: 'few when dear', broken: 'not (amount < 40000 or items < 95)' },
];

/** As DuckDB itself makes the file of what it reads, its types told, nothing checked. */
export const typedCsv = (path: string): string =>
  `select payment_id, card_id, merchant_id, amount::DOUBLE as amount, country, currency, paid_at::TIMESTAMP as paid_at,
   items::BIGINT as items, chip::BOOLEAN as chip, risk::DOUBLE as risk from read_csv('${path}', header = true, all_varchar = true)`;

const pick = (salt: number, of: number): string => `(hash(i * 16 + ${salt}) % ${of})::BIGINT`;

function paymentsSql(rows: number, dirty: boolean, csv: boolean): string {
  // One row in a hundred has a wrong cell, each of these three in turn.
  const wrong = (which: number, value: string, good: string): string =>
    dirty ? `case when ${pick(15, 100)} = 0 and i % 3 = ${which} then ${value} else ${good} end` : good;
  const at = `make_timestamp(1700000000000000 + i * 1000000 + ${pick(6, 1_000_000)})`;
  return `select 'p' || lpad(i::VARCHAR, 9, '0') as payment_id, ${wrong(0, 'null', `'card' || ${pick(1, 50_000)}`)} as card_id,
    'm' || ${pick(2, 5000)} as merchant_id, ${wrong(1, '-1', `${pick(3, 4_900_000)} / 100`)} as amount,
    ${wrong(2, "'XX'", `(['US', 'DE', 'IN', 'FR', 'BR', 'JP'])[1 + ${pick(4, 6)}]`)} as country,
    (['EUR', 'USD', 'INR'])[1 + ${pick(5, 3)}] as currency, ${csv ? `strftime(${at}, '%Y-%m-%dT%H:%M:%S.%fZ')` : at} as paid_at,
    ${pick(7, 95)} as items, ${pick(8, 3)} = 0 as chip, case when ${pick(9, 10)} > 0 then ${pick(10, 1000)} / 1000 end as risk
    from range(${rows}) t(i)`;
}

/** Writes the files of so many payments into a folder. Ten million take half a minute and 2.1 GB. */
export async function writePayments(folder: string, rows: number): Promise<Payments> {
  mkdirSync(folder, { recursive: true });
  const made = (name: string): string => join(folder, `${rows}-${name}`);
  const payments = {
    rows,
    folder,
    csv: made('sound.csv'),
    dirtyCsv: made('dirty.csv'),
    parquet: made('dirty.parquet'),
  };
  const engine = await openDuckDb({});
  try {
    const session = await engine.session();
    await session.run(`copy (${paymentsSql(rows, false, true)}) to '${payments.csv}' (header)`);
    await session.run(`copy (${paymentsSql(rows, true, true)}) to '${payments.dirtyCsv}' (header)`);
    await session.run(`copy (${paymentsSql(rows, true, false)}) to '${payments.parquet}' (format parquet)`);
  } finally {
    await engine.close();
  }
  return payments;
}
