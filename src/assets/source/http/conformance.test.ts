import { connectorConformance } from '../connector.conformance.ts';
import { openItems, traits } from './conformance.fixture.ts';
import { http } from './declare.ts';

connectorConformance(
  'http, everything in linked pages',
  () => openItems((url) => http({ url: `${url}/linked`, paging: 'link' })),
  traits(true),
);
connectorConformance(
  'http, what is new and five minutes before, in pages by cursor',
  () =>
    openItems((url) =>
      http({
        url: `${url}/cursored`,
        records: '/items',
        paging: { cursor: 'after', next: '/meta/next' },
        since: { param: 'since', cursor: 'at', lookBack: '5m' },
      }),
    ),
  traits(false),
);
