import type { Instant, Json, JsonObject } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Graph, Workspace } from '../../../graph/index.ts';
import { type Auditable, answerOf } from './answer.ts';
import type { Cause, Explanation } from './cause.ts';
import { explainLookup } from './explain-lookup.ts';
import type { Values } from './history.ts';
import { explainNow, type LookupNow, lookupNow } from './now.ts';
import { isSame, plain, type Replay, type ReplayedRequest, replay, replayRequest } from './replay.ts';

/** One feature of one answer, held against what was known then and against what is known now. */
export interface FeatureAudit {
  readonly asset: string;
  readonly feature: string;
  readonly served: Json;
  /** By the snapshot and the log up to where they had been read; null also where it cannot be computed. */
  readonly replayed: Json;
  /** Null where there is nothing to compare with: the function was edited, or the log trimmed. */
  readonly equal: boolean | null;
  readonly explanation: Explanation | null;
  /** By history as it is now. */
  readonly now: Json;
  readonly equalNow: boolean | null;
  readonly explanationNow: Explanation | null;
}

export interface Audit {
  readonly answer: string;
  /** Who was asked: an endpoint, or features. */
  readonly asked: string;
  /** The asset of the model that answered; null of a look-up. */
  readonly model: string | null;
  readonly asOf: Instant;
  readonly features: readonly FeatureAudit[];
}

/** Causes for which there is nothing to compare with. */
const INCOMPARABLE: ReadonlySet<Cause> = new Set(['code version', 'log trimmed']);

/**
 * Audits a prediction or a look-up: every feature again, and a cause for each that differs.
 * @throws MILL_AUDIT_GONE
 */
export async function audit(graph: Graph, workspace: Workspace, answered: Auditable): Promise<Audit> {
  const answer = answerOf(workspace, answered);
  const session = await workspace.engine.session();
  try {
    const again = await replay(graph, workspace, session, answer);
    return {
      answer: answer.id,
      asked: answer.asked,
      model: answer.model?.asset ?? null,
      asOf: answer.asOf,
      features: await auditReplay(graph, workspace, session, again),
    };
  } finally {
    session.close();
  }
}

/** What a replay says beside what was served. */
export async function auditReplay(
  graph: Graph,
  workspace: Workspace,
  session: Session,
  again: Replay,
): Promise<FeatureAudit[]> {
  const { answer, lookups, requests } = again;
  const audits: FeatureAudit[] = [];
  const nowOf: Record<string, JsonObject> = {};
  for (const one of lookups) {
    const { lookup, values } = one;
    const served = answer.features[lookup.name] ?? {};
    const names = lookup.body.features.map(({ name }) => name);
    const differ = names.filter((name) => !isSame(served[name], values[name]));
    const explained =
      differ.length === 0 ? null : await explainLookup(session, workspace, answer, one, differ);
    const now = await lookupNow(graph, session, workspace, one);
    if (now !== undefined) nowOf[lookup.name] = now.values;
    for (const name of names) {
      const explanation = differ.includes(name) ? explained : null;
      audits.push({
        asset: lookup.name,
        feature: name,
        served: served[name] ?? null,
        replayed: values[name] ?? null,
        equal: explanation === null ? true : INCOMPARABLE.has(explanation.cause) ? null : false,
        explanation,
        ...(await nowAudit(now, name, served[name], values[name], explanation, (of) =>
          explainNow(session, workspace, one, of, name, served[name]),
        )),
      });
    }
  }
  const complete = lookups.every(({ lookup }) => nowOf[lookup.name] !== undefined);
  for (const one of requests)
    audits.push(...auditRequest(graph, again, one, audits, complete ? nowOf : undefined));
  return audits;
}

type NowAudit = Pick<FeatureAudit, 'now' | 'equalNow' | 'explanationNow'>;

async function nowAudit(
  now: LookupNow | undefined,
  name: string,
  served: Json | undefined,
  replayed: Json | undefined,
  then: Explanation | null,
  explain: (now: LookupNow) => Promise<Explanation | undefined>,
): Promise<NowAudit> {
  if (now === undefined) return { now: null, equalNow: null, explanationNow: null };
  const value = now.values[name] ?? null;
  if (isSame(value, served)) return { now: value, equalNow: true, explanationNow: null };
  // What explains the difference from what was known then explains this one too, if history has not moved since.
  const same = isSame(value, replayed) ? then : null;
  const found = same ?? (await explain(now)) ?? then;
  return { now: value, equalNow: false, explanationNow: found ?? unexplained };
}

const unexplained: Explanation = {
  cause: 'bug',
  why: 'history now says something else than it did then, and has the same rows',
  rows: [],
};

function auditRequest(
  graph: Graph,
  { answer, lookups }: Replay,
  { request, values, failed }: ReplayedRequest,
  looked: readonly FeatureAudit[],
  nowOf: Values | undefined,
): FeatureAudit[] {
  const { name: asset, columns, body } = request;
  const served = answer.features[asset] ?? {};
  const all = lookups.map(({ lookup }) => lookup);
  const again = (features: Values): JsonObject | undefined =>
    replayRequest(graph, request, answer.request, features, all).values;
  const asServed = again(answer.features);
  const now = nowOf && again(nowOf);
  const used = new Set(Object.values(body.uses));
  /** Given what was served of other features, it serves the same: the difference is theirs. */
  const inherited = (which: 'explanation' | 'explanationNow'): Explanation | undefined => {
    const from = looked.find((one) => used.has(one.asset) && one[which] !== null);
    const found = from?.[which];
    return from && found ? { ...found, why: `from ${from.asset}.${from.feature}: ${found.why}` } : undefined;
  };
  return columns.map(({ name }): FeatureAudit => {
    const common = { asset, feature: name, served: served[name] ?? null };
    const none = { now: null, equalNow: null, explanationNow: null };
    if (values === undefined && failed === undefined) {
      const why = `${asset} was edited after ${answer.model?.id} was trained with it`;
      const explanation: Explanation = { cause: 'code version', why, rows: [] };
      return { ...common, replayed: null, equal: null, explanation, ...none };
    }
    const bug: Explanation = {
      cause: 'bug',
      why: failed ?? 'the function gives another answer for the same input',
      rows: [],
      reproduce: plain({
        request: answer.request,
        features: answer.features,
        served,
        values: values ?? null,
      }),
    };
    const sameInput = asServed !== undefined && isSame(asServed[name], served[name]);
    const equal = values !== undefined && isSame(values[name], served[name]);
    const explanation = equal ? null : ((sameInput ? inherited('explanation') : undefined) ?? bug);
    const incomparable = explanation !== null && INCOMPARABLE.has(explanation.cause);
    const equalNow = now === undefined ? null : isSame(now[name], served[name]);
    return {
      ...common,
      replayed: values?.[name] ?? null,
      equal: incomparable ? null : equal,
      explanation,
      now: now?.[name] ?? null,
      equalNow,
      explanationNow:
        equalNow === false ? ((sameInput ? inherited('explanationNow') : undefined) ?? bug) : null,
    };
  });
}
