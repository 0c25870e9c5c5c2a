import type { FastifyInstance } from 'fastify';
import { type Ask, atNow, type Prediction, predictionLog } from '../assets/index.ts';
import { formatInstant, type JsonObject } from '../base/index.ts';
import type { Workspace } from '../graph/index.ts';
import { askPatterns } from './ask-patterns.ts';
import { answerSchema, askSchema } from './ask-schema.ts';
import type { ServedEndpoint } from './endpoints.ts';
import { wantsFresh } from './features.ts';
import type { LiveEndpoint } from './live.ts';
import { BadQuestion, badQuestion, shown } from './refusal.ts';

/** Answers `POST /v1/predict/{endpoint}`: held to its schema and patterns, asked as of now, durable in the log before it is answered. */
export function addPredict(
  app: FastifyInstance,
  workspace: Workspace,
  endpoint: ServedEndpoint,
  live: LiveEndpoint,
  onAnswer: (prediction: Prediction) => void,
): void {
  const schema = askSchema(endpoint.plan);
  const patterns = askPatterns(workspace.engine, endpoint.plan);
  app.addHook('onClose', async () => patterns.close());
  app.post<{ Body: Ask; Querystring: { require?: unknown; explain?: unknown } }>(
    `/v1/predict/${endpoint.name}`,
    {
      schema: { body: schema, response: { 200: answerSchema(endpoint) } },
      schemaErrorFormatter: (errors) => badQuestion(errors, schema),
    },
    async ({ body, query }) => {
      const how = { fresh: wantsFresh(query.require), explain: wantsWhy(query.explain) };
      await patterns.hold(body);
      const prediction = await atNow(workspace.clock, (now) => live.answer(body, now, how));
      const log = await workspace.log(predictionLog(endpoint.name));
      await log.append(prediction as unknown as JsonObject);
      onAnswer(prediction);
      return answerOf(prediction, endpoint.item);
    },
  );
}

/** @throws BadQuestion */
function wantsWhy(explain: unknown): boolean {
  if (explain === undefined || explain === 'false') return false;
  if (explain === 'true') return true;
  throw new BadQuestion(`'explain' is ${shown(explain)}, wanted 'true'.`, '/explain');
}

/** What the asker is told. */
function answerOf(prediction: Prediction, item?: string): JsonObject {
  const { id, version, model, asOf, output, probabilities, classes, decision, ranked, attribution } =
    prediction;
  const why = attribution === undefined ? {} : { attribution };
  if (item !== undefined && ranked !== undefined)
    return {
      ...{ id, version, model, asOf: formatInstant(asOf) },
      ranked: ranked.map((one) => ({ [item]: one.item, score: one.score })),
      ...why,
    };
  const own = classes === null ? { value: output } : { probability: output };
  return { id, version, model, asOf: formatInstant(asOf), ...own, probabilities, classes, decision, ...why };
}
