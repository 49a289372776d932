import { type Block, createBlock } from '@ethereumjs/block';
import type { GenesisState } from '@ethereumjs/common';
import { createLegacyTx } from '@ethereumjs/tx';
import { describe, expect, it } from 'vitest';
import { createDtDposChain, extend, MEMBERS, sealAt, type TestChain } from './support.ts';

const RICH = '0xde0b6b3a7640000';
const HASHES = '0x00000000000000000000000000000000000000b1';
/** Stores the hash of the parent: SSTORE(NUMBER, BLOCKHASH(NUMBER - 1)). */
const HASHES_CODE = '0x60014303404355';
const genesisState: GenesisState = { [MEMBERS[0] as `0x${string}`]: RICH, [HASHES]: ['0x0', HASHES_CODE, []] };

function call<State>({ blockchain }: TestChain<State>, nonce: number) {
  const fields = { nonce, to: HASHES, gasLimit: 100_000, gasPrice: 10 } as const;
  return createLegacyTx(fields, { common: blockchain.common }).sign(new Uint8Array(32).fill(1));
}

describe('execution', () => {
  it('knows block hashes of its own branch, not of the one that happens to be canonical', async () => {
    const north = await createDtDposChain({ genesisState });
    const south = await createDtDposChain({ genesisState });
    await extend(north, 1, 4);
    // The shorter branch grows where it is not canonical, and reads hashes of heights that both branches have.
    const branch: Block[] = [];
    for (let slot = 5; slot <= 8; slot++) {
      south.clock.moveTo(slot);
      const block = await sealAt(south, slot, { transactions: [call(south, slot - 5)] });
      expect(block.transactions).toHaveLength(1);
      expect(await south.chain.importBlock(block.serialize())).toMatchObject({ kind: 'imported' });
      branch.push(block);
    }
    north.clock.moveTo(9);
    for (const block of branch) {
      expect(await north.chain.importBlock(block.serialize())).toMatchObject({ kind: 'imported' });
    }
    // And it may be built upon there.
    const parentId = south.chain.head().header.id;
    north.clock.moveTo(9);
    const next = await sealAt(north, 9, { parentId, transactions: [call(north, 4)] });
    south.clock.moveTo(9);
    for (const { chain } of [north, south]) {
      expect(await chain.importBlock(next.serialize())).toMatchObject({ kind: 'imported', isHead: true });
    }
    expect(next.transactions).toHaveLength(1);
  });

  it('passes over transactions that cannot be executed, and leaves no trace of them', async () => {
    const test = await createDtDposChain({ genesisState });
    const peer = await createDtDposChain({ genesisState, clock: test.clock });
    test.clock.moveTo(1);
    const transactions = [call(test, 7), call(test, 0), call(test, 0), call(test, 1)];
    const block = await sealAt(test, 1, { transactions });
    expect(block.transactions.map(({ nonce }) => nonce)).toEqual([0n, 1n]);
    for (const { chain } of [test, peer]) {
      expect(await chain.importBlock(block.serialize())).toMatchObject({ kind: 'imported' });
    }
  });

  it('refuses a body that does not belong to its header', async () => {
    const test = await createDtDposChain({ genesisState });
    const peer = await createDtDposChain({ genesisState, clock: test.clock });
    test.clock.moveTo(1);
    const block = await sealAt(test, 1, { transactions: [call(test, 0)] });
    const without = createBlock(
      { header: block.header },
      { common: block.common, skipConsensusFormatValidation: true },
    );
    expect(await peer.chain.importBlock(without.serialize())).toEqual({ kind: 'rejected', code: 'EXECUTION_INVALID' });
    expect(await peer.chain.importBlock(block.serialize())).toMatchObject({ kind: 'imported' });
  });
});
