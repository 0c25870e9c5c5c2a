import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Audit, coverageOf, featuresVersionOf, type Prediction } from '../assets/index.ts';
import { SECOND } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';

/** Seconds an answer takes: from what a look-up in memory takes to what nobody waits for. */
const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What this process counts. Others count their own: who collects them adds them up. */
export interface Meters {
  predicted(prediction: Prediction): void;
  audited(audit: Audit): void;
  readonly registry: Registry;
}

/** @param headRows rows that are durable and not in the lake, by source */
export function openMeters(
  graph: Graph,
  { state, online, clock }: Workspace,
  headRows: () => Iterable<readonly [source: string, rows: number]>,
): Meters {
  const registry = new Registry();
  const registers = [registry];
  const predictions = new Counter({
    name: 'millrace_predictions_total',
    help: 'Predictions answered.',
    labelNames: ['endpoint'],
    registers,
  });
  const seconds = new Histogram({
    name: 'millrace_prediction_seconds',
    help: 'How long an answer took, from look-up to score.',
    labelNames: ['endpoint'],
    buckets: LATENCIES,
    registers,
  });
  const feature = ['endpoint', 'asset', 'feature'] as const;
  const audited = new Counter({
    name: 'millrace_features_audited_total',
    help: 'Feature values that were computed again and held against what was served.',
    labelNames: feature,
    registers,
  });
  const equal = new Counter({
    name: 'millrace_features_equal_total',
    help: 'Of these, values that were the same to the last bit.',
    labelNames: feature,
    registers,
  });
  const differing = new Counter({
    name: 'millrace_features_differing_total',
    help: 'Audited values that were not the same, or could not be compared, by cause.',
    labelNames: [...feature, 'cause'],
    registers,
  });
  new Gauge({
    name: 'millrace_head_rows',
    help: 'Rows that are acknowledged and not yet in the lake, as far as this process knows.',
    labelNames: ['source'],
    registers,
    collect() {
      this.reset();
      for (const [source, rows] of headRows()) this.set({ source }, rows);
    },
  });
  new Gauge({
    name: 'millrace_coverage_age_seconds',
    help: 'How long ago the states of features were last brought up to their dataset.',
    labelNames: ['asset'],
    registers,
    async collect() {
      this.reset();
      for (const { name, kind } of graph.nodes.values()) {
        const live = kind === 'features' ? state.live(name) : undefined;
        const stands = live && (await online.coverage(featuresVersionOf(live).space).catch(() => undefined));
        if (stands !== undefined) this.set({ asset: name }, (clock.now() - coverageOf(stands).from) / SECOND);
      }
    },
  });
  return {
    registry,
    predicted({ endpoint, latencyMs }) {
      predictions.inc({ endpoint });
      seconds.observe({ endpoint }, latencyMs / 1000);
    },
    audited({ asked, model, features }) {
      // A look-up has no endpoint.
      const endpoint = model === null ? '' : asked;
      for (const { asset, feature: name, equal: same, explanation } of features) {
        const labels = { endpoint, asset, feature: name };
        if (same !== null) audited.inc(labels);
        if (same) equal.inc(labels);
        if (explanation !== null) differing.inc({ ...labels, cause: explanation.cause });
      }
    },
  };
}

/** `GET /metrics`, for Prometheus. No value of a row, and nothing of who asked. */
export function addMetrics(app: FastifyInstance, { registry }: Meters): void {
  app.get('/metrics', async (_request, reply) =>
    reply
      .type(registry.contentType)
      .header('cache-control', 'no-store')
      .send(await registry.metrics()),
  );
}
