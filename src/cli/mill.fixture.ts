import { runCli } from './program.ts';

// A process that runs one command line after the other, each as if it were alone: loading everything anew for each would
// take most of a test's time.

const { stdout, stderr } = process;

process.on('message', async (args: string[]) => {
  const said = { stdout: '', stderr: '' };
  stdout.write = (text) => {
    said.stdout += String(text);
    return true;
  };
  stderr.write = (text) => {
    said.stderr += String(text);
    return true;
  };
  const code = await runCli(args);
  process.send?.({ code, signal: null, ...said });
});
