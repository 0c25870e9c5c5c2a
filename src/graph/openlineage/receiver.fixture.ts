import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LineageEvent } from './event.ts';

/** What a request came to: a status, an answer with headers, or none at all. */
export type Answer =
  | number
  | { readonly status: number; readonly headers: Record<string, string> }
  | 'silence';

/** A real server that takes events. */
export interface Receiver {
  readonly url: string;
  /** What came and was answered with success, in order. */
  readonly taken: LineageEvent[];
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

/** @param answer given the number of the request, from 1 */
export async function openReceiver(answer: (request: number) => Answer = () => 200): Promise<Receiver> {
  const taken: LineageEvent[] = [];
  const requests: Receiver['requests'] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    const given = answer(requests.length);
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    if (given === 'silence') return;
    const { status, headers } = typeof given === 'number' ? { status: given, headers: {} } : given;
    if (status < 300) taken.push(JSON.parse(body) as LineageEvent);
    response.writeHead(status, headers).end('{"said":"something"}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/lineage`,
    taken,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
