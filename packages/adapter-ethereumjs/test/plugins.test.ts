import type { ConsensusPlugin, Fact } from '@fiducia/consensus';
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { dpos } from '@fiducia/consensus-dpos';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { expect, test } from 'vitest';
import { createAddressCrypto, createRegistryFacts, createSealer } from '../src/index.ts';
import { createSigners, createTestChain, MEMBERS, SLOT_MS } from './support.ts';

const full = await createCrypto();

/** Checks signatures of accounts itself, and leaves VRF proofs and work to the other port. */
const crypto: CryptoPort = createAddressCrypto({ others: full });

/** Signers of accounts, with VRF keys of the other kind. */
const signers: readonly SignerPort[] = createSigners().map((signer, index) => {
  const keyPair = keyPairFromSeed(`author ${index}`);
  const vrf = createMemorySigner({ keyPair, crypto: full, vrfSecretKey: keyPairFromSeed(`vrf ${index}`).secretKey });
  return { ...signer, vrfPublicKey: vrf.vrfPublicKey, proveVrf: (scope, alpha) => vrf.proveVrf(scope, alpha) };
});

const facts = createRegistryFacts({
  provides: ['admission', 'exit', 'deposit', 'ballot', 'participation', 'key'],
  census: signers.flatMap(({ self: actor, vrfPublicKey: publicKey }): Fact[] => [
    { kind: 'admission', actor, deposit: 1_000n, category: 'sealer' },
    { kind: 'key', actor, role: 'vrf', publicKey },
  ]),
});

/** Every plugin whose blocks settle by depth. */
const SETUPS: Readonly<Record<string, { readonly plugin: ConsensusPlugin; readonly config: unknown }>> = {
  'dt-dpos': { plugin: dtDpos(), config: { preset: 'minimal', slotMs: SLOT_MS, driftMs: 0, electionLagEpochs: 0 } },
  'dt-dpos with VRF seeds': {
    plugin: dtDpos(),
    config: { preset: 'minimal', slotMs: SLOT_MS, seedMode: 'vrf', electionLagEpochs: 2 },
  },
  dpos: { plugin: dpos(), config: { slotMs: SLOT_MS, epochRounds: 3 } },
  pos: { plugin: pos(), config: { slotMs: SLOT_MS, epochSlots: 30, minStake: 1n } },
  pow: { plugin: pow(), config: { preset: 'test', spacingMs: SLOT_MS } },
};

test.each(Object.entries(SETUPS))('%s seals an EthereumJS chain, and a second node agrees', async (_name, setup) => {
  const { plugin, config } = setup;
  const node = await createTestChain({ plugin, config, crypto, facts });
  const peer = await createTestChain({ plugin, config, crypto, facts, clock: node.clock });
  const { chain, clock } = node;
  const blocks: Uint8Array[] = [];
  const faults: unknown[] = [];
  const sealers = signers.map((signer) =>
    createSealer({
      ...{ chain, plugin, config, signer, crypto, clock },
      onSealed: (block) => blocks.push(block),
      onFault: (error) => faults.push(error),
    }),
  );
  const idle = async (): Promise<void> => {
    for (const sealer of sealers) await sealer.idle();
  };
  for (const sealer of sealers) sealer.start();
  // Past the end of an epoch of DPoS (12 slots) and of DT-DPoS, and past the first epoch of the lottery (30).
  for (let slot = 1; slot <= 36; slot++) {
    await idle();
    clock.moveTo(slot);
    await idle();
  }
  for (const sealer of sealers) sealer.stop();

  expect(faults).toEqual([]);
  expect(chain.head().header.height).toBeGreaterThanOrEqual(30);
  for (const block of blocks) expect(await peer.chain.importBlock(block)).not.toMatchObject({ kind: 'rejected' });
  const { id } = chain.head().header;
  expect(peer.chain.head().header.id).toBe(id);
  expect(await peer.consensus.rootAfter(id)).toEqual(await node.consensus.rootAfter(id));
  const authors = new Set<string>();
  for (let height = 1; height <= chain.head().header.height; height++) {
    authors.add((await node.blockchain.getBlock(height)).header.coinbase.toString());
  }
  expect([...authors].sort()).toEqual([...MEMBERS].sort());
});
