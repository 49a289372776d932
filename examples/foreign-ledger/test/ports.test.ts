import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { createSimulation } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { createMemoryDisk } from '../src/kv/journal.ts';
import { createMachineClock } from '../src/ports/clock.ts';
import { createJournalGuardStore } from '../src/ports/guard-store.ts';
import { createJournalLog } from '../src/ports/log.ts';
import { createWireNet, type Wire } from '../src/ports/net.ts';

const BYTES = Uint8Array.of(1, 2);
const crypto = await createCrypto();

/** A wire that shows what was sent, and brings what the test says. */
function createHandWire() {
  const sent: string[] = [];
  const reports: string[] = [];
  let bring: (from: string, text: string) => void = () => undefined;
  const wire: Wire = {
    self: 'me',
    peers: () => ['ada', 'ben'],
    send: (to, text) => void sent.push(`${to} ${text}`),
    onText(handler) {
      bring = handler;
    },
    report: (peer, code) => void reports.push(`${peer} ${code}`),
  };
  return { wire, sent, reports, bring: (from: string, text: string) => bring(from, text) };
}

function createNet() {
  const simulation = createSimulation({ seed: 1, startTime: 0, sha256: crypto.sha256 });
  const hand = createHandWire();
  return { simulation, ...hand, net: createWireNet(hand.wire, simulation.addNode('me').clock) };
}

async function listOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('the network', () => {
  it('takes an answer only from the peer that was asked', async () => {
    const { net, sent, bring } = createNet();
    const answered = net.request('ada', 'blocks', BYTES, 1_000);
    expect(sent).toEqual(['ada ["ask","blocks",1,"0102"]']);
    bring('ben', '["answer","blocks",1,"ff"]');
    bring('ada', '["answer","blocks",1,"07"]');
    expect(await answered).toEqual(Uint8Array.of(7));
  });

  it('gives up after the time that was set, and forgets a late answer', async () => {
    const { net, simulation, bring } = createNet();
    const answered = net.request('ada', 'blocks', BYTES, 1_000);
    await simulation.runUntil(1_000);
    bring('ada', '["answer","blocks",1,"07"]');
    expect(await answered).toBeNull();
  });

  it('reports whoever sends something that is no packet, or that a handler rejects', async () => {
    const { net, reports, bring } = createNet();
    net.subscribe('blocks', async () => 'reject');
    bring('ada', '["tell","blocks",0,"0g"]');
    bring('ben', '["tell","blocks",0,"0102"]');
    await Promise.resolve();
    expect(reports).toEqual(['ada PACKET', 'ben blocks']);
  });

  it('answers questions, and says that it has no answer', async () => {
    const { net, sent, bring } = createNet();
    const leave = net.serve('blocks', async (_from, bytes) => bytes.map((byte) => byte + 1));
    bring('ada', '["ask","blocks",5,"0102"]');
    await Promise.resolve();
    leave();
    bring('ada', '["ask","blocks",6,"0102"]');
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual(['ada ["answer","blocks",5,"0203"]', 'ada ["answer","blocks",6,null]']);
  });
});

describe('the log', () => {
  it('comes back as it was, without what was cut', async () => {
    const disk = createMemoryDisk();
    const log = createJournalLog(disk);
    const entry = (height: number, protocol: 'p@1' | 'q@1') => ({ era: 0, protocol, height, bytes: BYTES });
    await log.append({ ...entry(1, 'p@1'), block: BYTES });
    await log.append({ ...entry(2, 'p@1'), block: BYTES });
    await log.append(entry(1, 'q@1'));
    await log.truncate(0, 'p@1', 1);
    const again = createJournalLog(disk);
    expect(await listOf(again.read(0, 'p@1'))).toEqual([{ ...entry(2, 'p@1'), block: BYTES }]);
    expect(await listOf(again.read(0, 'q@1'))).toEqual([entry(1, 'q@1')]);
  });
});

describe('guard records', () => {
  const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'p@1' } as const;
  const guard = { lane: 'seal', sequence: [7] };
  const signerOn = (disk: ReturnType<typeof createMemoryDisk>, headHeight: number) =>
    createMemorySigner({
      keyPair: keyPairFromSeed('ada'),
      crypto,
      guardStore: createJournalGuardStore(disk),
      headHeight,
    });

  it('keep a key from signing something else after a restart', async () => {
    const disk = createMemoryDisk();
    const first = await signerOn(disk, 0).sign({ scope, domain: 'seal', data: BYTES, guard });
    const again = signerOn(disk, 9);
    expect(await again.sign({ scope, domain: 'seal', data: BYTES, guard })).toEqual(first);
    expect(await again.sign({ scope, domain: 'seal', data: Uint8Array.of(3), guard })).toMatchObject({
      kind: 'conflict',
    });
  });

  it('that are missing are missed, until an operator opens the chain', async () => {
    const disk = createMemoryDisk();
    const refused = await signerOn(disk, 9).sign({ scope, domain: 'seal', data: BYTES, guard });
    expect(refused).toEqual({ kind: 'refused', code: 'DISABLED' });
    await createJournalGuardStore(disk).openChain(scope.chainId);
    expect(await createJournalGuardStore(disk).isOpen(scope.chainId)).toBe(true);
    expect(await signerOn(disk, 9).sign({ scope, domain: 'seal', data: BYTES, guard })).toMatchObject({
      kind: 'signed',
    });
  });
});

describe('the clock', () => {
  it('calls back for what is due, and not for what was cancelled', async () => {
    const clock = createMachineClock();
    const called: string[] = [];
    clock.schedule(0, () => called.push('cancelled'))();
    await new Promise<void>((resolve) => {
      clock.schedule(0, () => {
        called.push('due');
        resolve();
      });
    });
    expect(called).toEqual(['due']);
    expect(clock.entropy()).toHaveLength(32);
    expect(clock.entropy()).not.toEqual(clock.entropy());
  });
});
