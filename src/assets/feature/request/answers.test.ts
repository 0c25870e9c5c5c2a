import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { col } from '../../contract/index.ts';
import { files, source } from '../../source/index.ts';
import { features } from '../declare.ts';
import { entity } from '../entity.ts';
import { through } from '../through.ts';
import type { RequestGiven } from './compute.ts';
import { SPREAD, spreadInput } from './made-up.ts';
import { type AnyRequestFeatures, type RequestBody, requestFeatures } from './request.ts';

const payments = source('payments', {
  from: files('x.csv'),
  columns: { card: col.string(), amount: col.double(), at: col.timestamp() },
  eventTime: 'at',
});
const activity = features('activity', {
  entity: entity('card', { key: 'card' }),
  from: payments,
  compute: ({ count, mean, lastK, last }) => ({
    n: count().over('1d'),
    usual: mean('amount').over('30d'),
    recent: lastK('amount', 3).over('30d'),
    again: last('card').over('30d'),
  }),
});
const behind = through('behind', { by: activity, feature: 'again', look: activity, prefix: 'b_' });

interface Given {
  readonly request: { amount: number; share: number; country: string; at: Date; note: string | null };
  readonly own: { n: number; usual: number | null; recent: readonly number[]; again: string | null };
  readonly other: { b_n: number; b_usual: number | null };
}

const bodyOf = (asset: AnyRequestFeatures): RequestBody => asset['~'].nodes[0]?.body as RequestBody;

/** What features of this function are known by. */
function codeOf(compute: (given: Given) => unknown): string {
  const asset = requestFeatures('asked', {
    request: {
      amount: col.double(),
      share: col.double().between(0.9, 0.91),
      country: col.string().oneOf('DE', 'IN', 'US'),
      at: col.timestamp(),
      note: col.string().nullable(),
    },
    uses: { own: activity, other: behind },
    compute: compute as () => Readonly<Record<string, RequestGiven>>,
  });
  return bodyOf(asset).code;
}

test('what a function uses from outside itself is part of what it is known by, wherever an answer shows it', () => {
  const of: readonly ((outside: number) => (given: Given) => unknown)[] = [
    (outside) => () => ({ x: outside }),
    (outside) => () => ({ x: outside > 100 ? 'a text' : 1 }),
    (outside) =>
      ({ request }) => ({ x: request.amount > outside }),
    (outside) =>
      ({ request }) => ({ x: request.share > 0.9 + outside / 20_000 }),
    (outside) =>
      ({ request }) => ({ x: request.at.getTime() > Date.UTC(2026, 0, outside / 5) }),
    (outside) =>
      ({ request }) => ({ x: new Set(outside > 100 ? ['DE'] : ['DE', 'US']).has(request.country) }),
    (outside) =>
      ({ request }) => ({ x: request.note === null ? outside : 0 }),
    (outside) =>
      ({ own }) => ({ x: own.n > outside }),
    (outside) =>
      ({ own }) => ({ x: own.usual === null ? outside : own.usual }),
    (outside) =>
      ({ own }) => ({ x: own.recent.filter((one) => one > outside).length }),
    (outside) =>
      ({ other }) => ({ x: other.b_n > outside, y: other.b_usual }),
    (outside) =>
      ({ request, own }) => ({ x: request.amount > outside * (own.usual ?? 0) }),
    (outside) => () => {
      if (outside > 100) throw new Error('no');
      return { x: 1 };
    },
    (outside) => () => (outside > 100 ? Promise.reject(new Error('later')) : { x: 1 }),
  ];
  for (const made of of) {
    assert.equal(codeOf(made(100)), codeOf(made(100)), `${made}`);
    assert.notEqual(codeOf(made(100)), codeOf(made(110)), `${made}`);
  }
  // Another text is another function, whatever it answers.
  assert.notEqual(
    codeOf(() => ({ x: 1 })),
    codeOf(() => ({ x: 2 - 1 })),
  );
});

test('a threshold moved by a tenth is seen, wherever it stands', () => {
  const made = (limit: number) => (given: Given) => ({ x: given.request.amount > limit });
  for (let limit = 0.01; limit < 400_000; limit *= 1.7)
    assert.notEqual(codeOf(made(limit)), codeOf(made(limit * 1.1)), String(limit));
});

test('the last bits of a number, and what is left of a difference, are not looked at', () => {
  const noise = 1 + 4 * Number.EPSILON;
  const made = (by: number) => (given: Given) => ({
    x: Math.log1p(Math.abs(given.request.amount)) * by,
    rest: Math.sin(Math.PI) * by * 3,
    list: [given.request.amount * by, -0 * by],
  });
  assert.equal(codeOf(made(1)), codeOf(made(noise)));
  assert.notEqual(codeOf(made(1)), codeOf(made(1 + 1e-7)));
});

test('what is declared further down is seen, and nothing is said while inputs are made up', (t) => {
  const { console: voice } = globalThis;
  const said = t.mock.method(voice, 'log', () => undefined);
  const asset = requestFeatures('asked', {
    request: { amount: col.double() },
    compute: ({ request }) => {
      voice.log('asked');
      return { x: request.amount * later };
    },
  });
  const later = 3;
  const { code } = bodyOf(asset);
  assert.match(code, /^[0-9a-f]{32}$/);
  assert.equal(said.mock.callCount(), 0);
  voice.log('back');
  assert.equal(said.mock.callCount(), 1);
});

test('inputs keep to what is declared, and come by all magnitudes', () => {
  const inputs = Array.from({ length: SPREAD }, (_, at) => {
    const columns = [
      { name: 'amount', type: 'double', nullable: false, rules: [] },
      { name: 'few', type: 'integer', nullable: true, rules: [{ rule: 'between', min: 2, max: 7 }] },
    ] as const;
    return spreadInput(columns, {}, at).request as { amount: number; few: number | null };
  });
  for (const { few } of inputs) assert.ok(few === null || (Number.isInteger(few) && few >= 2 && few <= 7));
  assert.equal(new Set(inputs.map(({ few }) => few)).size, 7);
  for (let octave = -7; octave < 19; octave++) {
    const within = inputs.filter(({ amount }) => amount >= 2 ** octave && amount < 2 ** (octave + 1));
    assert.ok(within.length >= 8, `${within.length} from ${2 ** octave} on`);
  }
  assert.ok(inputs.some(({ amount }) => amount === 0) && inputs.some(({ amount }) => amount < 0));
});

// What is trained on one machine is served on another.
test('the digest is the same whatever the time zone and language of the machine', () => {
  const program = `
    import { col, requestFeatures } from './src/index.ts';
    const asked = requestFeatures('asked', {
      request: { amount: col.double(), at: col.timestamp(), country: col.string().nullable() },
      compute: ({ request: { amount, at, country } }) => ({
        log: Math.log1p(Math.abs(amount)) ** 1.7,
        hour: Math.sin((at.getUTCHours() / 24) * 2 * Math.PI),
        day: at.toISOString().slice(0, 10),
        of: country?.toUpperCase() ?? null,
        list: [amount, Math.exp(-Math.abs(amount))],
      }),
    });
    console.log(asked['~'].nodes[0].body.code);`;
  const env = { ...process.env, TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8' };
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--input-type=module-typescript', '--eval', program],
    { env, encoding: 'utf8' },
  );
  assert.equal(stdout.trim(), '7f9c1fa72a0ed61c73eab2af455d5dd5', stderr);
});
