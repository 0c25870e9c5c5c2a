import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { blocksOf } from './blocks.ts';
import { documents, filesUnder, root, textOf } from './tree.ts';

const written = documents();

test('relative links lead somewhere', { skip: written.length === 0 && 'no documents yet' }, () => {
  const broken = written.flatMap((file) =>
    linksOf(prose(file))
      .filter((link) => !leads(file, link))
      .map((link) => `${file}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

const shown = ['README.md', ...filesUnder(['docs/guide'], '.md')].flatMap((file) =>
  blocksOf(file, textOf(file) ?? ''),
);
const noBlocks = shown.length === 0 ? 'no TypeScript in README.md or docs/guide/ yet' : false;
const noDoor = textOf('src/index.ts') === undefined ? 'no src/index.ts yet' : false;

test('the TypeScript in README and guide compiles', { skip: noBlocks || noDoor }, (t) => {
  for (const { place } of shown.filter(({ fragment }) => fragment))
    t.diagnostic(`${place}: a fragment, not compiled`);
  mkdirSync(join(root, '.toolchain'), { recursive: true });
  // Inside the checkout, so that 'millrace' means this package and its dependencies are found.
  const folder = mkdtempSync(join(root, '.toolchain', 'documents-'));
  try {
    for (const { file, text } of shown.filter(({ fragment }) => !fragment)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const config = {
      extends: '../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false, rootDir: '../..', typeRoots: ['../../node_modules/@types'] },
      include: ['**/*.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const done = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    // Lines are those of the document: a block is padded to where it stands.
    assert.equal(done.status, 0, `\n${done.stdout}${done.stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A document without its code, in which a bracket is no link. */
function prose(file: string): string {
  return (textOf(file) ?? '').replace(/^(```+|~~~+).*?^\1/gms, '').replace(/`[^`\n]*`/g, '``');
}

function linksOf(text: string): string[] {
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const named = [...text.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)];
  const html = [...text.matchAll(/\b(?:src|href)="([^"]+)"/g)];
  return [...inline, ...named, ...html].map((match) => match[1]!).filter((link) => !/^[a-z]+:/i.test(link));
}

function leads(from: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string | undefined];
  const target = path === '' ? from : join(dirname(from), decodeURI(path)).replaceAll('\\', '/');
  if (target.startsWith('..') || !existsSync(join(root, target))) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(target).has(anchor);
}

/** The anchors GitHub gives to headings. */
function anchorsOf(file: string): Set<string> {
  return new Set(
    [...(textOf(file) ?? '').matchAll(/^#+\s+(.+)$/gm)].map((match) =>
      match[1]!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}
