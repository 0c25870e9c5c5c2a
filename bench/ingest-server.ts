import { col, kinds, source, stream } from '../src/assets/index.ts';
import { checked, openWorkspace, type Project } from '../src/graph/index.ts';
import { createServer } from '../src/server/index.ts';

// The server of bench/ingest.ts, in a process of its own: prints its address.

await serve(process.argv[2] as string);

async function serve(folder: string): Promise<void> {
  const columns = {
    id: col.string().length(1, 20),
    card: col.string(),
    amount: col.double().between(0, 50_000),
    country: col.string().oneOf('US', 'DE', 'IN', 'FR'),
    items: col.integer().nullable(),
    at: col.timestamp(),
  };
  const plain = source('plain', { from: stream(), columns, eventTime: 'at' });
  const patterned = source('patterned', {
    from: stream(),
    columns: { ...columns, id: col.string().matches(/^p\d+$/) },
  });
  const project = {
    name: 'ingest',
    assets: { plain, patterned },
    place: { file: 'x', line: 1, column: 1 },
  } as unknown as Project;
  const workspace = await openWorkspace(folder, { MILLRACE_MEMORY: '1GB' });
  const graph = await checked(project, kinds, workspace.engine);
  // The lake's part is measured by the load; here it waits.
  const ingest = { every: 3_600_000, rows: 1e9, mostBehind: 1e9 };
  const app = await createServer(graph, workspace, { ingest, onError: (error) => console.error(error) });
  console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
}
