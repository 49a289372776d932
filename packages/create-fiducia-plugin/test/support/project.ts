/**
 * Projects in a folder of their own, on the sources of this repository.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type ConformanceOptions, type ConformanceSubject, recordVectors, runConformance } from '@fiducia/testkit';
import type { Files } from './guide.ts';

const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

/** Folders to put projects into; all go at the end. */
export class Workshop {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fiducia-guide-'));
  #count = 0;

  constructor() {
    symlinkSync(MODULES, join(this.#folder, 'node_modules'));
  }

  /** A new folder that sees the packages of this repository. */
  nextFolder(): string {
    this.#count += 1;
    return join(this.#folder, `project-${this.#count}`);
  }

  /** Writes a project into a folder of its own, since modules are loaded once. @returns Its subject for the kit. */
  async load(files: Files): Promise<ConformanceSubject> {
    const folder = this.nextFolder();
    for (const [path, text] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { subject } = await import(pathToFileURL(join(folder, 'test', 'subject.ts')).href);
    const vectors = files.get('testdata/vectors.json');
    return { ...subject, ...(vectors !== undefined && { vectors: JSON.parse(vectors) }) };
  }

  /** Deletes everything. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** All files below a folder. */
export function readFiles(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

/** Messages of all findings. */
export async function messagesOf(subject: ConformanceSubject, options: ConformanceOptions): Promise<readonly string[]> {
  const { results } = await runConformance(subject, options);
  return results.flatMap(({ outcome }) => {
    return outcome.kind === 'failure' ? outcome.findings.map(({ message }) => message) : [];
  });
}

/** The files with vectors recorded anew, as `npm run vectors` does. */
export async function withNewVectors(files: Files, workshop: Workshop): Promise<Files> {
  const { vectors: _old, ...subject } = await workshop.load(files);
  return new Map(files).set('testdata/vectors.json', `${JSON.stringify(await recordVectors(subject))}\n`);
}
