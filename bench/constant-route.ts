import Fastify from 'fastify';

// A Fastify route that answers a constant: what HTTP and JSON alone cost here.
const app = Fastify();
const constant = {
  id: '01',
  version: 'screen@1',
  model: 'fraud@1',
  asOf: '2026-10-01T00:00:00.000Z',
  probability: 0.01,
  decision: false,
};
app.post('/v1/predict/screen', () => constant);
console.log(`Serving at ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
process.once('SIGTERM', () => app.close());
