/**
 * Guides as programs: the fences of a Markdown file that name a file, a change of it, or what the kit says.
 *
 * ```` ```ts file=src/rules.ts ````: the whole file · ```` ```diff file=… mistake=… ````: a mistake, planted ·
 * ```` ```diff file=… change=… ````: a step of a change · ```` ```text mistake=… item=CK-01 ````: what is printed then.
 *
 * @module
 */

/** One fence. */
export interface Fence {
  readonly language: string;
  /** Words after the language, `name=value`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Its lines, with the last line break. */
  readonly text: string;
  /** Line in the Markdown file, for error messages. */
  readonly line: number;
}

/** Files of a project by path. */
export type Files = ReadonlyMap<string, string>;

const FENCE = /^```(\w+)((?: \w+=\S+)*)\n(.*?)^```$/gms;

/** All fences of a guide. */
export function fencesOf(markdown: string): readonly Fence[] {
  return [...markdown.matchAll(FENCE)].map(({ 1: language = '', 2: words = '', 3: text = '', index }) => ({
    language,
    attributes: Object.fromEntries(
      words
        .trim()
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => word.split('=', 2)),
    ),
    text,
    line: markdown.slice(0, index).split('\n').length,
  }));
}

/** The files that a guide has the reader write. */
export function filesOf(fences: readonly Fence[]): Files {
  const whole = fences.filter(({ language, attributes }) => language !== 'diff' && attributes.file !== undefined);
  return new Map(whole.map(({ attributes, text }) => [attributes.file ?? '', text]));
}

/** Values of an attribute, each once, in their order. */
export function valuesOf(fences: readonly Fence[], attribute: string): readonly string[] {
  return [...new Set(fences.flatMap(({ attributes }) => attributes[attribute] ?? []))];
}

/**
 * Applies a fence of language `diff`: its lines with `-` or a space have to stand in the file exactly once.
 *
 * @throws Error naming the line of the guide.
 */
export function applyDiff(files: Files, { attributes, text, line }: Fence): Files {
  const path = attributes.file ?? '';
  const before = files.get(path);
  if (before === undefined) throw new Error(`line ${line}: there is no file ${path} to change`);
  const lines = text.trimEnd().split('\n');
  const side = (sign: string): string =>
    lines
      .filter((changed) => changed === '' || changed.startsWith(sign) || changed.startsWith(' '))
      .map((changed) => `${changed.slice(1)}\n`)
      .join('');
  const parts = before.split(side('-'));
  if (parts.length !== 2)
    throw new Error(`line ${line}: ${parts.length - 1} places in ${path} look like this:\n${side('-')}`);
  return new Map(files).set(path, parts.join(side('+')));
}
