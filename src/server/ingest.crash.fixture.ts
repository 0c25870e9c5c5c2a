/**
 * A server that brings posted rows to the lake all the time, until it is killed. It says its address on standard output:
 * node ingest.crash.fixture.ts FOLDER
 */
import { createServer } from './app.ts';
import { openDoor } from './ingest.fixture.ts';

const { graph, workspace } = await openDoor(process.argv[2] as string);
const app = await createServer(graph, workspace, {
  onError: (error) => void process.stderr.write(`${error}\n`),
  ingest: { every: 30, rows: 20_000, mostBehind: 50_000 },
});
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
