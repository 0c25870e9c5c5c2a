import fc from 'fast-check';
import type { Batch, NewRun, RunStatus } from '../tracking.port.ts';
import { quoted } from './filter.ts';

const KEYS = ['a', 'b c', 'd.e'];
export const texts = fc.constantFrom(
  '',
  'x',
  'X',
  'xy',
  'a_b',
  'a%b',
  '50*',
  '[z]',
  "it's",
  'ä',
  '😀',
  '10',
  '9',
);
const numbers = fc.constantFrom(
  0,
  1,
  -1,
  0.5,
  1e300,
  Number.MAX_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
);

/** A run as it is drawn: of each key the value, or null for none. */
export interface Drawn {
  readonly metrics: readonly (number | null)[];
  readonly params: readonly (string | null)[];
  readonly tags: readonly (string | null)[];
  readonly start: number;
  readonly ended: boolean;
  readonly name: string;
}

export const drawn: fc.Arbitrary<Drawn> = fc.record({
  metrics: fc.array(fc.option(numbers), { minLength: 3, maxLength: 3 }),
  params: fc.array(fc.option(texts), { minLength: 3, maxLength: 3 }),
  tags: fc.array(fc.option(texts), { minLength: 3, maxLength: 3 }),
  start: fc.integer({ min: 1, max: 4 }),
  ended: fc.boolean(),
  name: fc.constantFrom('one', 'Two', 'three'),
});

const field = (entity: string) => fc.constantFrom(...KEYS.map((key) => `${entity}.\`${key}\``));
const comparison = fc.oneof(
  fc
    .tuple(
      field('metrics'),
      fc.constantFrom('=', '!=', '>', '>=', '<', '<='),
      fc.constantFrom(
        '0',
        '1',
        '-1',
        '.5',
        '1e300',
        '1.7976931348623157e308',
        '-1.7976931348623157e308',
        '1e999',
      ),
    )
    .map((parts) => parts.join(' ')),
  fc
    .tuple(
      fc.oneof(field('params'), field('tags'), fc.constant('run_name'), fc.constant('attributes.status')),
      fc.constantFrom('=', '!=', 'LIKE', 'ilike'),
      fc.oneof(texts, fc.constantFrom('%', '_', 'x%', '%b', 'O_E', 't%', 'RUN%')).map(quoted),
    )
    .map((parts) => parts.join(' ')),
  fc
    .tuple(fc.oneof(field('params'), field('tags')), fc.constantFrom('IS NULL', 'is not null'))
    .map((parts) => parts.join(' ')),
  fc
    .tuple(
      fc.constantFrom('start_time', 'end_time', 'created'),
      fc.constantFrom('=', '!=', '>', '<='),
      fc.integer({ min: 0, max: 5 }),
    )
    .map((parts) => parts.join(' ')),
);
const order = fc
  .tuple(
    fc.oneof(
      field('metrics'),
      field('params'),
      field('tags'),
      fc.constantFrom('run_name', 'end_time', 'attribute.status'),
    ),
    fc.constantFrom('', ' ASC', ' desc'),
  )
  .map((parts) => parts.join(''));

/** Conditions joined by AND, often none. */
export const filters = fc.array(comparison, { maxLength: 3 }).map((all) => all.join(' AND '));

/** What to order by, none twice. */
export const orders = fc.uniqueArray(order, {
  maxLength: 2,
  selector: (text) => text.replace(/ +(?:asc|desc)$/i, ''),
});

/** A drawn run as it is logged. */
export function logged({ metrics, params, tags, start, ended, name }: Drawn): {
  readonly run: Omit<NewRun, 'experiment'>;
  readonly batch: Batch;
  readonly end: { readonly status: RunStatus; readonly endTime: number } | undefined;
} {
  const pick = <V>(values: readonly (V | null)[]) =>
    values.flatMap((value, i) => (value === null ? [] : [{ key: KEYS[i] as string, value }]));
  return {
    run: { startTime: start, name },
    batch: {
      metrics: pick(metrics).map((metric) => ({ ...metric, timestamp: 1, step: 0 })),
      params: pick(params),
      tags: pick(tags),
    },
    end: ended ? { status: 'FINISHED', endTime: start + 1 } : undefined,
  };
}
