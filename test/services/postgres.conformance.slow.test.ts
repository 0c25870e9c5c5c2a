import { after, before } from 'node:test';
import type { Connector } from '../../src/assets/index.ts';
import { connectorConformance, type OutsideBench } from '../../src/assets/source/connector.conformance.ts';
import { env, postgres } from '../../src/index.ts';
import { noPostgres, openPostgres, type Server, sqlOf } from './postgres.fixture.ts';

let server: Server;
before(async () => {
  if (noPostgres) return;
  server = await openPostgres();
  process.env['CONFORMANCE_PG_URL'] = server.url;
});
after(async () => {
  delete process.env['CONFORMANCE_PG_URL'];
  await server?.close();
});

async function bench(from: Connector): Promise<OutsideBench> {
  const admin = async (work: string, values?: readonly unknown[][]): Promise<void> => {
    const sql = await sqlOf(server.url);
    try {
      await sql.query('begin');
      if (values === undefined) await sql.query(work);
      else for (const row of values) await sql.query(work, row);
      await sql.query('commit');
    } finally {
      await sql.end();
    }
  };
  await admin('drop table if exists items; create table items (id text, n text, at timestamptz, extra text)');
  let name = 'n';
  return {
    from,
    put: async (items) => {
      await admin('delete from items');
      await admin(
        `insert into items (id, ${name}, at, extra) values ($1, $2, $3, $4)`,
        items.map(({ id, n, at, extra }) => [id, n, at, extra ?? null]),
      );
    },
    rename: async (_, to) => {
      if (to !== name) await admin(`alter table items rename ${name} to ${to}`);
      name = to;
    },
    down: () => server.stop(),
    up: () => server.start(),
    close: async () => {},
  };
}

const url = env('CONFORMANCE_PG_URL');
const down = 'MILL_CONNECTOR_UNREACHABLE';

connectorConformance(
  'postgres, a whole table',
  () => bench(postgres({ url, table: 'public.items' })),
  { forgets: true, replaces: false, down },
  noPostgres,
);
connectorConformance(
  'postgres, a whole query',
  () => bench(postgres({ url, query: 'select * from items order by at; ' })),
  { forgets: true, replaces: false, down },
  noPostgres,
);
connectorConformance(
  'postgres, what is new',
  () => bench(postgres({ url, table: 'items', cursor: 'at' })),
  { forgets: false, replaces: true, down },
  noPostgres,
);
connectorConformance(
  'postgres, what is new and five minutes before',
  () => bench(postgres({ url, query: 'select * from items -- all of them', cursor: 'at', lookBack: '5m' })),
  { forgets: false, replaces: true, down },
  noPostgres,
);
