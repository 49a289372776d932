/**
 * Graphs of real imports: between packages, and between the folders of one.
 *
 * @module
 */
import { posix } from 'node:path';
import ts from 'typescript';
import type { PublishedPackage } from '../workspace.ts';
import { readSourceFiles, type Source } from './source.ts';

/** A directed graph without multiple edges; nodes in order of appearance. */
export interface Graph {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** Which published package imports which, by folder name. */
export function packageGraph(packages: readonly PublishedPackage[]): Graph {
  const folderOf = new Map(packages.map(({ name, folder }) => [name, folder]));
  const edges = packages.flatMap(({ folder }) =>
    readSourceFiles(folder).flatMap((source) =>
      importsOf(source).flatMap((specifier) => {
        const to = folderOf.get(specifier.split('/').slice(0, 2).join('/'));
        return to === undefined || to === folder ? [] : [[folder, to] as const];
      }),
    ),
  );
  return createGraph(
    packages.map(({ folder }) => folder),
    edges,
  );
}

/** Which folder or top-level file of a package imports which. */
export function folderGraph(folder: string, sources: readonly Source[] = readSourceFiles(folder)): Graph {
  const base = `packages/${folder}/src/`;
  const partOf = (path: string): string => {
    const [first = '', ...rest] = path.slice(base.length).split('/');
    return rest.length === 0 ? posix.basename(first, '.ts') : `${first}/`;
  };
  const edges = sources.flatMap((source) =>
    importsOf(source)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.join(posix.dirname(source.path), specifier))
      .filter((path) => path.startsWith(base))
      .map((path) => [partOf(source.path), partOf(path)] as const)
      .filter(([from, to]) => from !== to),
  );
  return createGraph([...new Set(sources.map(({ path }) => partOf(path)))], edges);
}

function createGraph(nodes: readonly string[], edges: readonly (readonly [string, string])[]): Graph {
  const distinct = new Map(edges.map((edge) => [edge.join(' '), edge]));
  return { nodes: [...nodes].sort(), edges: [...distinct.values()].sort((a, b) => (a.join() < b.join() ? -1 : 1)) };
}

function importsOf({ tree }: Source): readonly string[] {
  return tree.statements.flatMap((node) =>
    (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
    node.moduleSpecifier !== undefined &&
    ts.isStringLiteral(node.moduleSpecifier)
      ? [node.moduleSpecifier.text]
      : [],
  );
}

/** Whether edges lead from one node to another. */
function createReach({ edges }: Graph): (from: string, to: string, without?: string) => boolean {
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  return (from, to, without) => {
    const seen = new Set([from, without]);
    const queue = [from];
    for (const node of queue) {
      if (node === to) return true;
      for (const other of next.get(node) ?? []) {
        if (seen.has(other)) continue;
        seen.add(other);
        queue.push(other);
      }
    }
    return false;
  };
}

/** The graph without edges that a longer way shows too. Edges on a cycle stay. */
export function reduceGraph(graph: Graph): Graph {
  const reaches = createReach(graph);
  const isNeeded = ([from, to]: readonly [string, string]): boolean =>
    reaches(to, from) ||
    !graph.edges.some(([start, middle]) => start === from && middle !== to && reaches(middle, to, from));
  return { nodes: graph.nodes, edges: graph.edges.filter(isNeeded) };
}

/** Rows of nodes such that edges lead downwards, except those on a cycle. */
export function layersOf(graph: Graph): readonly (readonly string[])[] {
  const reaches = createReach(graph);
  const downwards = graph.edges.filter(([from, to]) => !reaches(to, from));
  const height = new Map<string, number>();
  const heightOf = (node: string): number => {
    const known = height.get(node);
    if (known !== undefined) return known;
    const below = downwards.filter(([from]) => from === node).map(([, to]) => heightOf(to));
    const own = Math.max(-1, ...below) + 1;
    height.set(node, own);
    return own;
  };
  const rows = [...new Set(graph.nodes.map(heightOf))].sort((a, b) => b - a);
  return rows.map((row) => graph.nodes.filter((node) => heightOf(node) === row));
}
