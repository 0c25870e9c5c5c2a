import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

// A client process. Requests start by a timetable that was fixed beforehand, whether or not answers have come: a server that
// stalls is charged with everyone who would have come meanwhile. Spoken over bare sockets, so that little of what is
// measured is the client's own.

/** What the client is told, as JSON, in its one argument. */
export interface Timetable {
  readonly port: number;
  readonly path: string;
  /** A file with a JSON array of bodies. */
  readonly bodies: string;
  readonly perSecond: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** What it prints. Latencies are in milliseconds, from the instant in the timetable to the last byte of the answer. */
export interface Measured {
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** How late the client itself was in sending, 99th percentile. */
  readonly clientLateP99: number;
  readonly connections: number;
}

interface Connection {
  readonly socket: Socket;
  /** The request under way. */
  due: number;
  counted: boolean;
  text: string;
}

/** More than this many at once, and requests wait in the client; the wait is counted. */
export const CONNECTIONS = 256;

async function drive(timetable: Timetable): Promise<Measured> {
  const { port, path, perSecond, warmUpSeconds, seconds } = timetable;
  const bodies = JSON.parse(readFileSync(timetable.bodies, 'utf8')) as unknown[];
  const requests = bodies.map((body) => {
    const text = JSON.stringify(body);
    const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`;
    return Buffer.from(head + text);
  });
  const total = Math.round((warmUpSeconds + seconds) * perSecond);
  const warm = Math.round(warmUpSeconds * perSecond);
  const latencies: number[] = [];
  const lateness: number[] = [];
  const free: Connection[] = [];
  const waiting: { due: number; counted: boolean; request: Buffer }[] = [];
  let opened = 0;
  let failed = 0;
  let done = 0;

  const send = (connection: Connection, due: number, counted: boolean, request: Buffer): void => {
    connection.due = due;
    connection.counted = counted;
    connection.text = '';
    connection.socket.write(request);
  };
  const settle = (connection: Connection, ok: boolean): void => {
    done++;
    if (connection.counted) latencies.push(performance.now() - connection.due);
    if (!ok) failed++;
    const next = waiting.shift();
    if (next) send(connection, next.due, next.counted, next.request);
    else free.push(connection);
  };
  const open = (): Connection => {
    opened++;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const connection: Connection = { socket, due: 0, counted: false, text: '' };
    socket.setEncoding('latin1').on('data', (text: string) => {
      connection.text += text;
      const head = connection.text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(connection.text)?.[1]);
      if (connection.text.length >= head + 4 + length)
        settle(connection, connection.text.startsWith('HTTP/1.1 200'));
    });
    socket.on('error', (error) => {
      throw error;
    });
    return connection;
  };

  const nap = new Int32Array(new SharedArrayBuffer(4));
  const began = performance.now() + 50;
  for (let i = 0; i < total; ) {
    const now = performance.now();
    for (; i < total && began + (i * 1000) / perSecond <= now; i++) {
      const due = began + (i * 1000) / perSecond;
      const request = requests[i % requests.length] as Buffer;
      const counted = i >= warm;
      if (counted) lateness.push(now - due);
      const connection = free.pop() ?? (opened < CONNECTIONS ? open() : undefined);
      if (connection) send(connection, due, counted, request);
      else waiting.push({ due, counted, request });
    }
    // Timers are a millisecond coarse and spinning takes a core from the server: sleep a tenth, look for answers, go on.
    Atomics.wait(nap, 0, 0, 0.1);
    await new Promise(setImmediate);
  }
  const patience = performance.now() + 10_000;
  while (done < total && performance.now() < patience)
    await new Promise((resolve) => setTimeout(resolve, 10));
  if (done < total) throw new Error(`${total - done} of ${total} requests were never answered`);
  latencies.sort((a, b) => a - b);
  lateness.sort((a, b) => a - b);
  const at = (values: readonly number[], share: number): number =>
    values[Math.min(values.length - 1, Math.floor(values.length * share))] as number;
  return {
    requests: latencies.length,
    failed,
    p50: at(latencies, 0.5),
    p99: at(latencies, 0.99),
    p999: at(latencies, 0.999),
    max: at(latencies, 1),
    clientLateP99: at(lateness, 0.99),
    connections: opened,
  };
}

if (import.meta.main) {
  const measured = await drive(JSON.parse(process.argv[2] as string) as Timetable);
  process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0));
}
