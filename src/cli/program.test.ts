import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { makeShop, question, type Shop } from '../server/shop.fixture.ts';

// The command line as a user has it, looked at from outside: in processes of their own where signals, pipes and exit codes
// are the matter, otherwise one after the other in one.

const main = new URL('main.ts', import.meta.url).pathname;
let shop: Shop;
let worker: ChildProcess;

before(() => {
  shop = makeShop();
  const { CI: _, FORCE_COLOR: __, ...env } = process.env;
  worker = fork(new URL('mill.fixture.ts', import.meta.url), { cwd: shop.folder, env, execArgv: [] });
});
after(() => {
  worker.kill();
  shop.remove();
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  // `npm test` may run where CI is set, which turns colours on.
  const { CI: _, FORCE_COLOR: __, ...clean } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    cwd: shop.folder,
    env: { ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...said }));
  return { child, ended };
}

let turn: Promise<unknown> = Promise.resolve();

function mill(...args: string[]): Promise<Ended> {
  const ended = turn.then(async () => {
    const answer = once(worker, 'message');
    worker.send(args);
    return ((await answer) as [Ended])[0];
  });
  turn = ended;
  return ended;
}

/** The result of a command with --json: the last line, and nothing but it on standard output. */
async function json<T = Record<string, unknown>>(
  ...args: string[]
): Promise<{ code: number | null; value: T }> {
  const { code, stdout } = await mill('--json', ...args);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 1, stdout);
  return { code, value: JSON.parse(lines[0] as string) as T };
}

/** No line of a stack trace, nothing undefined, no sentence that ends twice. */
function assertPlain({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, /^\s+at .*:\d+/m);
    assert.doesNotMatch(text, /undefined|\[object|NaN|\.\.(?!\/)\s/);
  }
}

describe('before anything is built', () => {
  test('help lists every verb, and each verb has an example', async () => {
    const { code, stdout } = await mill('--help');
    assert.equal(code, 0);
    const verbs = ['check', 'plan', 'run', 'up', 'serve', 'show', 'predict', 'trace', 'rollback', 'doctor'];
    for (const verb of verbs) assert.match(stdout, new RegExp(`^  ${verb}\\b`, 'm'));
    const helps = await Promise.all(verbs.map((verb) => mill('help', verb)));
    for (const [i, help] of helps.entries()) {
      assert.equal(help.code, 0);
      assert.match(help.stdout, new RegExp(`Example:\n  \\$ millrace ${verbs[i]}`));
    }
  });

  test('2: what was typed cannot be meant', async () => {
    const cases: [args: string[], message: RegExp][] = [
      [['runn'], /unknown command 'runn'\n\(Did you mean one of run, runs\?\)/],
      [['run', '--frob'], /unknown option '--frob'/],
      [['trace'], /missing required argument 'id'/],
      [['predict', 'screen'], /One question as JSON, or --batch with a table of them/],
      [['serve', '--port', '70700'], /A port is a whole number from 0 to 65535/],
      [['predict', 'screen', '{"card_id":'], /The question is no JSON object: .*\n {2}Write it like /],
      [['predict', 'screen', '[1]'], /The question is no JSON object: it is not an object\./],
      [['predict', 'scren', '{}'], /has no endpoint 'scren'; it has 'screen'\./],
      [['run', 'fraudd'], /has no asset 'fraudd'; it has 'fraud'\./],
      [['rollback', 'fraud', '--to', 'fraud@9'], /There is no version 'fraud@9' of fraud\./],
    ];
    const endings = await Promise.all(cases.map(([args]) => mill(...args)));
    for (const [i, ended] of endings.entries()) {
      const [args, message] = cases[i] as [string[], RegExp];
      assert.equal(ended.code, 2, `${args.join(' ')}: ${ended.stderr}`);
      assert.match(ended.stderr, message);
      assert.equal(ended.stdout, '');
      assertPlain(ended);
    }
    const { code, value } = await json<{ ok: boolean; problems: { code: string }[] }>('runn');
    assert.equal(code, 2);
    assert.deepEqual([value.ok, value.problems[0]?.code], [false, 'MILL_CLI_USAGE']);
  });

  test('1: the project cannot be read, and where is told', async () => {
    const cases: [file: string, text: string | undefined, message: RegExp][] = [
      ['nowhere.ts', undefined, /There is no project file at .*nowhere\.ts\./],
      [
        'syntax.ts',
        'const a = 1;\nexport default project("x", {',
        /^✗ syntax\.ts:\d+:1 .*syntax\.ts cannot be imported: /,
      ],
      ['enum.ts', 'enum A { b }\nexport default A;', /without enums, namespaces/],
      [
        'throws.ts',
        'const a = 1;\nthrow new Error("boom.");',
        /^✗ throws\.ts:2:7 throws\.ts cannot be imported: boom\.\n/,
      ],
      [
        'lacks.ts',
        'import x from "no-such-package";\nexport default x;',
        /Correct the import, or install the package\./,
      ],
      ['none.ts', 'export const a = 1;', /none\.ts does not export a project\./],
    ];
    for (const [file, text] of cases) if (text !== undefined) writeFileSync(join(shop.folder, file), text);
    const endings = await Promise.all(cases.map(([file]) => mill('--project', file, 'check')));
    for (const [i, ended] of endings.entries()) {
      assert.equal(ended.code, 1, ended.stderr);
      assert.match(ended.stderr, (cases[i] as [string, string, RegExp])[2]);
      assertPlain(ended);
    }
  });

  test('3: a port in use, told before the run', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    t.after(() => taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    for (const verb of ['up', 'serve']) {
      const ended = await mill(verb, '--port', String(port));
      assert.equal(ended.code, 3);
      assert.match(
        ended.stderr,
        new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}: another process listens there\\.`),
      );
      assert.equal(ended.stdout, '');
      assertPlain(ended);
    }
  });

  test('1: nothing to ask, trace or roll back yet', async () => {
    const endings = await Promise.all([
      mill('predict', 'screen', JSON.stringify(question)),
      mill('trace', '01aaaaaaaaaaaaaaaaaa'),
      mill('rollback', 'fraud'),
    ]);
    const messages = [
      /No version of screen has been published yet/,
      /No endpoint .* has answered/,
      /nothing is live/,
    ];
    for (const [i, ended] of endings.entries()) {
      assert.equal(ended.code, 1, ended.stderr);
      assert.match(ended.stderr, messages[i] as RegExp);
      assertPlain(ended);
    }
  });

  test('Ctrl-C cuts a verb off with a sentence; the process dies of the signal', async () => {
    writeFileSync(
      join(shop.folder, 'slow.ts'),
      "process.stdout.write('under way'); await new Promise((r) => setTimeout(r, 60_000)); export default 1;",
    );
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { child, ended } = start(['--project', 'slow.ts', 'run']);
      child.stdout?.once('data', () => child.kill(signal));
      const end = await ended;
      assert.deepEqual([end.code, end.signal], [null, signal]);
      assert.equal(
        end.stderr,
        'Interrupted. What has been published stays; the same command goes on from there.\n',
      );
    }
  });
});

describe('in the life of a project', () => {
  test('check, plan, run, and again', async () => {
    assert.equal((await json<{ ok: boolean }>('check')).value.ok, true);
    const plan = await json<{ steps: unknown[]; unchanged: unknown[] }>('plan');
    assert.equal(plan.code, 0);
    assert.equal(plan.value.steps.length + plan.value.unchanged.length, 6);
    const run = await mill('run');
    assert.equal(run.code, 0, run.stderr);
    assertPlain(run);
    const steps = run.stdout.split('\n').filter((line) => line.startsWith('✓'));
    assert.equal(steps.length, plan.value.steps.length, run.stdout);
    assert.equal(
      new Set(steps.map((line) => line.search(/(?<=\S {2,})\S/))).size,
      1,
      'notes stand below each other',
    );
    const again = await mill('run');
    assert.equal(again.stdout, 'Nothing to do: all 6 assets are live as declared.\n');
    assert.equal((await mill('--quiet', 'run')).stdout, '');
  });

  test('up --once says what is live, asks, traces, and what to do next', async () => {
    const up = await mill('up', '--once');
    assert.equal(up.code, 0, up.stderr);
    assertPlain(up);
    for (const part of ['shop & sons: what is live', 'One prediction of screen', 'source rows from', 'Next'])
      assert.ok(up.stdout.includes(part), part);
    assert.ok(!up.stdout.includes('DIFFERENT'));
    assert.ok(!/card_id=c\d/.test(up.stdout), 'personal data is masked');
    assert.equal(up.stdout, stripVTControlCharacters(up.stdout), 'no colours where there is no terminal');
    assert.ok(Math.max(...up.stdout.split('\n').map((line) => line.length)) <= 120);
    const { value } = await json<{ prediction: { id: string }; assets: { checks: object }[] }>(
      'up',
      '--once',
    );
    assert.match(value.prediction.id, /^[0-9a-z]{20}$/);
  });

  test('aliases, notes, a promotion, a comparison and a reproduction, as programs read them', async () => {
    const named = await json<{ ok: boolean; to: string }>('alias', 'fraud@1', 'challenger');
    assert.deepEqual([named.code, named.value.to], [0, 'fraud@1']);
    await mill('note', 'fraud@challenger', 'fine\u001b[31m', '--by', 'anna');
    type Shown = { aliases: Record<string, string>; notes: { author: string; text: string }[] };
    const shown = await json<Shown>('show', 'fraud');
    assert.deepEqual(shown.value.aliases, { challenger: 'fraud@1', live: 'fraud@1' });
    assert.deepEqual(
      shown.value.notes.map(({ author, text }) => [author, text]),
      [['anna', 'fine\u001b[31m']],
    );
    const said = await mill('show', 'fraud');
    assert.match(said.stdout, /fraud@1 {2}live, challenger/);
    assert.doesNotMatch(said.stdout, /not retired/, 'what is live is in use');
    assertPlain(said);
    const one = await mill('show', 'fraud@challenger');
    assert.match(one.stdout, /^fraud@1 {2}model, challenger, live, \d/);
    for (const part of [
      'built from ',
      'checks of fraud@1',
      'fine',
      'made from',
      'training set  fraud_training@1',
    ])
      assert.ok(one.stdout.includes(part), `${part} of ${one.stdout}`);
    assertPlain(one);
    type ShownVersion = { name: string; version: { id: string; checks: object[] }; aliases: string[] };
    const asData = (await json<ShownVersion>('show', 'fraud@1')).value;
    assert.deepEqual(
      [asData.name, asData.version.id, asData.aliases],
      ['fraud', 'fraud@1', ['challenger', 'live']],
    );
    assert.ok(asData.version.checks.length > 0);
    assert.equal((await mill('show', 'fraud@77')).code, 2);
    const asked = await mill('show', 'fraud@1', '--sql');
    assert.match(asked.stderr, /--sql is of an asset, and 'fraud@1' is a version of it\./);
    const compared = await json<{
      onSameRows: {
        agreement: { alike: number };
        rows: number;
        differences: { rocAuc: { difference: number; verdict: string } };
      };
    }>('compare', 'fraud', 'fraud@1');
    assert.equal(compared.value.onSameRows.agreement.alike, compared.value.onSameRows.rows);
    assert.deepEqual(
      [
        compared.value.onSameRows.differences.rocAuc.difference,
        compared.value.onSameRows.differences.rocAuc.verdict,
      ],
      [0, 'undecided'],
    );
    const made = await json<{ ok: boolean; same: boolean }>('reproduce', 'fraud@1');
    assert.deepEqual([made.code, made.value.ok, made.value.same], [0, true, true]);
    assert.equal((await mill('alias', 'fraud', 'challenger', '--delete')).code, 0);
    for (const wrong of [
      ['alias', 'fraud@1', 'latest'],
      ['alias', 'fraud', 'challenger', '--delete'],
      ['note', 'fraud@9', 'x'],
      ['promote', 'fraud@nobody'],
      ['predict', 'screen'],
      ['predict', 'screen', '{}', '--batch', 'payments'],
      ['predict', 'screen', '--batch', 'nothing'],
    ])
      assert.equal((await mill(...wrong)).code, 2, wrong.join(' '));
    const endless = JSON.stringify({ ...question, amount: 7777 }).replace('7777', '1e999');
    const past = await mill('predict', 'screen', endless);
    assert.deepEqual([past.code, /past the range of doubles/.test(past.stderr)], [1, true], past.stderr);
    assert.equal((await mill('promote', 'fraud@1')).code, 1, 'it is live already');
  });

  test('features get looks one entity up; features rebuild makes the state anew', async () => {
    type Got = { ok: boolean; dataset: string; entities: { key: object; values: Record<string, unknown> }[] };
    const got = await json<Got>('features', 'get', 'activity', 'card_id=c3');
    assert.equal(got.code, 0);
    assert.deepEqual(got.value.entities[0]?.key, { card_id: 'c3' });
    assert.deepEqual(Object.keys(got.value.entities[0]?.values ?? {}), [
      ...['payments_24h', 'spent_7d', 'country_before'],
    ]);
    const rebuilt = await json<{ ok: boolean; entities: number; dataset: string }>(
      ...['features', 'rebuild', 'activity'],
    );
    assert.equal(rebuilt.code, 0);
    assert.equal(rebuilt.value.dataset, got.value.dataset);
    const again = await json<Got>('features', 'get', 'activity', 'card_id=c3');
    assert.deepEqual(again.value.entities, got.value.entities);
    assertPlain(await mill('features', 'get', 'activity', 'card_id=c3'));
    assert.match((await mill('features', 'get', 'activty', 'card_id=c3')).stderr, /'activity'/);
    assert.match((await mill('features', 'get', 'activity', 'card=c3')).stderr, /'card_id'/);
    assert.equal((await mill('features', 'get', 'activity', 'c3')).code, 2);
  });

  test('predict answers or refuses; the answer is traced without personal data', async () => {
    const asked = await json<{ id: string; probability: number }>(
      'predict',
      'screen',
      JSON.stringify(question),
    );
    assert.equal(asked.code, 0);
    const bad = await mill('predict', 'screen', JSON.stringify({ ...question, amount: 'x' }));
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /'amount' is the text "x", wanted a number\./);
    type Traced = { features: { equal: boolean }[]; sourceRows: { values: Record<string, unknown> }[] };
    const [traced, told] = await Promise.all([
      json<Traced>('trace', asked.value.id),
      mill('trace', asked.value.id),
    ]);
    assert.equal(traced.code, 0);
    assert.ok(traced.value.features.length > 0 && traced.value.features.every(({ equal }) => equal));
    assertPlain(told);
    assert.match(told.stdout, new RegExp(`^${asked.value.id} {2}0\\.\\d{4} → true`));
    for (const { values } of traced.value.sourceRows) assert.equal(values['card_id'], '•••');
  });

  test('show: all, one with its columns, and its SQL', async () => {
    const all = await json<{ assets: { name: string; version: string }[] }>('show');
    assert.deepEqual(all.value.assets.map(({ name }) => name).sort(), [
      'activity',
      'asked',
      'fraud',
      'fraud_training',
      'payments',
      'screen',
    ]);
    type Column = { name: string; nulls: number; distinct: number; min: string; max: string };
    const { value } = await json<{ columns: Column[] }>('show', 'payments');
    const column = (name: string) => value.columns.find((c) => c.name === name);
    assert.deepEqual(column('country'), {
      name: 'country',
      type: 'string',
      nulls: 0,
      distinct: 2,
      min: 'DE',
      max: 'FR',
    });
    // 480 rows; every sixth has no items, every fifth was not seen before.
    assert.equal(column('items')?.nulls, 80);
    assert.equal(column('seen_at')?.nulls, 96);
    assert.equal(column('paid_at')?.min, '2026-08-01T00:00:00.000Z');
    assert.deepEqual([column('card_id')?.min, column('card_id')?.max], ['•••', '•••']);
    const shown = await mill('show', 'payments');
    assertPlain(shown);
    assert.ok(shown.stdout.includes('owned by <b>"risk" & co</b>'));
    assert.match((await mill('show', 'activity', '--sql')).stdout, /^-- Features of card/);
    assert.match((await mill('show', 'fraud', '--sql')).stdout, /no SQL computes it/);
  });

  test('query: SQL over what is live, which nothing can change', async () => {
    const { code, value } = await json<{ columns: string[]; rows: object[]; more: boolean }>(
      'query',
      'select country, count(*) as n, sum(1::hugeint << 70) as big from payments group by 1 order by 1;',
    );
    assert.equal(code, 0);
    assert.deepEqual(value.columns, ['country', 'n', 'big']);
    assert.equal(value.rows.length, 2);
    assert.equal((value.rows[0] as { country: string }).country, 'DE');
    const answers = await mill('query', 'select count(*) as n from screen__predictions');
    assert.match(answers.stdout, /^n\n\s*\d+$/m);
    for (const sql of [
      'drop view payments',
      'delete from payments',
      'select 1); drop view payments; select (1',
    ])
      assert.equal((await mill('query', sql)).code, 1, sql);
    assert.equal(
      (await json<{ rows: unknown[] }>('query', 'select 1 from payments where false')).value.rows.length,
      0,
    );
  });

  test('a reader that leaves early is no error', async () => {
    const { child, ended } = start(['show']);
    child.stdout?.destroy();
    const end = await ended;
    assert.deepEqual([end.code, end.stderr], [0, '']);
  });

  test('colours only where they are wanted', async () => {
    const forced = await start(['show', 'payments'], { FORCE_COLOR: '1' }).ended;
    assert.notEqual(forced.stdout, stripVTControlCharacters(forced.stdout));
    const plain = await start(['show', 'payments'], { FORCE_COLOR: '1', NO_COLOR: '1' }).ended;
    assert.equal(stripVTControlCharacters(forced.stdout), plain.stdout, 'aligned alike');
  });

  test('serve says where, and stops with 0', async () => {
    const { child, ended } = start(['serve', '--port', '0']);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const end = await ended;
    assert.equal(end.code, 0, end.stderr);
    assert.match(
      end.stdout,
      /^Serving shop & sons at http:\/\/127\.0\.0\.1:\d+ \(Ctrl-C stops\)\nStopping …\n$/,
    );
  });

  test('rollback moves the alias back and says what follows', async () => {
    shop.deliver(40);
    assert.equal((await mill('run')).code, 0);
    const back = await mill('rollback', 'screen');
    assert.equal(back.code, 0, back.stderr);
    assert.match(back.stdout, /^screen: screen@2 → screen@1 is live\./);
    const typo = await mill('rollback', 'screen', '--to', 'scren@2');
    assert.match(typo.stderr, /There is no version 'scren@2' of screen; there is 'screen@2'\./);
  });
});
