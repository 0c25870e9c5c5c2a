import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ColumnType, DAY, type Instant, quoteName } from '../../base/index.ts';
import { type ColumnData, openDuckDb, type Session } from '../../engine/index.ts';
import type { Entry, OnlineStore } from '../../store/online/index.ts';
import type { FeatureValue } from './aggregate/index.ts';
import type { Cell } from './cell.ts';
import { plainSql } from './history/plain-sql.ts';
import { pointInTimeOracle } from './history/point-in-time.oracle.ts';
import { answerPointInTime, type PointInTime } from './history/point-in-time.ts';
import { layoutOf } from './layout.ts';
import { type Ask, aBatch, columnTypes, holds, type Row, together } from './random-history.fixture.ts';
import { type FeatureSpec, type FeaturesBody, isAggregate } from './spec.ts';
import { coverageValue, newCoverage } from './state/coverage.ts';
import { lookUp } from './state/look-up.ts';
import { type EntityState, fromState, gather, gathered, stateOf } from './state/state.ts';
import { buildState } from './state/state-build.ts';
import { readState } from './state/state-read.ts';
import type { SeenRow } from './tiles.ts';

/** A column of cells as the engine loads it. */
function columnData(name: string, type: ColumnType, cells: readonly Cell[]): ColumnData {
  if (type === 'string') return { name, type, values: cells as readonly (string | null)[] };
  return {
    name,
    type,
    values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
  };
}

export async function loadEvents(session: Session, rows: readonly Row[], types = columnTypes): Promise<void> {
  await session.run('drop table if exists payments');
  await session.load(
    'payments',
    Object.entries(types).map(([name, type]) =>
      columnData(
        name,
        type,
        rows.map((row) => row[name] ?? null),
      ),
    ),
  );
}

type Answer = Readonly<Record<string, FeatureValue>>;

const questionColumns = (asks: readonly Ask[]): ColumnData[] => [
  columnData(
    '_ask',
    'integer',
    asks.map((_, i) => i),
  ),
  columnData(
    '_entity',
    'string',
    asks.map(({ entity }) => entity),
  ),
  columnData(
    '_at',
    'integer',
    asks.map(({ at }) => at),
  ),
];

/** The offline answers, one record per ask. */
export async function askOffline(
  session: Session,
  body: FeaturesBody,
  asks: readonly Ask[],
  // In stretches so short that entities are cut.
  how: Pick<PointInTime, 'crew' | 'stretch' | 'mostValues' | 'signal' | 'progress'> = {
    stretch: 1 + (asks.length % 9),
  },
): Promise<Answer[]> {
  await session.run('drop table if exists questions');
  await session.run('drop table if exists answers');
  await session.load('questions', questionColumns(asks));
  const instants = asks.map(({ at }) => at);
  await answerPointInTime(session, {
    body,
    events: 'payments',
    asks: 'questions',
    into: 'answers',
    ...how,
    // Half of the time, so that both ways are tried.
    ...(instants.length % 2 ? { bounds: { from: Math.min(...instants), to: Math.max(...instants) } } : {}),
  });
  const columns = await session.columns('from answers');
  const order = columns[0]?.values as Float64Array;
  const answers: Answer[] = [];
  order.forEach((ask, i) => {
    const values = columns.slice(1).map((column, f) => {
      const { list } = body.features[f] as FeatureSpec;
      const cell = cellOf(column, i);
      return [column.name, list ? (JSON.parse(cell as string) as Cell[]) : cell] as const;
    });
    answers[ask] = Object.fromEntries(values);
  });
  return answers;
}

function cellOf({ type, values }: ColumnData, i: number): Cell {
  const value = values[i] as string | number | null;
  if (type === 'string') return value;
  if (Number.isNaN(value)) return null;
  return type === 'boolean' ? value === 1 : value;
}

export function askOracle(body: FeaturesBody, rows: readonly Row[], asks: readonly Ask[]): Answer[] {
  const own = Map.groupBy(rows, (row) => row['card']);
  return asks.map(({ entity, at }) => pointInTimeOracle(body, own.get(entity) ?? [], at, holds));
}

/**
 * The answers of state that was made at `from` and put into a store; undefined for asks before it. `dataset` names the rows: states of one version
 * are remembered by whoever read them.
 */
export async function askOnline(
  session: Session,
  body: FeaturesBody,
  asks: readonly Ask[],
  from: Instant,
  store: OnlineStore,
  dataset: string,
): Promise<(Answer | undefined)[]> {
  const space = 'sameness';
  const states = buildState(session, body, 'payments', from);
  await store.fill(space, coverageValue(newCoverage(dataset, from)), stillOfUse(states, from));
  const answers: (Answer | undefined)[] = [];
  // As a server would: some at once, each at its own instant.
  for (const { entity, at } of asks) {
    if (at < from) answers.push(undefined);
    else {
      const [found] = await lookUp(store, undefined, [{ body, space, entities: [entity] }], at);
      answers.push(found?.values[0]);
    }
  }
  await store.drop(space);
  return answers;
}

async function* stillOfUse(states: AsyncIterable<Entry>, from: Instant): AsyncGenerator<Entry> {
  for await (const entry of states) {
    assert((entry.expires ?? Infinity) > from);
    yield entry;
  }
}

/** A row as the dataset's reader would give it to the head, which has no engine between. */
export function seenRow(body: FeaturesBody, row: Row): SeenRow | undefined {
  const event = row[body.eventTime] as number | null;
  const available = body.availableAt === null ? 0 : (row[body.availableAt] as number | null);
  if (row['card'] === null || event === null || available === null) return undefined;
  return {
    event,
    known: body.availableAt === null ? event + body.availableAfter : Math.max(event, available),
    row: row['_row_id'] as number,
    cells: layoutOf(body).columns.map(({ name }) => {
      const cell = row[name] ?? null;
      return typeof cell === 'number' ? cell + 0 : cell;
    }),
  };
}

/**
 * The answers of state that came about in steps: the first rows, then some more at a later instant, and the rest beside it as its head, in
 * whatever order. Undefined for asks before the last step.
 */
function askMoved(
  body: FeaturesBody,
  rows: readonly Row[],
  asks: readonly Ask[],
  from: Instant,
): (Answer | undefined)[] {
  const layout = layoutOf(body);
  const own = Map.groupBy(rows, (row) => row['card']);
  return asks.map(({ entity, at }) => {
    if (at < from) return undefined;
    const seen = (own.get(entity) ?? []).flatMap((row) => seenRow(body, row) ?? []);
    const third = Math.ceil(seen.length / 3);
    const parts = [seen.slice(0, third), seen.slice(third, 2 * third), seen.slice(2 * third)];
    let state: EntityState | undefined;
    // An earlier instant must not be later than any that is asked about.
    for (const [i, instant] of [from - 3 * DAY, from].entries()) {
      const into = state === undefined ? gathered(layout) : fromState(layout, state);
      for (const row of parts[i] ?? []) gather(layout, into, row, instant);
      const made = stateOf(body, into, instant);
      state = made === undefined ? undefined : (JSON.parse(JSON.stringify(made.state)) as EntityState);
    }
    return readState(body, state, parts[2] ?? [], from, at);
  });
}

/** A quantile is within 1 % of the truth; everything else is the truth, to the bit. */
function assertSame(
  body: FeaturesBody,
  found: readonly (Answer | undefined)[],
  truth: readonly (Answer | undefined)[],
  way: string,
): void {
  const near = new Set<string>();
  for (const spec of body.features) if (JSON.stringify(spec).includes('"quantile"')) near.add(spec.name);
  const rest = (answer: Answer | undefined): Answer | undefined =>
    answer && Object.fromEntries(Object.entries(answer).filter(([name]) => !near.has(name)));
  assert.deepStrictEqual(found.map(rest), truth.map(rest), way);
  for (const spec of body.features) {
    if (!isAggregate(spec) || spec.aggregate !== 'quantile') continue;
    truth.forEach((answer, i) => {
      const [a, b] = [found[i]?.[spec.name] ?? null, answer?.[spec.name] ?? null];
      if (a === null || b === null) assert.equal(a, b, way);
      else
        assert(
          Math.abs((a as number) - (b as number)) <= 0.01 * Math.abs(b as number) + 1e-299,
          `${way}: ${a} is not near ${b}`,
        );
    });
  }
}

/**
 * Holds ways of answering against one another: in `batches` of 20 to 40 histories, online through the store that `open` gives. Gives the number of
 * answers that were compared.
 */
export async function provesSameness(batches: number, open: () => Promise<OnlineStore>): Promise<number> {
  const engine = await openDuckDb({ threads: 1 });
  const store = await open();
  let answers = 0;
  let version = 0;
  try {
    const session = await engine.session();
    const law = fc.asyncProperty(aBatch, async ({ body, histories, from }) => {
      const { rows, asks } = together(histories);
      const dataset = `payments@${++version}`;
      await loadEvents(session, rows);
      const truth = askOracle(body, rows, asks);
      assertSame(body, await askOffline(session, body, asks), truth, 'offline');
      const later = truth.map((values, i) => ((asks[i] as Ask).at < from ? undefined : values));
      assertSame(body, await askOnline(session, body, asks, from, store, dataset), later, 'online');
      assertSame(body, askMoved(body, rows, asks, from), later, 'online, in steps');
      answers += 3 * asks.length;
    });
    await fc.assert(law, { numRuns: batches });
  } finally {
    await store.close();
    await engine.close();
  }
  return answers;
}

/**
 * Holds the readable SQL against the oracle. DuckDB adds doubles in any order and as doubles, so sums are compared by what they are made of; all that
 * only picks or counts is the same to the bit.
 */
export async function provesPlainSql(batches: number): Promise<number> {
  const engine = await openDuckDb({ threads: 1 });
  let answers = 0;
  try {
    const session = await engine.session();
    const law = fc.asyncProperty(aBatch, async ({ body, histories }) => {
      const { rows, asks } = together(histories);
      await loadEvents(session, rows);
      await session.run('drop table if exists questions');
      await session.load('questions', questionColumns(asks));
      const exact = body.features.filter(
        (spec) => !JSON.stringify(spec).match(/"(sum|mean|variance|stddev|quantile|product)"/),
      );
      fc.pre(exact.length > 0);
      const truth = askOracle({ ...body, features: exact }, rows, asks);
      // A Date has no microseconds.
      const instants = exact
        .filter(({ type }) => type === 'timestamp')
        .map(({ name, list }) => {
          const micros = list
            ? `list_transform(${quoteName(name)}, lambda e: epoch_us(e))`
            : `epoch_us(${quoteName(name)})`;
          return `${micros} as ${quoteName(name)}`;
        });
      const replaced = instants.length === 0 ? '' : ` replace (${instants.join(', ')})`;
      const sql = plainSql({ ...body, features: exact }, 'payments', 'questions');
      for (const { _ask, ...values } of await session.rows<{ _ask: number }>(
        `select *${replaced} from (${sql})`,
      )) {
        const plain = Object.entries(values).map(([name, value]) => [name, plainValue(value)]);
        assert.deepStrictEqual(Object.fromEntries(plain), truth[_ask]);
        answers++;
      }
    });
    await fc.assert(law, { numRuns: batches });
  } finally {
    await engine.close();
  }
  return answers;
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value + 0 : value;
}
