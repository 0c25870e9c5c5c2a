import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTracking } from '../../store/tracking/index.ts';
import { trackingFindings } from './tracking.ts';

test('a damaged memory of tracked runs is told; one that is whole, or was never made, is not', () => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-'));
  const path = join(home, 'tracking.db');
  try {
    assert.deepEqual(trackingFindings({ home }), []);
    const tracking = openTracking(path);
    for (let i = 0; i < 200; i++) tracking.runs.create({ experiment: '0', name: `run ${i}` });
    tracking.close();
    assert.deepEqual(trackingFindings({ home }), []);
    const bytes = readFileSync(path);
    bytes.fill(7, bytes.length / 2, bytes.length / 2 + 3000);
    writeFileSync(path, bytes);
    const [found] = trackingFindings({ home });
    assert.equal(found?.level, 'broken');
    writeFileSync(path, 'no database at all, but long enough to be looked at as one of these files');
    assert.equal(trackingFindings({ home })[0]?.level, 'broken');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
