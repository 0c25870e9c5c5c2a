import type { FastifyInstance } from 'fastify';
import { modelVersionOf } from '../assets/index.ts';
import type { Workspace } from '../graph/index.ts';

/** A report styles and draws itself, inline; it loads and runs nothing. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The address of a model version's report. */
export const reportPath = (version: string): string => `/reports/${encodeURIComponent(version)}`;

/** Serves the report of every model version, also of candidates that did not pass: `GET /reports/fraud@2`. */
export function addReports(app: FastifyInstance, { state, blobs }: Workspace): void {
  app.get<{ Params: { version: string } }>('/reports/:version', async ({ params }, reply) => {
    const version = state.version(params.version);
    if (version?.kind !== 'model')
      return reply.code(404).send({
        code: 'MILL_HTTP_NOT_FOUND',
        message: `There is no model version '${params.version}'.`,
        todo: 'GET / lists what there is.',
      });
    const report = await blobs.get(modelVersionOf(version).report);
    return reply
      .headers({ 'content-security-policy': REPORT_POLICY, 'referrer-policy': 'no-referrer' })
      .type('text/html; charset=utf-8')
      .send(Buffer.from(report));
  });
}
