import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY, HOUR, MINUTE } from '../base/index.ts';
import type { VersionFacts, VersionStatus } from '../store/state/index.ts';
import { type Past, type Retention, retirable } from './retire.ts';

interface History extends Past {
  readonly versions: readonly VersionFacts[];
  readonly needed: readonly string[];
  readonly moved: Readonly<Record<string, readonly string[]>>;
}

const NOW = 100 * DAY;
const statuses: readonly VersionStatus[] = [
  'published',
  'published',
  'published',
  'candidate',
  'rolled-back',
];

/** Versions of a source, of a table made from it, and of a model made from both, at irregular times. */
const histories: fc.Arbitrary<History> = fc
  .array(
    fc.record({
      of: fc.constantFrom('s', 't', 'm'),
      wait: fc.constantFrom(MINUTE, 20 * MINUTE, HOUR, DAY),
      status: fc.constantFrom(...statuses),
      input: fc.nat(),
      needed: fc.nat(9),
      moves: fc.array(fc.nat(), { maxLength: 2 }),
    }),
    { maxLength: 60 },
  )
  .map((made) => {
    const versions: VersionFacts[] = [];
    const moved: Record<string, string[]> = { s: [], t: [], m: [] };
    const needed: string[] = [];
    let at = NOW - made.reduce((sum, { wait }) => sum + wait, 0);
    for (const { of, wait, status, input, needed: need, moves } of made) {
      at += wait;
      const earlier = (asset: string) => versions.filter((version) => version.asset === asset);
      const inputs: Record<string, string> = {};
      for (const name of of === 's' ? [] : of === 't' ? ['s'] : ['s', 't']) {
        const all = earlier(name);
        if (all.length > 0) inputs[name] = (all[input % all.length] as VersionFacts).id;
      }
      const number = earlier(of).length + 1;
      versions.push({ id: `${of}@${number}`, asset: of, kind: of, number, inputs, status, createdAt: at });
      if (need === 0) needed.push(`${of}@${number}`);
      for (const move of moves) moved[of]?.unshift(`${of}@${(move % number) + 1}`);
    }
    versions.sort((a, b) => (a.asset === b.asset ? b.number - a.number : a.asset < b.asset ? -1 : 1));
    return { versions, needed, moved, moves: (asset) => moved[asset] ?? [] };
  });

const retentions: fc.Arbitrary<Retention> = fc.record({
  now: fc.constant(NOW),
  young: fc.constantFrom(0, HOUR, DAY),
  recent: fc.constantFrom(0, 1, 5),
  hourly: fc.constantFrom(0, 3 * DAY, 30 * DAY),
});

/** The law as it is told, slowly. */
function stays({ versions, needed, moved }: History, { now, young, recent, hourly }: Retention): Set<string> {
  const own = versions.filter((version) => {
    const same = versions.filter(({ asset }) => asset === version.asset);
    const age = now - version.createdAt;
    const hour = (one: VersionFacts) => Math.floor(one.createdAt / HOUR);
    const lastOfHour =
      version.status === 'published' &&
      !same.some(
        (other) =>
          other.status === 'published' && other.number > version.number && hour(other) === hour(version),
      );
    return (
      needed.includes(version.id) ||
      version.status === 'rolled-back' ||
      age < young ||
      same.filter(({ number }) => number > version.number).length < recent ||
      [...new Set(moved[version.asset])].slice(0, recent).includes(version.id) ||
      (lastOfHour && age < hourly)
    );
  });
  const all = new Set(own.map(({ id }) => id));
  for (let size = -1; size !== all.size; ) {
    size = all.size;
    for (const { id, inputs } of versions)
      if (all.has(id)) for (const input of Object.values(inputs)) all.add(input);
  }
  return all;
}

test('what may go is exactly what the law does not keep, and nothing that stays was built from it', () => {
  fc.assert(
    fc.property(histories, retentions, (history, retention) => {
      const gone = new Set(retirable(history, retention));
      const stay = stays(history, retention);
      const { versions } = history;
      assert.deepEqual(
        versions.filter(({ id }) => !gone.has(id)).map(({ id }) => id),
        versions.filter(({ id }) => stay.has(id)).map(({ id }) => id),
      );
      const left = versions.filter(({ id }) => !gone.has(id));
      for (const { inputs } of left) for (const input of Object.values(inputs)) assert.ok(!gone.has(input));
      // Once is enough: the next time finds nothing more, until time goes on.
      assert.deepEqual(retirable({ ...history, versions: left }, retention), []);
    }),
  );
});

test('a version every ten seconds for forty days: a day of them, and then one of each hour of a month', () => {
  const made = (40 * DAY) / (10 * 1_000_000);
  const versions = Array.from({ length: made }, (_, i): VersionFacts => {
    const number = made - i;
    const createdAt = 40 * DAY - (i + 1) * 10 * 1_000_000;
    return { id: `s@${number}`, asset: 's', kind: 's', number, inputs: {}, status: 'published', createdAt };
  });
  const past = { versions, needed: [`s@${made}`], moves: () => versions.slice(0, 200).map(({ id }) => id) };
  const gone = retirable(past, { now: 40 * DAY, young: DAY, recent: 100, hourly: 30 * DAY });
  assert.equal(made - gone.length, 8640 - 1 + 29 * 24);
});
