import { Agent, request } from 'node:http';
import type { Size } from './features-data.ts';
import { featuresAsk, featuresPath } from './features-ours.ts';
import { SERVED } from './features-project.ts';
import { featuresProject, featuresServer, NOW } from './features-server.ts';
import { type Result, result } from './results.ts';
import { served } from './server.ts';

const BATCH = 100;
const CLIENTS = 8;
/** Single events whose way is timed, and milliseconds between two of them. */
const PROBES = 500;
const PROBE_EVERY = 20;
/** Milliseconds from sending an event until a look-up has it, 99th percentile. */
const AIM = 20;

/** From POST /v1/ingest to a look-up of features: how many events a second, and how soon each is seen. */
export async function featuresStreaming(folder: string, batches: number): Promise<Result[]> {
  const size: Size = { events: 10_000, asks: 10, entities: 1000 };
  const project = await featuresProject(folder, size);
  return served(featuresServer(project), async (port) => {
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS + 2 });
    const post = posting(port, agent);
    try {
      return [await throughput(post, batches), await delay(post)];
    } finally {
      agent.destroy();
    }
  });
}

type Post = (path: string, body: string, type?: string) => Promise<string>;

const paidAt = new Date(NOW / 1000 - 60_000).toISOString();
const event = (card: string): string => `{"card_id":"${card}","amount":1.5,"paid_at":"${paidAt}"}`;

async function throughput(post: Post, batches: number): Promise<Result> {
  const cards = 100;
  const body = Array.from({ length: BATCH }, (_, i) => event(`busy${i % cards}`)).join('\n');
  const began = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (next++ < batches) await ingest(post, body);
    }),
  );
  // Every card has the same share; the last to be seen ends it.
  for (let i = 0; i < cards; i++) await untilCounted(post, `busy${i}`, (batches * BATCH) / cards);
  const seconds = (performance.now() - began) / 1000;
  const rate = (batches * BATCH) / seconds;
  const aim = 50_000;
  return result(
    `events from ingest in batches of ${BATCH} to a look-up`,
    rate / aim,
    'higher',
    `${Math.round(rate).toLocaleString('en')}/s`,
    `${aim.toLocaleString('en')}/s, the aim of ingest alone`,
  );
}

async function delay(post: Post): Promise<Result> {
  const sent: number[] = [];
  const acknowledged: number[] = [];
  for (let i = 0; i < PROBES; i++) {
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY));
    const card = `probe${i}`;
    const began = performance.now();
    await ingest(post, event(card));
    const known = performance.now();
    await untilCounted(post, card, 1);
    const seen = performance.now();
    sent.push(seen - began);
    acknowledged.push(seen - known);
  }
  const at = (values: readonly number[], share: number): string =>
    (values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] as number).toFixed(2);
  return result(
    'an event from sending it until a look-up has it: p99',
    Number(at(sent, 0.99)) / AIM,
    'lower',
    `${at(sent, 0.99)} ms, p50 ${at(sent, 0.5)} ms; since its acknowledgement ${at(acknowledged, 0.99)} ms, p50 ${at(acknowledged, 0.5)} ms`,
    `the aim of ${AIM} ms`,
  );
}

const ingest = (post: Post, rows: string): Promise<string> =>
  post(`/v1/ingest/${SERVED.posted}`, rows, 'application/x-ndjson');

/** Looks a card up again and again until so many of its events are counted. */
async function untilCounted(post: Post, card: string, events: number): Promise<void> {
  const ask = JSON.stringify(featuresAsk([card]));
  const patience = performance.now() + 60_000;
  for (;;) {
    const counted = countOf(await post(featuresPath(SERVED.arriving), ask));
    if (counted === events) return;
    if (counted > events) throw new Error(`${card} has ${events} events, and ${counted} are counted`);
    if (performance.now() > patience)
      throw new Error(`of ${events} events of ${card} only ${counted} are seen`);
  }
}

/** The count in the answer for one entity. */
function countOf(answer: string): number {
  const found = /"count_1h":(\d+)/.exec(answer)?.[1];
  if (found === undefined) throw new Error(`no count_1h in ${answer.slice(0, 300)}`);
  return Number(found);
}

const posting =
  (port: number, agent: Agent): Post =>
  (path, body, type = 'application/json') =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const asked = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(text)
            : reject(new Error(`POST ${path} answered ${response.statusCode}: ${text.slice(0, 300)}`)),
        );
      });
      asked.on('error', reject);
      asked.end(body);
    });
