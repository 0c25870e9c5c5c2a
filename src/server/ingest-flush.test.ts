import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Intake, OpenHeads } from '../assets/index.ts';
import { newFolder, openTill, removeFolder } from './features.fixture.ts';
import { flushIntakes } from './ingest-flush.ts';

// Counted once more, there are those that were posted since the run was planned.
for (const [since, posted] of [
  ['and no more came', 0],
  ['and more came since', 1],
] as const)
  test(`rows that another process brought since they were counted are held by nobody, ${since}`, () =>
    heldByNobody(posted));

async function heldByNobody(posted: number): Promise<void> {
  const folder = newFolder();
  const till = await openTill(folder);
  try {
    await till.post('payments', [
      { payment_id: 'p1', card_id: 'c', amount: 1, country: 'DE', paid_at: '2026-01-01T00:00:00Z' },
    ]);
    await till.run();
    const { graph, workspace } = till;
    const told: unknown[] = [];
    // It counted a row just before the run above.
    const counts = [1];
    const count = async (): Promise<number> => counts.pop() ?? posted;
    const intake = { source: 'payments', count, behind: () => 0, close() {} } as unknown as Intake;
    const heads = { forget: async () => {} } as unknown as OpenHeads;
    await flushIntakes(graph, workspace, heads, [intake], (error) => told.push(error)).close();
    assert.deepEqual(told, []);
  } finally {
    await till.close();
    removeFolder(folder);
  }
}
