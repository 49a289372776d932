import {
  createCrypto,
  createMemoryGuardStore,
  createMemorySigner,
  type GuardStore,
  keyPairFromSeed,
} from '@fiducia/crypto';
import { describe, expect, it } from 'vitest';
import { type ChainNode, requireEqualHeads, type StubCrypto } from '../src/index.ts';
import { createSubjectNetwork, type SubjectNetwork } from './support/network.ts';
import { SLOT_MS, type SubjectName } from './support/subjects.ts';

/** Slots until the machine crashes, and how far its clock is set back then. */
const CRASH_SLOT = 12;
const SET_BACK_SLOTS = 5;

interface GuardedCrypto extends StubCrypto {
  /** Deletes the guard records of a key. */
  forget(name: string): void;
}

/** Real keys and signatures in place of stand-ins, with guard records that outlive the signer. */
async function createRealCrypto(): Promise<GuardedCrypto> {
  const crypto = await createCrypto();
  const stores = new Map<string, GuardStore>();
  return {
    ...crypto,
    identity(name) {
      const keyPair = keyPairFromSeed(name);
      const { address, publicKey } = keyPair;
      return { address, publicKey, sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data) };
    },
    createSigner(name) {
      const guardStore = stores.get(name) ?? createMemoryGuardStore();
      stores.set(name, guardStore);
      const vrfSecretKey = keyPairFromSeed(`${name}/vrf`).secretKey;
      return createMemorySigner({ keyPair: keyPairFromSeed(name), crypto, guardStore, vrfSecretKey });
    },
    forget: (name) => void stores.delete(name),
  };
}

interface Life {
  readonly network: SubjectNetwork;
  readonly validator: ChainNode;
  readonly follower: ChainNode;
  /** Refusals of the guard that the restarted machine reported, in order. */
  readonly refusals: readonly string[];
  /** Slots for which the machine sent a block, before and after its crash. */
  readonly sent: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly accusations: number;
}

/**
 * The only validator crashes, loses its blocks, and comes back alone with a clock that is set back, so that it
 * leads slots once more for which it has signed. Then it meets its follower again.
 */
async function relive(subject: SubjectName, guard: 'kept' | 'lost'): Promise<Life> {
  const crypto = await createRealCrypto();
  const refusals: string[] = [];
  let accusations = 0;
  const network = await createSubjectNetwork({
    subject,
    seed: 1,
    keys: ['ada', null],
    crypto,
    onNode({ host }) {
      host.events.on('evidenceFound', () => (accusations += 1));
      host.events.on('trace', ({ event, data }) => {
        if (event.startsWith('SIGNATURE_')) refusals.push(`${event} ${data.code ?? ''}`.trim());
      });
    },
  });
  const { simulation, nodes } = network;
  const start = simulation.now();
  const sent = { before: [] as number[], after: [] as number[] };
  let phase: 'before' | 'after' = 'before';
  simulation.onSend(({ from, channel, bytes }) => {
    const header =
      channel === 'blocks' && from === 'node-0' ? nodes[0]?.ledger.decode(bytes, 'block')?.header : undefined;
    if (header !== undefined) sent[phase].push((header.timestamp - start) / SLOT_MS);
  });
  await network.pay(0, 1n);
  await simulation.runUntil(start + (CRASH_SLOT + 0.5) * SLOT_MS);

  await network.crash(0);
  simulation.partition([['node-0']]);
  phase = 'after';
  if (guard === 'lost') crypto.forget('ada');
  const signer = crypto.createSigner('ada');
  await network.recover(0, { store: 'lost', clockBehindMs: SET_BACK_SLOTS * SLOT_MS, signer });
  // Another transaction than in its first life, so that its blocks differ.
  await network.pay(0, 2n);
  await simulation.runUntil(simulation.now() + SET_BACK_SLOTS * 2 * SLOT_MS);
  simulation.heal();
  await simulation.runUntil(simulation.now() + 20 * SLOT_MS);
  const [validator, follower] = nodes;
  if (validator === undefined || follower === undefined) return expect.unreachable();
  return { network, validator, follower, refusals, sent, accusations };
}

describe.each(['dt-dpos', 'dpos', 'pos'] as const)('a machine under %s that lives its last slots again', (subject) => {
  it('signs none of them a second time with the guard records kept, and goes on after them (contract H-27)', async () => {
    const { network, validator, follower, refusals, sent, accusations } = await relive(subject, 'kept');
    const last = sent.before.at(-1) ?? 0;
    expect(last).toBe(CRASH_SLOT);
    // Slots below the last one it signed for are stale; the last one itself has other bytes now.
    expect(refusals).toEqual([
      ...Array.from({ length: SET_BACK_SLOTS - 1 }, () => 'SIGNATURE_REFUSED STALE'),
      'SIGNATURE_CONFLICT',
    ]);
    expect(Math.min(...sent.after)).toBe(CRASH_SLOT + 1);
    expect(network.monitor.found()).toEqual([]);
    expect(accusations).toBe(0);
    requireEqualHeads([validator, follower]);
  });

  it('is accused by an honest node once the records are gone, so the records are what saved it', async () => {
    const { network, sent, accusations } = await relive(subject, 'lost');
    expect(sent.after.filter((slot) => sent.before.includes(slot)).length).toBeGreaterThan(0);
    expect(network.monitor.found().length).toBeGreaterThan(0);
    expect(accusations).toBeGreaterThan(0);
  });
});
