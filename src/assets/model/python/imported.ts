/**
 * Top-level names that a script imports, wherever it does so. By its text: never less than what it imports by statement, sometimes more (what stands in
 * a docstring). What is imported by a name that is computed is not seen.
 */
export function importedNames(script: string): ReadonlySet<string> {
  const names = new Set<string>();
  // A statement begins a line, or follows another one or the head of a block.
  for (const [, from, list] of script.matchAll(
    /(?:^|[;:])[^\S\n]*(?:from\s+([\w.]+)\s+import\b|import\s+([\w.][^\n;#]*))/gm,
  ))
    for (const one of from === undefined ? (list as string).split(',') : [from]) {
      const [name] = one.trim().split(/[.\s\\]/);
      if (name) names.add(name);
    }
  return names;
}
