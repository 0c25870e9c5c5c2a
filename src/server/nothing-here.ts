import type { FastifyInstance } from 'fastify';
import { nearest } from '../base/index.ts';

/** What is said where there is nothing: the nearest endpoint, or that something there is asked with POST. */
export function addNothingHere(
  app: FastifyInstance,
  endpoints: readonly { readonly name: string }[],
  streams: readonly { readonly name: string }[],
): void {
  const names = endpoints.map(({ name }) => name);
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const asked = /^\/v1\/predict\/([^/]*)$/.exec(path)?.[1] ?? '';
    const known = names.includes(asked) || streams.some(({ name }) => path === `/v1/ingest/${name}`);
    if (known) reply.header('allow', 'POST');
    const near = asked === '' ? undefined : nearest(asked.slice(0, 100), names);
    return reply.code(known ? 405 : 404).send({
      code: 'MILL_HTTP_NOT_FOUND',
      message: known
        ? `${path} is asked with POST, not ${request.method}.`
        : `There is nothing at ${request.method} ${path.slice(0, 200)}${near ? `; there is /v1/predict/${near}` : ''}.`,
      todo: 'GET / lists what there is.',
    });
  });
}
