import type { Instant, JsonObject } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { StateValue } from '../../../store/online/index.ts';
import { buildState, coverageOf, type FeaturesBody, readState, replayed } from '../../feature/index.ts';
import type { Answer } from './answer.ts';
import type { Explanation } from './cause.ts';
import { evidenceOf, type History, historyOf, ownEvents, recordOf, rowsByRule, without } from './history.ts';
import { isSame, plain, type ReplayedLookup } from './replay.ts';

/** Most rows that a bug's description carries. */
const MOST_ROWS = 1_000;

/** Why features of one lookup were not served as they are replayed. `names`: those that differ, of which there is one at least. */
export async function explainLookup(
  session: Session,
  workspace: Workspace,
  answer: Answer,
  one: ReplayedLookup,
  names: readonly string[],
): Promise<Explanation> {
  const { lookup, history, values } = one;
  const { body } = lookup;
  const { at } = history;
  const served = answer.features[lookup.name] as JsonObject;
  const agrees = (other: JsonObject, than: JsonObject): boolean =>
    names.every((name) => isSame(other[name], than[name]));
  if (history.trimmed)
    return {
      cause: 'log trimmed',
      why: `the log of ${body.from} no longer has what was posted after ${history.version.id}`,
      rows: [],
    };
  for (const rule of ['beside', 'every', 'newest'] as const) {
    const rows = await rowsByRule(session, workspace, history, rule);
    if (rows === undefined || !agrees(plain(replayed(body, rows, at)), served)) continue;
    const apart = [...without(rows, history.rows), ...without(history.rows, rows)];
    const why =
      rule === 'newest'
        ? 'a row was posted under a key that is there already, and the answer saw it before the lake did'
        : 'a row was posted under a key that is there already, and the answer counted both';
    return { cause: 'duplicate key', why, rows: await evidenceOf(session, workspace, history, apart) };
  }
  const bug = (why: string, more: object = {}): Explanation => ({
    cause: 'bug',
    why,
    rows: [],
    reproduce: reproduction(answer, one, more),
  });
  const fresh = await freshAnswer(session, history, at);
  if (!agrees(fresh, values))
    return bug('a state made of these very rows says something else than history does', { fresh });
  return explainState(session, workspace, { one, served, agrees, bug });
}

interface Asked {
  readonly one: ReplayedLookup;
  readonly served: JsonObject;
  agrees(a: JsonObject, b: JsonObject): boolean;
  bug(why: string, more?: object): Explanation;
}

/** The rows are right, and so is what is made of them: it is the state in the store, or how it was read. */
async function explainState(session: Session, workspace: Workspace, asked: Asked): Promise<Explanation> {
  const { one, served, agrees, bug } = asked;
  const { lookup, space, history, values } = one;
  const { body } = lookup;
  const { at, entity } = history;
  const posted = history.rows.filter(({ row }) => recordOf(history, row) !== undefined);
  const empty = plain(replayed(body, posted, at));
  const loses = (): boolean => body.features.every(({ name }) => isSame(served[name], empty[name]));
  const lost: Explanation = {
    cause: 'default',
    why: `the online store had no state of this ${body.entity.name}, of which ${history.version.id} has ${history.rows.length - posted.length} rows: the answer took it for one that nobody knows`,
    rows: await evidenceOf(session, workspace, history, history.rows.slice(-10)),
  };
  const [found] = await workspace.online.get([{ space, entities: entity === undefined ? [] : [entity] }]);
  const coverage = found?.coverage === undefined ? undefined : coverageOf(found.coverage);
  const held = found?.states[0];
  if (coverage !== undefined && coverage.dataset === history.version.id && coverage.from <= at) {
    // Nothing has moved since the answer: this is the state that it was read from.
    const again = plain(readState(body, held, posted, coverage.from, at));
    if (agrees(again, values))
      return bug('the state in the store gives what history gives; the answer was another', { again });
    if (held === undefined || loses()) return lost;
    return {
      ...lost,
      cause: 'store loss',
      why: `the state of this ${body.entity.name} in the online store is not what ${history.version.id} gives`,
    };
  }
  if (loses()) return lost;
  const still = coverage && (await differsNow(session, workspace, body, entity, held, coverage, at));
  if (still)
    return {
      ...lost,
      cause: 'store loss',
      why: `the state of this ${body.entity.name} in the online store is not what its snapshot gives, still at ${coverage.dataset}`,
    };
  return bug('no row, no code and no state explains it', { coverage: coverage ?? null });
}

/** Whether a state that has moved on still is not what its snapshot gives. */
async function differsNow(
  session: Session,
  workspace: Workspace,
  body: FeaturesBody,
  entity: string | undefined,
  held: StateValue | undefined,
  coverage: { readonly dataset: string; readonly from: Instant },
  at: Instant,
): Promise<boolean> {
  const version = workspace.state.version(coverage.dataset);
  if (version === undefined) return false;
  const then = Math.max(coverage.from, at);
  const ask = { version, body, entity, at: then, upTo: undefined };
  const history = await historyOf(session, workspace, ask);
  return !isSame(
    plain(readState(body, held, [], coverage.from, then)),
    plain(replayed(body, history.rows, then)),
  );
}

/** What a state that is made anew of all these rows answers. */
async function freshAnswer(session: Session, history: History, at: Instant): Promise<JsonObject> {
  const { body } = history;
  for await (const { state } of buildState(session, body, ownEvents(history), at))
    return plain(readState(body, state, [], at, at));
  return plain(readState(body, undefined, [], at, at));
}

function reproduction(answer: Answer, { lookup, history, values }: ReplayedLookup, more: object) {
  return {
    lookup,
    asOf: answer.asOf,
    entity: history.entity ?? null,
    dataset: history.version.id,
    position: answer.heads[lookup.name] ?? null,
    served: answer.features[lookup.name],
    replayed: values,
    rows: history.rows.slice(-MOST_ROWS),
    rowCount: history.rows.length,
    ...more,
  };
}
