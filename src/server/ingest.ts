import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type Intake,
  isStream,
  type Judged,
  type OpenHeads,
  openIntake,
  type SourceBody,
} from '../assets/index.ts';
import { MillraceError, nearest, type Problem } from '../base/index.ts';
import type { Graph, Node, Workspace } from '../graph/index.ts';
import { type BodyForm, badBody, formOf, partsOf, WHOLE_LIMIT } from './ingest-body.ts';
import { type Flusher, type FlushOptions, flushIntakes } from './ingest-flush.ts';
import { refusalOf } from './refusal.ts';

export interface IngestOptions extends FlushOptions {
  /** Rows that may wait for the lake before more are refused with 429. Default 1,000,000. */
  readonly mostBehind?: number;
}

/** A row of a request, counted from 0, and the rules it breaks. */
export interface RowReport {
  readonly row: number;
  readonly rules: readonly string[];
}

/** What is answered when all rows of a request are durable. */
export interface IngestAnswer {
  readonly source: string;
  readonly rows: number;
  readonly accepted: number;
  /** Rows that are not in the table but in its quarantine. */
  readonly setAside: readonly RowReport[];
  /** Rows that are in the table though they break rules under `warn`. */
  readonly warned: readonly RowReport[];
}

const MOST_BEHIND = 1_000_000;
/** Bytes of bodies that are held in memory at a time, at most. */
const MOST_HELD = 64 * 1024 * 1024;
/** In characters: an Idempotency-Key is kept with every part of its request. */
const LONGEST_KEY = 255;

const status: Readonly<Record<string, number>> = {
  MILL_INGEST_BODY: 400,
  MILL_INGEST_UNKNOWN: 404,
  MILL_INGEST_TOO_LARGE: 413,
  MILL_INGEST_TYPE: 415,
  MILL_INGEST_KEY_REUSED: 422,
  MILL_INGEST_REFUSED: 422,
  MILL_INGEST_BEHIND: 429,
  MILL_LOG_BUSY: 429,
};

/** The sources of a project that rows are posted to. */
export function streamsOf(graph: Graph): Node<SourceBody>[] {
  return [...graph.nodes.values()].filter(isStream);
}

/** `POST /v1/ingest/SOURCE`, and what brings posted rows to the lake. Close the flusher when nothing is asked any more. */
export async function addIngest(
  app: FastifyInstance,
  graph: Graph,
  workspace: Workspace,
  heads: OpenHeads,
  onError: (error: unknown) => void,
  options: IngestOptions = {},
): Promise<Flusher> {
  const { mostBehind = MOST_BEHIND } = options;
  const intakes = new Map<string, Intake>();
  for (const node of streamsOf(graph)) {
    const intake = await openIntake(workspace, node, heads.taken);
    // A damaged log of one source must not keep the server from answering.
    await intake.count().catch(onError);
    intakes.set(node.name, intake);
  }
  const flusher = flushIntakes(graph, workspace, heads, [...intakes.values()], onError, options);
  let held = 0;
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body is read row by row, by us.
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.setErrorHandler((error, _request, reply) => refuse(error, reply, onError, flusher.seconds));
    scope.post<{ Params: { source: string } }>('/v1/ingest/:source', async (request) => {
      const intake = intakes.get(request.params.source);
      if (intake === undefined) throw unknown(request.params.source, graph, intakes);
      const behind = Math.max(intake.behind(), heads.rows(intake.source));
      if (behind > mostBehind) throw tooFarBehind(intake, behind);
      const form = formOf(request.headers['content-type']);
      // A body of unknown length may be as long as any.
      const bytes = Number(request.headers['content-length'] ?? WHOLE_LIMIT);
      const size = isWhole(intake, form) ? Math.min(bytes, WHOLE_LIMIT) : 0;
      if (held + size > MOST_HELD) throw tooBusy(intake);
      held += size;
      try {
        return await ingest(intake, form, request);
      } finally {
        held -= size;
      }
    });
  });
  return flusher;
}

/** JSON is taken as a whole or not at all, and so is everything where one row blocks the others. */
const isWhole = (intake: Intake, form: BodyForm | undefined): boolean => form === 'json' || intake.mayBlock;

async function ingest(
  intake: Intake,
  form: BodyForm | undefined,
  { headers, body }: FastifyRequest,
): Promise<IngestAnswer> {
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (form === undefined || encoding !== 'identity') throw wrongType(headers['content-type'], encoding);
  const key = keyOf(headers['idempotency-key']);
  // A request without a body has none to read.
  if (body === undefined || body === null) throw badBody('The body is empty.');
  const take = (judged: Judged, part: number): Promise<void> =>
    intake.take(judged, key === undefined ? undefined : { key, part });
  const whole = isWhole(intake, form);
  const held: Judged[] = [];
  const report = { rows: 0, accepted: 0, setAside: [] as RowReport[], warned: [] as RowReport[] };
  let part = 0;
  for await (const raw of partsOf(body as Readable, form, whole)) {
    const judged = await intake.judge(raw);
    judged.verdicts.forEach(({ rules, unfit, blocks }, i) => {
      const row = report.rows + i;
      if (form === 'json' && judged.rows[i]?.valid === false) throw badBody(`Row ${row} is not JSON.`);
      if (blocks) throw blocked(intake.source, row, rules);
      if (unfit) report.setAside.push({ row, rules });
      else {
        report.accepted++;
        if (rules.length > 0) report.warned.push({ row, rules });
      }
    });
    report.rows += raw.length;
    if (whole) held.push(judged);
    else await take(judged, part++);
  }
  await Promise.all(held.map(take));
  return { source: intake.source, ...report };
}

function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = String(header);
  if (key.length <= LONGEST_KEY && /^[\x21-\x7e]+$/.test(key)) return key;
  throw badBody(`The Idempotency-Key is not 1 to ${LONGEST_KEY} visible ASCII characters.`);
}

function refuse(
  error: unknown,
  reply: FastifyReply,
  onError: (error: unknown) => void,
  seconds: number,
): FastifyReply {
  const own = error instanceof MillraceError ? status[error.code] : undefined;
  const { status: other, body } = refusalOf(error);
  const code = own ?? other;
  if (code === 500) onError(error);
  if (code === 429) reply.header('retry-after', String(seconds));
  if (code === 503) reply.header('retry-after', '1');
  // What is left of the body is not read.
  if (code !== 200) reply.header('connection', 'close');
  return reply.code(code).send(body);
}

const problem = (
  code: Problem['code'],
  message: string,
  todo: string,
  owner: Problem['owner'],
): MillraceError => new MillraceError({ code, message, todo, owner });

function unknown(asked: string, graph: Graph, intakes: ReadonlyMap<string, Intake>): MillraceError {
  const shown = asked.slice(0, 100);
  const near = nearest(shown, intakes.keys());
  const there = graph.nodes.get(asked);
  return problem(
    'MILL_INGEST_UNKNOWN',
    there === undefined
      ? `There is no source '${shown}'${near === undefined ? '' : `; the nearest is '${near}'`}.`
      : `'${shown}' is not a source with \`from: stream()\`, so nothing can be posted to it.`,
    'GET /openapi.json lists what there is.',
    'data',
  );
}

function wrongType(type: string | undefined, encoding: string): MillraceError {
  const message =
    encoding === 'identity'
      ? `The body is declared as ${(type ?? 'nothing').slice(0, 100)}.`
      : `The body is encoded as ${encoding.slice(0, 100)}.`;
  return problem(
    'MILL_INGEST_TYPE',
    message,
    "Send it plain, with 'content-type: application/json' or 'application/x-ndjson'.",
    'data',
  );
}

function blocked(source: string, row: number, rules: readonly string[]): MillraceError {
  return problem(
    'MILL_INGEST_REFUSED',
    `Row ${row} breaks ${rules.map((rule) => `'${rule}'`).join(', ')}, which blocks what comes with it; nothing was taken.`,
    `Mend the row, or leave it out and send the others to ${source} again.`,
    'data',
  );
}

function tooBusy(intake: Intake): MillraceError {
  return new MillraceError({
    code: 'MILL_INGEST_BEHIND',
    message: `Other requests hold all the memory there is for bodies; nothing of this one was taken for ${intake.source}.`,
    todo: 'Send it again after Retry-After, or as JSON lines, which are taken as they come.',
    owner: 'service',
    retry: true,
  });
}

function tooFarBehind(intake: Intake, behind: number): MillraceError {
  return new MillraceError({
    code: 'MILL_INGEST_BEHIND',
    message: `${behind.toLocaleString('en')} rows of ${intake.source} wait to be brought to the lake and to its features.`,
    todo: "Send it again after Retry-After; if that does not help, the server's own output says what holds them.",
    owner: 'service',
    retry: true,
  });
}
