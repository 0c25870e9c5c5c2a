import { dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { graphOf, type Project, specOf } from '../../src/graph/index.ts';

/** Longest line that an object or list is written on. */
const WIDTH = 120;

/** The plain form of a project's file as text; places are relative to its folder. */
export async function plainForm(file: string): Promise<string> {
  const { default: project } = (await import(pathToFileURL(file).href)) as { default: Project };
  const spec = JSON.stringify(specOf(graphOf(project)), (key, value: unknown) =>
    key === 'file' ? relative(dirname(file), String(value)) : value,
  );
  return `${layOut(JSON.parse(spec), '')}\n`;
}

/** JSON with what fits on one line on one line. */
function layOut(value: unknown, indent: string): string {
  const flat = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ');
  if (value === null || typeof value !== 'object' || indent.length + flat.length <= WIDTH) return flat;
  const deeper = `${indent}  `;
  const inside = Array.isArray(value)
    ? value.map((item) => layOut(item, deeper))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${layOut(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${inside.map((line) => deeper + line).join(',\n')}\n${indent}${close}`;
}
