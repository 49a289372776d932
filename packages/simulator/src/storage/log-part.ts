/**
 * The consensus log on a simulated disk.
 *
 * @module
 */
import type { EraIndex, Height, ProtocolId } from '@fiducia/consensus';
import type { LogEntry, LogPort } from '@fiducia/consensus/ports';
import type { DiskDevice, DiskUser } from './device.ts';

/** Entries in the order in which they were appended. */
export class LogPart {
  readonly #device: DiskDevice;
  #entries: LogEntry[] = [];

  constructor(device: DiskDevice) {
    this.#device = device;
  }

  open(user: DiskUser): LogPort {
    const device = this.#device;
    const handle = device.open('log', user);
    const entriesOf = (era: EraIndex, protocol: ProtocolId): readonly LogEntry[] => {
      device.read('log');
      return this.#entries.filter((entry) => entry.era === era && entry.protocol === protocol);
    };
    return {
      append: (entry) => device.write('log', handle, () => this.#append(entry)),
      async *read(era, protocol) {
        yield* entriesOf(era, protocol);
      },
      truncate: (era, protocol, height) =>
        device.write('log', handle, () => {
          return this.#replace(this.#entries.filter((entry) => !isPassed(entry, era, protocol, height)));
        }),
    };
  }

  wipe(): void {
    this.#entries = [];
  }

  /** A torn entry is one that a reader drops, so it is as good as lost. */
  #append(entry: LogEntry): { revert(): void } {
    this.#entries.push(entry);
    return { revert: () => void this.#entries.pop() };
  }

  #replace(entries: LogEntry[]): { revert(): void } {
    const before = this.#entries;
    this.#entries = entries;
    return {
      revert: () => {
        this.#entries = before;
      },
    };
  }
}

function isPassed(entry: LogEntry, era: EraIndex, protocol: ProtocolId, height: Height): boolean {
  return entry.era === era && entry.protocol === protocol && entry.height <= height;
}
