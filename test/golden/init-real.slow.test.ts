import { after, before } from 'node:test';
import { holdsFor, type InitBench, openInitBench } from './init.fixture.ts';

let bench: InitBench;
before(async () => {
  bench = await openInitBench();
});
after(() => bench.close());

holdsFor(() => bench, 'adult-census', 'adult.*.csv.gz', 48_842);
holdsFor(() => bench, 'online-retail', '*.csv.gz', 541_909);
holdsFor(() => bench, 'uci-credit-default', '*.csv.gz', 30_000);
holdsFor(() => bench, 'nycflights13', '*.csv*', 336_776 + 26_115 + 3322 + 1458 + 16);
holdsFor(() => bench, 'nyc-taxi-samples', '*.csv.gz', 120_000);
