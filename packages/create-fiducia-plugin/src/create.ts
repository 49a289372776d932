/**
 * Writes a new project.
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateError } from './errors.ts';
import { createManifest } from './manifest.ts';
import { protocolNameOf, requirePackageName } from './name.ts';

/** Name of a template: `chain`, validators that take turns; `votes`, blocks that a quorum of votes makes final. */
export type TemplateName = 'chain' | 'votes';

/** Every template. */
export const TEMPLATES: readonly TemplateName[] = ['chain', 'votes'];

/** What to create. */
export interface ProjectOptions {
  /** Folder of the project: one that is not there yet, or an empty one. A `.git` in it does no harm. */
  readonly folder: string;
  /** Name of the package. @defaultValue the last part of the folder */
  readonly name?: string | undefined;
  /** Plugin to begin with. @defaultValue `chain` */
  readonly template?: string | undefined;
}

/** What was created. */
export interface CreatedProject {
  /** Absolute path. */
  readonly folder: string;
  /** Name of the package. */
  readonly name: string;
  /** Name of the protocol, as configurations and headers spell it. */
  readonly protocol: string;
  /** Every file, relative to the folder, sorted. */
  readonly files: readonly string[];
}

const ROOT = new URL('../', import.meta.url);
/** What every template calls its protocol, and its package. */
const PLACEHOLDER = /my-(plugin|package)/g;

/**
 * Writes the files of a new project; nothing is installed, and nothing that is there is touched.
 *
 * @throws {@link CreateError} with `INVALID_NAME`, `UNKNOWN_TEMPLATE`, `FOLDER_NOT_EMPTY` or `FILE_ACCESS`.
 * @example
 * ```ts
 * createProject({ folder: 'fair-turns', template: 'chain' }).protocol; // 'fair-turns'
 * ```
 */
export function createProject(options: ProjectOptions): CreatedProject {
  const folder = resolve(options.folder);
  const name = requirePackageName(options.name ?? basename(folder));
  const protocol = protocolNameOf(name);
  const template = TEMPLATES.find((known) => known === (options.template ?? 'chain'));
  if (template === undefined) throw new CreateError({ code: 'UNKNOWN_TEMPLATE', template: options.template ?? '' });
  requireEmpty(folder);

  const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { version: string };
  const files = new Map<string, string>([
    ['package.json', `${JSON.stringify(createManifest(name, version), null, 2)}\n`],
    ...readTemplate('common'),
    ...readTemplate(template),
  ]);
  const nameIt = (_placeholder: string, kind: string) => (kind === 'plugin' ? protocol : name);
  for (const [path, text] of files) writeNew(join(folder, path), text.replaceAll(PLACEHOLDER, nameIt));
  return { folder, name, protocol, files: [...files.keys()].sort() };
}

function requireEmpty(folder: string): void {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    const reason = codeOf(error) === 'ENOTDIR' ? 'it is not a folder' : String(error);
    throw new CreateError({ code: 'FILE_ACCESS', path: folder, reason });
  }
  const entry = entries.find((found) => found !== '.git');
  if (entry !== undefined) throw new CreateError({ code: 'FOLDER_NOT_EMPTY', folder, entry });
}

/** Files of a template by their path in the project. */
function readTemplate(name: string): readonly (readonly [path: string, text: string])[] {
  const folder = fileURLToPath(new URL(`templates/${name}/`, ROOT));
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    // npm leaves a file called .gitignore out of tarballs.
    const inProject = path.slice(folder.length).replaceAll('\\', '/').replace(/^_/, '.');
    return [inProject, readFileSync(path, 'utf8')];
  });
}

/** Fails rather than to write over a file, whoever made it in the meantime. */
function writeNew(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new CreateError({
      code: 'FILE_ACCESS',
      path,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
