import { test } from 'node:test';
import { postUnderKills } from './ingest-kills.fixture.ts';

test('200,000 rows while the server is killed ten times: each is there exactly once', () =>
  postUnderKills(200_000, 10, 20));
