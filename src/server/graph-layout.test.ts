import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Graph, Node } from '../graph/index.ts';
import { drawGraph } from './graph-drawing.ts';
import { layOut } from './graph-layout.ts';

/** A graph of nodes n0, n1, …; each with its inputs among the ones before. */
function graphOf(inputs: readonly (readonly number[])[]): Graph {
  const nodes = inputs.map((from, i) => {
    const names = [...new Set(from)].filter((j) => j < i).map((j) => `n${j}`);
    return [`n${i}`, { name: `n${i}`, kind: 'table', inputs: names } as unknown as Node] as const;
  });
  return { name: 'any', nodes: new Map(nodes) };
}

const anyGraph = fc.array(fc.array(fc.nat(14), { maxLength: 4 }), { maxLength: 15 }).map(graphOf);

/** Everything a node is built from, near or far. */
function behind(graph: Graph, name: string): Set<string> {
  const found = new Set<string>();
  for (const input of graph.nodes.get(name)?.inputs ?? []) {
    found.add(input);
    for (const far of behind(graph, input)) found.add(far);
  }
  return found;
}

test('a line: sources left, what is built from them right of it', () => {
  const { nodes, lines } = layOut(graphOf([[], [0], [0, 1], [2, 0]]));
  assert.deepEqual(
    nodes.map(({ name, column }) => [name, column]),
    [
      ['n0', 0],
      ['n1', 1],
      ['n2', 2],
      ['n3', 3],
    ],
  );
  // n0 → n2 and n0 → n3 say nothing new.
  assert.deepEqual(
    lines.map((line) => line.map(({ name }) => name)),
    [
      ['n0', 'n1'],
      ['n1', 'n2'],
      ['n2', 'n3'],
    ],
  );
});

test('whatever the graph: every node once, right of its inputs, no two in one place, and lines say all and nothing else', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const { nodes, lines } = layOut(graph);
      assert.deepEqual(
        nodes.map(({ name }) => name),
        [...graph.nodes.keys()],
      );
      const column = new Map(nodes.map((node) => [node.name, node.column]));
      for (const { name, inputs } of graph.nodes.values())
        for (const input of inputs) assert.ok((column.get(input) ?? 0) < (column.get(name) ?? 0));
      const taken = [...nodes, ...lines.flatMap((line) => line.slice(1, -1))].map(
        (at) => `${at.column}/${at.row}`,
      );
      assert.equal(new Set(taken).size, taken.length, 'a line runs through a box');
      for (const line of lines)
        line.forEach((at, i) => {
          assert.equal(at.column, (line[0]?.column ?? 0) + i, 'a column left out');
        });
      // What can be reached along the lines is what each node is built from.
      const drawn = graphOf([]);
      const along = new Map([...graph.nodes.keys()].map((name) => [name, [] as string[]]));
      for (const line of lines) along.get(line.at(-1)?.name ?? '')?.push(line[0]?.name ?? '');
      for (const [name, inputs] of along)
        (drawn.nodes as Map<string, Node>).set(name, { name, inputs } as unknown as Node);
      for (const name of graph.nodes.keys())
        assert.deepEqual([...behind(drawn, name)].sort(), [...behind(graph, name)].sort());
    }),
    { numRuns: 200 },
  );
});

test('the drawing has finite measures, also of nothing', () => {
  for (const graph of [graphOf([]), graphOf([[]]), graphOf([[], [], [0, 1], [2, 0]])]) {
    const { html } = drawGraph(graph, (name) => name === 'n0');
    assert.doesNotMatch(html, /NaN|Infinity|undefined/);
    assert.equal(html.match(/<rect/g)?.length ?? 0, graph.nodes.size);
    assert.equal(html.match(/class="live"/g)?.length ?? 0, graph.nodes.has('n0') ? 1 : 0);
  }
});
