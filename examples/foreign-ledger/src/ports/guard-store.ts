/** What a key has signed, in the journal of the chain, so that it never signs twice. */
import type { GuardLane, GuardRecord, GuardStore } from '@fiducia/crypto';
import { type Disk, Journal } from '../kv/journal.ts';
import { bytesOf, hexOf } from '../port/projection.ts';

type Line = readonly ['open', chain: string] | readonly ['signed', chain: string, lane: string, record: StoredRecord];
type StoredRecord = Omit<GuardRecord, 'data' | 'signature'> & { readonly data: string; readonly signature: string };

export function createJournalGuardStore(disk: Disk): GuardStore {
  const journal = new Journal(disk);
  const records = new Map<string, GuardRecord>();
  const chains = new Set<string>();
  const show = ([, chain, lane, record]: Line): void => {
    chains.add(chain);
    if (lane === undefined || record === undefined) return;
    records.set(lane, { ...record, data: bytesOf(record.data), signature: bytesOf(record.signature) });
  };
  const write = (line: Line): void => {
    journal.append(JSON.stringify(line));
    show(line);
  };
  for (const text of journal.entries) show(JSON.parse(text) as Line);
  return {
    // Nothing is awaited between reading and writing, so no other request comes in between.
    async update(lane, decide) {
      const [chain, name] = [hexOf(lane.scope.chainId), nameOf(lane)];
      const decision = decide({ isOpen: chains.has(chain), record: records.get(name) });
      const { record } = decision;
      if (record !== undefined) {
        write(['signed', chain, name, { ...record, data: hexOf(record.data), signature: hexOf(record.signature) }]);
      }
      return decision;
    },
    async isOpen(chainId) {
      return chains.has(hexOf(chainId));
    },
    async openChain(chainId) {
      write(['open', hexOf(chainId)]);
    },
  };
}

function nameOf({ scope: { chainId, era, protocol }, lane }: GuardLane): string {
  return JSON.stringify([hexOf(chainId), era, protocol, lane]);
}
