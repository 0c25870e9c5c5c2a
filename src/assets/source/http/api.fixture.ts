import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server on a port of its own that answers as a test says. */
export interface Api {
  readonly url: string;
  /** What was asked, path and query, in order. */
  readonly asked: string[];
  readonly headers: IncomingMessage['headers'][];
  answer(handler: (url: URL, response: ServerResponse, n: number) => void): void;
  close(): Promise<void>;
}

export async function openApi(): Promise<Api> {
  let handler: (url: URL, response: ServerResponse, n: number) => void = (_, response) => response.end('[]');
  const asked: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    asked.push(request.url as string);
    headers.push(request.headers);
    handler(new URL(request.url as string, 'http://localhost'), response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    headers,
    answer: (given) => {
      handler = given;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
}
