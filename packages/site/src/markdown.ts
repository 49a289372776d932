/**
 * What the site needs to know about a Markdown text: headings, links, code blocks.
 *
 * @module
 */

/** A fenced block of code. */
export interface CodeBlock {
  /** What stands after the opening fence, e.g. `ts` or `ts fragment`. */
  readonly info: string;
  /** Number of the first line of code, from 1. */
  readonly line: number;
  readonly text: string;
}

/** A heading with the anchor that leads to it. */
interface Heading {
  readonly level: number;
  readonly text: string;
  readonly anchor: string;
}

/** A link as it is written; images count too. */
export interface Link {
  readonly text: string;
  readonly target: string;
}

const FENCE = /^( *)(`{3,}|~{3,})\s*(.*)$/;

/** Calls `onText` for every line outside code blocks and `onCode` for every block. Lines count from 1. */
function scan(text: string, onText: (line: string, number: number) => void, onCode: (block: CodeBlock) => void): void {
  let open: { fence: string; indent: number; info: string; start: number; lines: string[] } | undefined;
  text.split('\n').forEach((line, index) => {
    const [, indent = '', fence = '', info = ''] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      if (fence === '') onText(line, index + 1);
      else open = { fence, indent: indent.length, info: info.trim(), start: index + 2, lines: [] };
    } else if (fence.startsWith(open.fence) && info === '') {
      onCode({ info: open.info, line: open.start, text: open.lines.map((code) => `${code}\n`).join('') });
      open = undefined;
    } else open.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))));
  });
}

/** All blocks of code, in order. */
export function codeBlocksOf(text: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  scan(
    text,
    () => {},
    (block) => blocks.push(block),
  );
  return blocks;
}

/** All headings, in order, with anchors that are unique in the text. */
export function headingsOf(text: string): readonly Heading[] {
  const headings: Heading[] = [];
  const used = new Map<string, number>();
  const onText = (line: string): void => {
    const [, marks = '', title = ''] = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (marks === '') return;
    const [, words = title, own] = /^(.*?)\s*\{#([\w-]+)\}$/.exec(title) ?? [];
    const plain = plainText(words);
    const slug = own ?? slugOf(plain);
    const count = used.get(slug);
    used.set(slug, (count ?? 0) + 1);
    headings.push({ level: marks.length, text: plain, anchor: count === undefined ? slug : `${slug}-${count}` });
  };
  scan(withoutFrontMatter(text), onText, () => {});
  return headings;
}

/** Every anchor that a link into the text may name: those of headings and the explicit ones. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set(headingsOf(text).map(({ anchor }) => anchor));
  for (const match of text.matchAll(/\b(?:id|name)="([^"]+)"/g)) anchors.add(match[1] ?? '');
  return anchors;
}

const LINK = /(!?\[(?:[^[\]]|\[[^\]]*\])*\])\(([^()\s]*(?:\([^()\s]*\))?[^()\s]*)((?:\s+"[^"]*")?)\)/g;

/** All links, in order. */
export function linksOf(text: string): readonly Link[] {
  const links: Link[] = [];
  mapLinks(text, (link) => {
    links.push(link);
    return link.target;
  });
  return links;
}

/** The text with every link target replaced by what `map` says; `null` leaves the words and takes the link away. */
export function mapLinks(text: string, map: (link: Link) => string | null): string {
  const lines = text.split('\n');
  scan(
    text,
    (line, number) => {
      // A bracket in code is no link.
      const codes: string[] = [];
      const hidden = line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, (code) => `\uE000${codes.push(code) - 1}\uE000`);
      const show = (part: string): string =>
        part.replace(/\uE000(\d+)\uE000/g, (_whole, index) => codes[Number(index)] ?? '');
      const mapped = hidden.replace(LINK, (_whole, label: string, target: string, title: string) => {
        const words = label.slice(label.indexOf('[') + 1, -1);
        const to = map({ text: show(words), target: show(target) });
        return to === null ? words : `${label}(${to}${title})`;
      });
      lines[number - 1] = show(mapped);
    },
    () => {},
  );
  return lines.join('\n');
}

/** The first heading of the first level; `fallback` if there is none. */
export function titleOf(text: string, fallback: string): string {
  return headingsOf(text).find(({ level }) => level === 1)?.text ?? fallback;
}

/** Anchor of a heading, by the rule of the common repository hosts, so that links work there and on the site. */
export function slugOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}

/** Text as a reader sees it, without marks of code, emphasis and links. */
function plainText(markdown: string): string {
  return markdown
    .replace(/!?\[((?:[^[\]]|\[[^\]]*\])*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]+>/g, '')
    .replace(/(\*\*|__|`)/g, '')
    .replace(/\\([\\`*_{}[\]()#+\-.!<>])/g, '$1');
}

/** A cell of a table: no line break, no bar that would end it. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
}

/** Front matter of pages that consist of wide tables. */
export const WIDE = '---\naside: false\npageClass: tables\n---\n';

/** A table from a head and rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

function withoutFrontMatter(text: string): string {
  return text.replace(/^---\n.*?\n---\n/s, '');
}
