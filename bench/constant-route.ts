import { readFileSync } from 'node:fs';
import Fastify from 'fastify';

// A Fastify route that answers a constant: what HTTP and JSON alone cost here. node bench/constant-route.ts [PATH FILE]; the file has the
// constant as JSON.
const [path = '/v1/predict/screen', file] = process.argv.slice(2);
const app = Fastify();
const constant: object =
  file === undefined
    ? {
        id: '01',
        version: 'screen@1',
        model: 'fraud@1',
        asOf: '2026-10-01T00:00:00.000Z',
        probability: 0.01,
        decision: false,
      }
    : JSON.parse(readFileSync(file, 'utf8'));
app.post(path, () => constant);
console.log(`Serving at ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
process.once('SIGTERM', () => app.close());
