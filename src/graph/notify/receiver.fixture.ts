import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server that takes documents, and answers as it is told. */
export interface Receiver {
  readonly url: string;
  /** What came, in order. */
  readonly came: {
    readonly body: unknown;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[];
  /** Told the number of the request, from 1. Default: 200. */
  answer(handler: (response: ServerResponse, n: number) => void): void;
  close(): Promise<void>;
}

const thanks = (response: ServerResponse): void => {
  response.end('ok');
};

/** Open until it is closed. @param port 0 for any */
export async function openReceiver(port = 0): Promise<Receiver> {
  let handler: (response: ServerResponse, n: number) => void = thanks;
  const came: Receiver['came'] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      came.push({ body: JSON.parse(text), path: request.url ?? '', headers: request.headers });
      handler(response, came.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came,
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
