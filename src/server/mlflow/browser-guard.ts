import type { FastifyRequest } from 'fastify';
import { WireError } from './wire-error.ts';

/**
 * Refuses what a web page of somebody else asks through a visitor's browser: a browser says with every such question where it comes from, and a
 * client of MLflow never does. One that has made its own name lead here is refused by that name, like everywhere on this server.
 */
export function refuseOtherSites({ headers }: FastifyRequest): void {
  const { origin, host = '' } = headers;
  if (headers['sec-fetch-site'] === 'cross-site') throw refused();
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  const here = `${from?.protocol}//${host}`;
  // Without what goes without saying: port 80.
  if (from === undefined || !URL.canParse(here) || new URL(here).host !== from.host) throw refused();
}

const refused = () => new WireError('PERMISSION_DENIED', 'Questions from other web sites are not answered.');
