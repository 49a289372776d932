import { createBlock } from '@ethereumjs/block';
import type { GenesisState } from '@ethereumjs/common';
import { createLegacyTx } from '@ethereumjs/tx';
import { createAddressFromString, equalsBytes } from '@ethereumjs/util';
import { describe, expect, it } from 'vitest';
import { decodeExtraData } from '../src/index.ts';
import { createDtDposChain, MEMBERS, sealAt } from './support.ts';

const RICH = '0xde0b6b3a7640000';
const STORE = '0x00000000000000000000000000000000000000c1';
/** TSTORE(0, 42), then SSTORE(0, TLOAD(0)), with PUSH0: instructions of Shanghai and Cancun. */
const STORE_CODE = '0x602a5f5d5f5c5f55';
const genesisState: GenesisState = { [MEMBERS[0] as `0x${string}`]: RICH, [STORE]: ['0x0', STORE_CODE, []] };

/** Two nodes, and the block in which one of them calls the contract. */
async function callOn(hardfork: 'london' | 'shanghai' | 'cancun') {
  const test = await createDtDposChain({ genesisState, hardfork });
  const peer = await createDtDposChain({ genesisState, hardfork, clock: test.clock });
  test.clock.moveTo(1);
  const fields = { nonce: 0, to: STORE, gasLimit: 100_000, gasPrice: 10 } as const;
  const call = createLegacyTx(fields, { common: test.blockchain.common }).sign(new Uint8Array(32).fill(1));
  const block = await sealAt(test, 1, { transactions: [call] });
  return { test, peer, block };
}

describe('a chain with newer rules', () => {
  it.each([
    ['london', false],
    ['shanghai', false],
    ['cancun', true],
  ] as const)('executes what %s knows, and agrees on it', async (hardfork, knowsTransientStorage) => {
    const { test, peer, block } = await callOn(hardfork);
    expect(block.transactions).toHaveLength(1);
    for (const { chain } of [test, peer]) {
      expect(await chain.importBlock(block.serialize())).toMatchObject({ kind: 'imported', isHead: true });
    }
    // What the machine cannot execute takes all its gas.
    expect(block.header.gasUsed < 100_000n).toBe(knowsTransientStorage);
    expect(equalsBytes(block.header.stateRoot, test.blockchain.genesisBlock.header.stateRoot)).toBe(false);
  });

  it('keeps difficulty and extra data, beside the fields of Cancun', async () => {
    const { test, block } = await callOn('cancun');
    await test.chain.importBlock(block.serialize());
    const stored = await test.blockchain.getCanonicalHeadBlock();
    expect(stored.header).toMatchObject({ difficulty: 1n, blobGasUsed: 0n, excessBlobGas: 0n });
    expect(stored.withdrawals).toEqual([]);
    expect(decodeExtraData(stored.header.extraData)).toMatchObject({ protocol: 'dt-dpos@1' });
    expect(test.consensus.project(stored.header)?.sealHash).toEqual(test.consensus.project(block.header)?.sealHash);
  });

  it.each([
    ['withdrawals', { withdrawalsRoot: new Uint8Array(32).fill(1) }],
    ['the root of a beacon block', { parentBeaconBlockRoot: new Uint8Array(32).fill(1) }],
  ])('refuses %s', async (_name, fields) => {
    const { test, block } = await callOn('cancun');
    const header = { ...block.header, ...fields };
    const forged = createBlock({ ...block, header }, { common: block.common });
    const refused = { kind: 'rejected', code: 'BEACON_DATA_NOT_ALLOWED' };
    expect(await test.chain.importBlock(forged.serialize())).toEqual(refused);
  });

  it('pays nobody by withdrawals that the header does not name', async () => {
    const { test, block } = await callOn('cancun');
    const address = createAddressFromString('0x00000000000000000000000000000000000000d1');
    const withdrawals = [{ index: 0n, validatorIndex: 0n, address, amount: 1n }];
    const forged = createBlock({ ...block, header: block.header, withdrawals }, { common: block.common });
    expect(await test.chain.importBlock(forged.serialize())).toMatchObject({ kind: 'rejected' });
    expect(test.chain.head().header.height).toBe(0);
    expect(await test.chain.importBlock(block.serialize())).toMatchObject({ kind: 'imported' });
  });

  it('is another chain than one with older rules', async () => {
    const [london, cancun] = [await callOn('london'), await callOn('cancun')];
    expect(await cancun.test.chain.importBlock(london.block.serialize())).toEqual({
      kind: 'rejected',
      code: 'BLOCK_ENCODING',
    });
  });
});
