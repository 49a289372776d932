/** What engines must remember across a crash, in the journal of the chain. */
import type { EraIndex, Height, ProtocolId } from '@fiducia/consensus';
import type { LogEntry, LogPort } from '@fiducia/consensus/ports';
import { type Disk, Journal } from '../kv/journal.ts';
import { bytesOf, hexOf } from '../port/projection.ts';

type Line =
  | readonly ['entry', EraIndex, ProtocolId, Height, bytes: string, block: string | null]
  | readonly ['cut', EraIndex, ProtocolId, Height];

export function createJournalLog(disk: Disk): LogPort {
  const journal = new Journal(disk);
  let entries: readonly LogEntry[] = [];
  const show = ([kind, era, protocol, height, bytes = '', block = null]: Line): void => {
    const isCut = (entry: LogEntry) => entry.era === era && entry.protocol === protocol && entry.height <= height;
    if (kind === 'cut') entries = entries.filter((entry) => !isCut(entry));
    else
      entries = [
        ...entries,
        { era, protocol, height, bytes: bytesOf(bytes), ...(block !== null && { block: bytesOf(block) }) },
      ];
  };
  const write = (line: Line): void => {
    journal.append(JSON.stringify(line));
    show(line);
  };
  for (const text of journal.entries) show(JSON.parse(text) as Line);
  return {
    async append({ era, protocol, height, bytes, block }) {
      write(['entry', era, protocol, height, hexOf(bytes), block === undefined ? null : hexOf(block)]);
    },
    async *read(era, protocol) {
      yield* entries.filter((entry) => entry.era === era && entry.protocol === protocol);
    },
    async truncate(era, protocol, height) {
      write(['cut', era, protocol, height]);
    },
  };
}
