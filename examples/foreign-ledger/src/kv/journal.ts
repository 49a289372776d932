/** The storage of the chain: a file to which lines are added. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hashOf } from './hash.ts';

/** What a journal is written on. */
export interface Disk {
  read(): string;
  /** Returns once the text is durable. */
  append(text: string): void;
}

/** Forgets everything when the program ends; survives restarts of nodes within it. */
export function createMemoryDisk(): Disk {
  const parts: string[] = [];
  return { read: () => parts.join(''), append: (text) => void parts.push(text) };
}

/** Keeps everything in a file, which it flushes after every line. */
export function openFileDisk(path: string): Disk {
  return {
    read: () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
    append(text) {
      const file = openSync(path, 'a');
      try {
        writeSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

/** Entries in the order in which they were added; each is there as a whole or not at all. */
export class Journal {
  /** What was there when the journal was opened. */
  readonly entries: readonly string[];
  readonly #disk: Disk;
  #count: number;

  /** @throws Error if an entry in the middle was lost. What a crash left of the last one is passed over. */
  constructor(disk: Disk) {
    this.#disk = disk;
    this.entries = readEntries(disk.read());
    this.#count = this.entries.length;
  }

  append(entry: string): void {
    const line = `${this.#count} ${entry}`;
    // The line break comes first, so that what a crash has left of a line does not swallow the next one.
    this.#disk.append(`\n${hashOf(line)} ${line}`);
    this.#count += 1;
  }
}

function readEntries(text: string): readonly string[] {
  const entries: string[] = [];
  for (const whole of text.split('\n')) {
    const line = whole.slice(whole.indexOf(' ') + 1);
    if (hashOf(line) !== whole.slice(0, whole.indexOf(' '))) continue;
    const cut = line.indexOf(' ');
    if (Number(line.slice(0, cut)) !== entries.length)
      throw new Error(`entry ${entries.length} of the journal is lost`);
    entries.push(line.slice(cut + 1));
  }
  return entries;
}
