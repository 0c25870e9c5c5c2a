import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type AggregateSpec,
  type FeaturesBody,
  kinds,
  type ModelVersion,
  modelVersionOf,
  openModel,
  type SourceBody,
} from '../../src/assets/index.ts';
import type { ColumnData, Session } from '../../src/engine/index.ts';
import {
  checked,
  type Graph,
  openWorkspace,
  type RunResult,
  run,
  type Workspace,
} from '../../src/graph/index.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { byHand, type Event, type RawEvents, rawEvents } from './events.oracle.ts';
import flightsProject from './project.ts';

// The whole line on the real files, in a folder of its own: a minute or more, hence slow.

const { from } = flightsProject.assets.flights['~'].nodes[0]!.body as SourceBody;
const folder = from.connector === 'files' ? dirname(from.glob) : '';
const file = (name: string): string => join(folder, `${name}.csv.gz`);
const absent = ['flights', 'airports', 'weather'].map(file).filter((path) => !existsSync(path));
const skip = absent.length === 0 ? false : `no ${absent[0]}`;

/** Midnight of 1 November in New York, which keeps daylight saving time until the 3rd. */
const NOVEMBER = Date.UTC(2013, 10, 1, 4);
/** Midnight of 1 December in New York. */
const DECEMBER = Date.UTC(2013, 11, 1, 5);
/** Every answer is known by now. */
const NOW = '2014-01-10T00:00:00Z';
const SAMPLE = 300;
const DAY = 86_400_000;

let home: string;
let workspace: Workspace;
let graph: Graph;
let session: Session;
let result: RunResult;
let raw: RawEvents;
/** The training set, by column. */
let labelled: Map<string, ColumnData['values']>;

before(async () => {
  if (skip) return;
  home = mkdtempSync(join(tmpdir(), 'millrace-'));
  workspace = await openWorkspace(home, { MILLRACE_CLOCK: NOW });
  graph = await checked(flightsProject, kinds, workspace.engine);
  result = await run(graph, kinds, workspace);
  session = await workspace.engine.session();
  raw = await rawEvents(session, file);
  const scan = session.scan(tableOf('lateness_training'), { rowId: true });
  const columns = await session.columns(`select * from ${scan} order by _row_id`);
  labelled = new Map(columns.map((column) => [column.name, column.values]));
});

after(async () => {
  await workspace?.close();
  if (home) rmSync(home, { recursive: true, force: true });
});

const live = (asset: string): Version => workspace.state.live(asset) as Version;
const tableOf = (asset: string): TableState =>
  workspace.lake.table(asset, live(asset).snapshot) as TableState;

function column<T = number>(name: string): ArrayLike<T> {
  const values = labelled.get(name);
  assert.ok(values, name);
  return values as unknown as ArrayLike<T>;
}

test('everything is published, and nothing is left to do', { skip }, async () => {
  const told = result.steps.filter(({ outcome }) => outcome !== 'published');
  assert.deepEqual(told, []);
  assert.equal(result.steps.length, graph.nodes.size);
  assert.deepEqual((await run(graph, kinds, workspace)).steps, []);
});

test('tables hold as many rows as the raw file says', { skip }, async () => {
  const read = `read_csv('${file('flights').replaceAll("'", "''")}', all_varchar = true, nullstr = ['', 'NA'])`;
  const [counted] = await session.rows<Record<string, number>>(
    `select count(*) as flights, count(dep_time) as "left", count(arr_delay) as arrived from ${read}`,
  );
  const { flights, left, arrived } = counted as { flights: number; left: number; arrived: number };
  const wanted = {
    flights,
    flown: left,
    departures: left,
    takeoffs: left,
    arrivals: arrived,
    lateness_training: arrived,
  };
  const found = Object.keys(wanted).map((name) => [name, tableOf(name).rows]);
  assert.deepEqual(Object.fromEntries(found), wanted);
  assert.deepEqual([raw.takeoffs.length, raw.arrivals.length], [left, arrived]);
});

test('takeoffs and arrivals are when the raw rows say, by the time zones of another library', {
  skip,
}, async () => {
  for (const [name, at] of [
    ['takeoffs', 'departed_at'],
    ['arrivals', 'arrived_at'],
  ] as const) {
    const [id, instant] = await session.columns(
      `select flight_id, ${at} from ${session.scan(tableOf(name))}`,
    );
    const byId = new Map(raw[name].map((event) => [event.id, event.at]));
    assert.equal(byId.size, id!.values.length);
    const wrong = Array.from(id!.values as readonly string[])
      .map((flight, i) => ({
        flight,
        wanted: byId.get(flight),
        found: (instant!.values[i] as number) / 1000,
      }))
      .filter(({ wanted, found }) => wanted !== found);
    assert.deepEqual(wrong, [], name);
  }
});

test('November and December judge, all of them and nothing else', { skip }, () => {
  const { test: judged, train, validation } = modelOf().parts;
  const due = [...raw.arrivals].map(({ id }) => raw.scheduled.get(id) as number);
  assert.equal(judged.rows, due.filter((at) => at >= NOVEMBER).length);
  assert.equal(train.rows + validation.rows, due.filter((at) => at < NOVEMBER).length);
  assert.ok(judged.from / 1000 >= NOVEMBER && validation.to / 1000 < NOVEMBER);
});

test('no feature sees what was not known at departure: 300 questions by hand from the raw rows', {
  skip,
}, () => {
  const at = column('scheduled_at');
  const lookups = [...graph.nodes.values()]
    .filter(({ kind }) => kind === 'features')
    .map(({ body }) => body as FeaturesBody);
  const groups = new Map(lookups.map((body) => [body, eventsByEntity(body)]));
  const step = Math.floor(at.length / SAMPLE);
  const told = { compared: 0, empty: 0, spoilt: 0 };
  for (let n = 0; n < SAMPLE; n++) {
    const i = n * step + Math.floor(step / 2);
    const t = (at[i] as number) / 1000;
    for (const body of lookups) {
      const key = column<string>(body.entity.keys[0] as string)[i] as string;
      // No window is longer than 31 days. What lies ahead stays in: the rule of what is known must leave it out.
      const events = (groups.get(body)?.get(key) ?? []).filter((event) => Math.abs(event.at - t) < 40 * DAY);
      const atOnce = events.map((event) => ({ ...event, known: event.at }));
      for (const feature of body.features as readonly AggregateSpec[]) {
        const inMillis = { ...feature, window: (feature.window as number) / 1000, hop: feature.hop / 1000 };
        const wanted = byHand(events, inMillis, t);
        const found = column(feature.name)[i] as number;
        const equal =
          wanted === null
            ? Number.isNaN(found)
            : Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
        assert.ok(
          equal,
          `${feature.name} of ${key} at ${new Date(t).toISOString()}: ${found}, by hand ${wanted}`,
        );
        told.compared++;
        if (wanted === null) told.empty++;
        if (byHand(atOnce, inMillis, t) !== wanted) told.spoilt++;
      }
    }
  }
  assert.equal(told.compared, SAMPLE * lookups.reduce((n, { features }) => n + features.length, 0));
  assert.ok(told.empty < told.compared / 4, `${told.empty} of ${told.compared} are empty`);
  // Had every row been known when it happened, the flight's own take-off among them, many answers would be others.
  assert.ok(told.spoilt > SAMPLE, `${told.spoilt} of ${told.compared} depend on what is known when`);
});

/** The raw events that features look at, by the entity that they describe. */
function eventsByEntity({ from, entity }: FeaturesBody): Map<string, Event[]> {
  const groups = new Map<string, Event[]>();
  for (const event of raw[from as 'weather' | 'takeoffs' | 'arrivals'] as readonly Event[]) {
    const key = (event as unknown as Record<string, string>)[entity.keys[0] as string] as string;
    const group = groups.get(key);
    if (group) group.push(event);
    else groups.set(key, [event]);
  }
  return groups;
}

test('a question whose flight has left early does not see it, though its row lies in the past', {
  skip,
}, () => {
  const early = raw.takeoffs.filter(({ id, at }) => at < (raw.scheduled.get(id) as number));
  assert.ok(early.length > 150_000);
  for (const { id, known } of early) assert.ok(known >= (raw.scheduled.get(id) as number));
});

test('ROC-AUC of November and of December, beside the rate by airline and hour', { skip }, async () => {
  const model = modelOf();
  const at = Float64Array.from(column('scheduled_at'), (micros) => micros / 1000);
  const late = Float64Array.from(column('late'));
  const first = at.findIndex((t) => t >= NOVEMBER);
  const december = at.findIndex((t) => t >= DECEMBER);
  const hourly = airlineHourRates(late, first);
  const predicted = await predict(model, first);
  const months = [
    { name: 'both', from: first, to: at.length, atLeast: 0.75, ahead: 0.12 },
    { name: 'November', from: first, to: december, atLeast: 0.72, ahead: 0.08 },
    { name: 'December', from: december, to: at.length, atLeast: 0.73, ahead: 0.1 },
  ];
  for (const { name, from, to, atLeast, ahead } of months) {
    const target = late.subarray(from, to);
    const ours = rocAuc(target, predicted.subarray(from - first, to - first));
    const baseline = rocAuc(target, hourly.subarray(from, to));
    console.log(
      `${name}: ${target.length} flights, ROC-AUC ${ours.toFixed(4)}; by airline and hour ${baseline.toFixed(4)}; base rate 0.5`,
    );
    assert.ok(baseline > 0.55 && baseline < 0.7, `${name}: the baseline is ${baseline}`);
    assert.ok(ours >= atLeast, `${name}: ${ours}`);
    assert.ok(ours >= baseline + ahead, `${name}: ${ours} beside ${baseline}`);
    if (name === 'both') {
      assert.equal(rocAuc(target, new Float64Array(target.length)), 0.5);
      const { evaluation } = model;
      assert.ok(evaluation.task === 'binary' && evaluation.rocAuc !== null);
      console.log(
        `average precision ${evaluation.prAuc?.toFixed(4)}, log loss ${evaluation.logLoss?.toFixed(4)}`,
      );
      // The file answers in 32-bit floats, the trainer in 64.
      assert.ok(Math.abs(evaluation.rocAuc - ours) < 1e-4, `reported as ${evaluation.rocAuc}, is ${ours}`);
    }
  }
});

const modelOf = (): ModelVersion => modelVersionOf(live('lateness'));

/** For every row the share of late flights of its airline at its hour of day, over the rows before `first`. */
function airlineHourRates(late: Float64Array, first: number): Float64Array {
  const carrier = column<string>('carrier');
  const minute = column('minute_of_day');
  const groupOf = (i: number): string => `${carrier[i]} ${Math.floor((minute[i] as number) / 60)}`;
  const groups = new Map<string, { late: number; all: number }>();
  for (let i = 0; i < first; i++) {
    const group = groups.get(groupOf(i)) ?? { late: 0, all: 0 };
    group.late += late[i] as number;
    group.all++;
    groups.set(groupOf(i), group);
  }
  return late.map((_, i) => {
    const group = groups.get(groupOf(i));
    return group ? group.late / group.all : 0;
  });
}

/** What the published model's file says of every row from `first` on. */
async function predict(model: ModelVersion, first: number): Promise<Float64Array> {
  const scorer = await openModel(workspace, model);
  try {
    const rows = Array.from({ length: column('late').length - first }, (_, i) =>
      Object.fromEntries(model.inputs.map(({ name }) => [name, column<unknown>(name)[first + i]])),
    );
    return await scorer.score(rows);
  } finally {
    await scorer.close();
  }
}

/** The share of pairs, one late and one not, that are in the right order; equal scores count half. */
function rocAuc(target: Float64Array, score: Float64Array): number {
  const order = Array.from(target.keys()).sort((a, b) => (score[a] as number) - (score[b] as number));
  let right = 0;
  let below = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let tied = 0;
    let late = 0;
    const level = score[order[i] as number];
    for (; i < order.length && score[order[i] as number] === level; i++, tied++)
      late += target[order[i] as number] as number;
    const onTime = tied - late;
    right += late * (below + onTime / 2);
    below += onTime;
    positives += late;
  }
  return right / (positives * below);
}
