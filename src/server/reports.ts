import type { FastifyInstance, FastifyReply } from 'fastify';
import { cardMarkdown, cardOf, modelReportOf, renderReport } from '../assets/index.ts';
import { loggedOf, type Workspace } from '../graph/index.ts';
import type { Version } from '../store/state/index.ts';

/** A report styles and draws itself, inline; it loads and runs nothing. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The address of a model version's report. */
export const reportPath = (version: string): string => `/reports/${encodeURIComponent(version)}`;

/**
 * Serves the report of every model version, also of candidates that did not pass: `GET /reports/fraud@2` as a page, `/reports/fraud@2.json` as data,
 * `/reports/fraud@2.md` as a model card.
 */
export function addReports(app: FastifyInstance, workspace: Workspace): void {
  const { state } = workspace;
  app.get<{ Params: { version: string } }>('/reports/:version', async ({ params }, reply) => {
    const [, id, form] = /^(.*?)(\.json|\.md)?$/s.exec(params.version) as unknown as [
      string,
      string,
      string?,
    ];
    const version = state.version(id);
    if (version?.kind !== 'model' || loggedOf(version) !== undefined) return missing(reply, id);
    const report = await modelReportOf(workspace, version);
    reply.headers({ 'content-security-policy': REPORT_POLICY, 'referrer-policy': 'no-referrer' });
    const named = (what: string): string => `inline; filename="${fileName(version, what)}"`;
    if (form === undefined) return reply.type('text/html; charset=utf-8').send(renderReport(report, version));
    if (form === '.json')
      return reply
        .header('content-disposition', named('report.json'))
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(report, null, 1));
    return reply
      .header('content-disposition', named('card.md'))
      .type('text/markdown; charset=utf-8')
      .send(cardMarkdown(cardOf(report, version)));
  });
}

/** `fraud-2-card.md`. Names of assets are plain words. */
const fileName = ({ asset, number }: Version, what: string): string => `${asset}-${number}-${what}`;

const missing = (reply: FastifyReply, version: string): FastifyReply =>
  reply.code(404).send({
    code: 'MILL_HTTP_NOT_FOUND',
    message: `There is no model version '${version}' with a report.`,
    todo: 'GET / lists what there is.',
  });
