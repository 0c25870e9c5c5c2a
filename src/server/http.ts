import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { hasEscapedName, parseJson } from '../base/index.ts';
import { isInstantText } from './ask-schema.ts';
import { refuseOtherNames } from './host-guard.ts';
import { unroutedForm } from './mlflow/index.ts';
import { refusalOf, stoppingRefusal, unroutedRefusal } from './refusal.ts';

/** Largest request body accepted, in bytes. */
const BODY_LIMIT = 256 * 1024;
/** Longest name in a path, in UTF-16 units: the key of a tag in MLflow's registry has up to 250 characters, each perhaps two of them. */
const LONGEST_NAME = 500;
/** Longest a request may take to arrive, in milliseconds: a stalled sender must not keep the server from stopping. */
const REQUEST_TIMEOUT = 30_000;
/** How long after it is told to stop a server still listens to those who have begun to ask, in milliseconds. */
const LAST_WORDS = 5_000;

/**
 * A server without routes: what it accepts, how it refuses, and how it stops. What no caller is told of goes to `onError`; `names` are those it is
 * asked by, see `refuseOtherNames`.
 */
export function openHttp(onError: (error: unknown) => void, names: readonly string[]): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    // We say so ourselves, in our own form.
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_NAME },
    frameworkErrors: (error, { url }, reply: FastifyReply) => {
      const { status, body } = unroutedRefusal(error, url);
      return reply.code(status).send(unroutedForm(url, body.message) ?? body);
    },
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        allErrors: false,
        // With the value at fault, so that it can be said; and a field named like something of Object's prototype can be missing.
        verbose: true,
        ownProperties: true,
      },
      onCreate: (ajv) => void ajv.addFormat('date-time', { validate: isInstantText }),
    },
  });
  app.removeContentTypeParser('text/plain');
  const plain = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    const read = hasEscapedName(body) ? readAnew(body) : undefined;
    if (read === undefined) return plain(request, body, done);
    plain(request, read.text, (error) => (error ? done(error) : done(null, read.value)));
  });
  let stopping = false;
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    // A connection kept alive would keep the server from stopping until it is given up, 72 s later.
    if (stopping) reply.header('connection', 'close');
  });
  app.addHook('onRequest', async (_request, reply) => {
    if (!stopping) return;
    const { status, body } = stoppingRefusal;
    return reply.code(status).header('retry-after', '1').send(body);
  });
  app.addHook('onRequest', refuseOtherNames(names));
  app.addHook('preClose', async () => {
    stopping = true;
    setTimeout(() => app.server.closeAllConnections(), LAST_WORDS).unref();
  });
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = refusalOf(error);
    if (status === 500) onError(error);
    if (status === 503) reply.header('retry-after', '1');
    return reply.code(status).send(body);
  });
  return app;
}

/**
 * What a text says, and the same with no more escapes in names than there must be, for the usual parser to refuse names by. Undefined where that
 * parser is to refuse it as it is: no JSON, or so deep that nobody writes it again.
 */
function readAnew(text: string): { readonly value: unknown; readonly text: string } | undefined {
  try {
    const value = parseJson(text);
    return { value, text: JSON.stringify(value) };
  } catch {
    return undefined;
  }
}
