import { connectorConformance } from '../connector.conformance.ts';
import { openItems, traits } from './conformance.fixture.ts';
import { http } from './declare.ts';

connectorConformance(
  'http, everything at once',
  () => openItems((url) => http({ url: `${url}/all` })),
  traits(true),
);
connectorConformance(
  'http, what is new in numbered pages',
  () =>
    openItems((url) =>
      http({
        url: `${url}/paged`,
        records: '/data/items',
        paging: { page: 'page' },
        since: { param: 'since', cursor: 'at' },
      }),
    ),
  traits(false),
);
