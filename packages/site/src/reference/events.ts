/**
 * The table of events: what observers of the host, the ledger and others can listen to, and what they get.
 *
 * @module
 */
import ts from 'typescript';
import { codeBlocksOf, table, WIDE } from '../markdown.ts';
import type { Page } from '../pages.ts';
import { type PublishedPackage, readText } from '../workspace.ts';
import { interfacesOf, type Member, membersOf, readSourceFiles, type Source, textOf } from './source.ts';

/** Name of an interface that maps names of events to what observers get. */
const EVENT_MAP = /Events$|EventMap$/;

/** One event with the fields of its payload. */
interface EventDescription {
  readonly name: string;
  readonly meaning: string;
  readonly fields: readonly string[];
}

/** Every event of a package, by the interface that lists it. */
export function eventsOf(sources: readonly Source[]): ReadonlyMap<string, readonly EventDescription[]> {
  const interfaces = interfacesOf(sources);
  const homes = sources.filter(({ path }) => path.endsWith('/events.ts'));
  const maps = [...interfacesOf(homes).values()].filter(({ name }) => EVENT_MAP.test(name.text));
  const described = maps.map((map) => {
    const events = membersOf(map).map((member) => describeEvent(member, interfaces));
    return [map.name.text, events] as const;
  });
  return new Map(described.filter(([, events]) => events.length > 0));
}

function describeEvent(event: Member, interfaces: ReadonlyMap<string, ts.InterfaceDeclaration>): EventDescription {
  const payload = payloadOf(event.node);
  const declared =
    payload !== undefined && ts.isTypeReferenceNode(payload) ? interfaces.get(textOf(payload)) : undefined;
  const shape = declared ?? (payload !== undefined && ts.isTypeLiteralNode(payload) ? payload : undefined);
  const [own, ...other] = event.comment.text.split('\n');
  // `See {@link X}` says that the meaning stands at the payload.
  const meaning = declared !== undefined && /^See /.test(own ?? '') ? commentText(declared) : [own, ...other].join(' ');
  const fields = (shape === undefined ? [] : membersOf(shape)).map(({ name, type, comment }) => {
    const words = comment.text.replace(/\.$/, '').replace(/\s+/g, ' ');
    return `\`${name}: ${type}\`${words === '' ? '' : ` – ${words}`}`;
  });
  return { name: event.name, meaning, fields };
}

/** The type of the argument of a listener: `(event: X) => void` or the tuple `[event: X]`. */
function payloadOf(type: ts.TypeNode | undefined): ts.TypeNode | undefined {
  if (type === undefined) return undefined;
  if (ts.isFunctionTypeNode(type)) return type.parameters[0]?.type;
  if (!ts.isTupleTypeNode(type)) return undefined;
  const [element] = type.elements;
  return element !== undefined && ts.isNamedTupleMember(element) ? element.type : element;
}

function commentText(node: ts.InterfaceDeclaration): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .flatMap((doc) => (typeof doc.comment === 'string' ? [doc.comment] : []))
    .join(' ');
}

/** The page of all events, with the traces that the plugins list on their own pages. */
export function createEventsPage(packages: readonly PublishedPackage[]): Page {
  const sections = packages.flatMap(({ name, folder }) =>
    [...eventsOf(readSourceFiles(folder))].map(([map, events]) => {
      const rows = events.map((event) => [`\`${event.name}\``, event.meaning, event.fields.join('<br>')]);
      const title = `## ${name}\n\n[\`${map}\`](/api/${folder}/interfaces/${map}.md)`;
      return `${title}\n\n${table(['Event', 'When', 'Payload'], rows)}`;
    }),
  );
  const traces = packages.flatMap(({ name, folder }) => {
    const found = /^\| Trace .*\n(?:\|.*\n)+/m.exec(readText(`packages/${folder}/README.md`))?.[0];
    return found === undefined ? [] : [`### ${name} {#traces-${folder}}\n\n${found}`];
  });
  const text = `${WIDE}# Events

Observers learn what happened and decide nothing: no listener can change a verdict, and one that throws stops nothing.

${sections.join('\n')}
## Traces of plugins

A plugin says what it does by traces. The host hands them on as the event \`trace\` with the source \`plugin\`.

${traces.join('\n')}`;
  if (codeBlocksOf(text).length > 0) throw new Error('a table of traces has swallowed a block of code');
  return { path: 'reference/events.md', source: null, text };
}
