/**
 * Blocks of EthereumJS: decoding, sealing, finding, and moving the canonical chain.
 *
 * @module
 */
import { type Block, type BlockHeader, createBlock, createBlockFromRLP } from '@ethereumjs/block';
import type { Blockchain } from '@ethereumjs/blockchain';
import type { Common } from '@ethereumjs/common';
import { equalsBytes, hexToBytes, KECCAK256_RLP, type PrefixedHexString } from '@ethereumjs/util';
import { type BlockId, type Bytes, tryDecode } from '@fiducia/consensus';
import { decodeExtraData, encodeExtraData } from './extra-data.ts';

/** Decodes a block. Total: `undefined` for anything that is not the canonical encoding of one. */
export function decodeBlock(bytes: Bytes, common: Common): Block | undefined {
  const block = tryDecode(() => createBlockFromRLP(bytes, { common, setHardfork: true }));
  return block !== undefined && equalsBytes(block.serialize(), bytes) ? block : undefined;
}

/** Whether a header holds what only a beacon chain could vouch for: withdrawals, or the root of a beacon block. */
export function hasBeaconData({ withdrawalsRoot, parentBeaconBlockRoot }: BlockHeader): boolean {
  if (withdrawalsRoot !== undefined && !equalsBytes(withdrawalsRoot, KECCAK256_RLP)) return true;
  return parentBeaconBlockRoot?.some((byte) => byte !== 0) === true;
}

/** The block with another seal; itself if its extra data are not of our form. */
export function attachSeal(block: Block, seal: Bytes): Block {
  const extra = decodeExtraData(block.header.extraData);
  if (extra === undefined) return block;
  const header = { ...block.header, extraData: encodeExtraData({ ...extra, seal }) };
  return createBlock({ ...block, header }, { common: block.common, setHardfork: true });
}

/** A stored block of any branch. */
export async function findBlock(blockchain: Blockchain, id: BlockId): Promise<Block | undefined> {
  try {
    return await blockchain.getBlock(hexToBytes(id as PrefixedHexString));
  } catch {
    // EthereumJS throws for what it does not have, with a text and nothing else to tell it by.
    return undefined;
  }
}

/**
 * Makes a stored block the head of the canonical chain, if it is not, whatever other branches weigh: the chain is cut where the
 * branch leaves it, and every block of the branch put again, which then is the heaviest there is.
 */
export async function makeCanonical(blockchain: Blockchain, head: Block): Promise<void> {
  const canonical = await blockchain.getCanonicalHeadHeader();
  if (equalsBytes(canonical.hash(), head.hash())) return;
  const branch: Block[] = [];
  let block = head;
  while (!(await isCanonical(blockchain, block))) {
    branch.push(block);
    block = await blockchain.getBlock(block.header.parentHash);
  }
  await blockchain.resetCanonicalHead(block.header.number);
  for (const item of branch.toReversed()) await blockchain.putBlock(item);
}

async function isCanonical(blockchain: Blockchain, block: Block): Promise<boolean> {
  const hash = await blockchain.safeNumberToHash(block.header.number);
  return hash !== false && equalsBytes(hash, block.hash());
}
