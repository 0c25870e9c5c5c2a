// Loaded into every test file's process: a file whose tests are done but that something keeps alive
// (an open server, a timer) fails after 10 s and says what is open, instead of hanging the run. And every catalog
// that a test makes is checked.
import { after } from 'node:test';
import { watchCatalogs } from '../test/house/every-catalog.ts';

if (process.env.NODE_TEST_CONTEXT && process.argv[1]?.endsWith('.test.ts')) {
  after(() => {
    setTimeout(() => {
      const open = [...new Set(process.getActiveResourcesInfo())].join(', ');
      process.stderr.write(`Still open 10 s after the last test: ${open}\n`);
      process.exit(1);
    }, 10_000).unref();
  });
  // After the runner, whose own word about the exit code would be the last.
  watchCatalogs();
}
