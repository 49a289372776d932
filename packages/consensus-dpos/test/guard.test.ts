import { type Effect, SEAL_DOMAIN } from '@fiducia/consensus';
import { createCrypto, createMemoryGuardStore, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { expect, it } from 'vitest';
import { dpos } from '../src/index.ts';
import { admission, CONTEXT, configOf, T0, TestChain } from './support.ts';

it('a second signature for one slot is refused after a restart with the kept guard records (pos-pow P2, contract H-27)', async () => {
  const crypto = await createCrypto();
  const keyPair = keyPairFromSeed('delegate');
  const chain = new TestChain(configOf({ delegates: 1 }), [admission(keyPair.address)]);
  const guardStore = createMemoryGuardStore();
  const scope = { chainId: CONTEXT.chainId, era: 0, protocol: 'dpos@1' } as const;
  const header = chain.next(2);

  /** A fresh engine and signer seal a block for slot 2. */
  async function seal(sealHash: Uint8Array) {
    const signer = createMemorySigner({ keyPair, crypto, guardStore, headHeight: 0 });
    const engine = dpos().createEngine?.(chain.config, chain.rules, { ...CONTEXT, self: signer.self });
    const { tip } = chain;
    engine?.start(
      { head: tip, finalized: tip.header, log: [], entropy: new Uint8Array(32), behind: false },
      T0 + 1_500,
    );
    const effects: readonly Effect[] =
      engine?.on({ kind: 'blockBuilt', requestId: 'slot/2', header: { ...header, sealHash } }, T0 + 2_001) ?? [];
    const [publish] = effects;
    if (publish?.kind !== 'publish' || publish.sealing?.kind !== 'sign') throw new Error('the engine seals');
    return signer.sign({ scope, domain: SEAL_DOMAIN, data: sealHash, guard: publish.sealing.guard });
  }

  const first = await seal(header.sealHash);
  expect(first.kind).toBe('signed');
  // The same block again is the same signature; another one gets back what was signed.
  expect(await seal(header.sealHash)).toEqual(first);
  const other = await seal(new Uint8Array(32).fill(9));
  expect(other).toMatchObject({ kind: 'conflict', data: header.sealHash });
});
