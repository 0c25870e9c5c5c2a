import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Longest that an upload may stand still, in milliseconds. */
const STILL = 60_000;

/**
 * An upload may take as long as it moves: the time within which every other request must have arrived is not held against it. What it
 * gives is called with each upload.
 */
export function spareUploads(app: FastifyInstance, still = STILL): (request: FastifyRequest) => void {
  const uploading = new WeakSet<object>();
  const others = app.server.listeners('clientError');
  app.server.removeAllListeners('clientError');
  app.server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Node tells of it once, and leaves the connection to who is told.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && uploading.has(socket)) return;
    for (const other of others) other.call(app.server, error, socket);
  });
  return ({ raw }) => {
    const { socket } = raw;
    uploading.add(socket);
    raw.once('close', () => uploading.delete(socket));
    raw.setTimeout(still, () => socket.destroy());
  };
}
