import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Refuses what is asked by a name that is not this server's. A web page that makes its own name lead here (DNS rebinding, CVE-2025-14279) is, to a
 * visitor's browser, at home, and may read every answer; only the name tells it from those who ask rightly. Addresses of numbers, `localhost`
 * and names without a dot, which nobody can register, need not be named.
 */
export function refuseOtherNames(
  names: readonly string[],
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  const own = new Set(names.map((name) => name.toLowerCase()));
  return async ({ hostname }, reply) => {
    const name = hostname.toLowerCase();
    if (!name.includes('.') || isNumeric(name) || name.endsWith('.localhost') || own.has(name))
      return undefined;
    const shown = name.slice(0, 100);
    return reply.code(403).send({
      code: 'MILL_HTTP_HOST',
      message: `This server is not asked by the name '${shown}'.`,
      todo: `If it is one of its names, start it with --allow-host ${shown}.`,
    });
  };
}

const isNumeric = (name: string): boolean => /^\d+(\.\d+){3}$/.test(name) || name.startsWith('[');
