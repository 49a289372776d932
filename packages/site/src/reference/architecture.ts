/**
 * The page of drawings: who imports whom, read from the sources.
 *
 * @module
 */
import { table } from '../markdown.ts';
import type { Page } from '../pages.ts';
import type { PublishedPackage } from '../workspace.ts';
import { drawGraph } from './drawing.ts';
import { folderGraph, packageGraph } from './graph.ts';

/** Packages with fewer parts need no drawing. */
const PARTS_MIN = 6;

/** The page of the package graph and of the folders of every larger package. */
export function createArchitecturePage(packages: readonly PublishedPackage[]): Page {
  const graph = packageGraph(packages);
  const whole = drawGraph(graph, 'Which package imports which', (folder) => `/packages/${folder}.html`);
  const rows = packages.map(({ folder, description }) => {
    const imports = graph.edges.filter(([from]) => from === folder).map(([, to]) => to);
    return [`[${folder}](/packages/${folder}.md)`, description, imports.join(', ') || '–'];
  });
  const parts = packages.flatMap(({ folder, name }) => {
    const inside = folderGraph(folder);
    if (inside.nodes.length < PARTS_MIN) return [];
    const linked = new Set(inside.edges.flat());
    const visible = { ...inside, nodes: inside.nodes.filter((node) => linked.has(node) && node !== 'index') };
    const edges = visible.edges.filter((edge) => !edge.includes('index'));
    const drawing = drawGraph({ nodes: visible.nodes, edges }, `Parts of ${name}`, () => undefined);
    return [`### ${name} {#inside-${folder}}\n\n${drawing}\n`];
  });
  const text = `# Architecture

Drawn from the imports of the sources, types included. An arrow points down, from the one who imports to the one imported; what
a longer way shows too is left out. [Layering rules](/layering.md) says which imports are allowed, and a test holds the sources
to it.

## Packages

${whole}

${table(['Package', 'What it is for', 'Imports'], rows)}
## Inside the packages

Folders end in \`/\`; everything else is one file. The entry \`index\` is left out.

${parts.join('\n')}`;
  return { path: 'reference/architecture.md', source: null, text };
}
