/**
 * What identifies a chain, and the projection of its headers onto the contract.
 *
 * @module
 */
import type { BlockHeader } from '@ethereumjs/block';
import { RLP } from '@ethereumjs/rlp';
import { bytesToHex } from '@ethereumjs/util';
import {
  type BlockId,
  type Bytes,
  ByteWriter,
  type ConsensusHeader,
  type HashFunction,
  type ProtocolId,
  writePlainData,
} from '@fiducia/consensus';
import { AdapterError } from './errors.ts';
import { decodeExtraData, unsealedPart } from './extra-data.ts';

/** What a header is read with. */
export interface ChainIdentity {
  /** 32 bytes that identify the chain, see {@link computeChainId}. */
  readonly chainId: Bytes;
  /** SHA-256. */
  readonly sha256: HashFunction;
}

/** Position of the extra data in the list of fields of a header. */
const EXTRA_DATA_FIELD = 12;

const MS_PER_SECOND = 1_000n;

/**
 * Identity of a chain: SHA-256 of the hash of its genesis block, its EIP-155 chain id, its protocol and the parsed
 * configuration of the plugin. Two chains that differ in any of them share no signature.
 *
 * @throws {@link AdapterError} with `CONFIG_NOT_DATA`.
 */
export function computeChainId(
  genesisHash: Bytes,
  evmChainId: bigint,
  protocol: ProtocolId,
  config: unknown,
  sha256: HashFunction,
): Bytes {
  const writer = new ByteWriter().text('fiducia/ethereumjs/1').bytes(genesisHash).bigint(evmChainId).text(protocol);
  const offending = writePlainData(writer, config);
  if (offending !== undefined) throw new AdapterError({ code: 'CONFIG_NOT_DATA', path: offending.join('.') });
  return sha256(writer.finish());
}

/** Identity of a block in the contract: its hash in hexadecimal. */
export function blockIdOf(hash: Bytes): BlockId {
  return bytesToHex(hash);
}

/**
 * Projects a header onto the contract. Total: `undefined` if its extra data are not canonical, or if number or time are
 * beyond the safe integers.
 *
 * The id is the block hash and covers the seal. `sealHash` is SHA-256 of the chain's identity and all fields of the header,
 * with the seal cut off the extra data. The author is the beneficiary (`coinbase`), time is counted in milliseconds.
 */
export function projectHeader(header: BlockHeader, { chainId, sha256 }: ChainIdentity): ConsensusHeader | undefined {
  if (header.isGenesis()) return projectGenesis(header, chainId, sha256);
  const extra = decodeExtraData(header.extraData);
  const timestamp = header.timestamp * MS_PER_SECOND;
  if (extra === undefined || !isSafe(header.number) || !isSafe(timestamp)) return undefined;
  const fields = header.raw();
  fields[EXTRA_DATA_FIELD] = unsealedPart(header.extraData, extra);
  return {
    id: blockIdOf(header.hash()),
    parentId: blockIdOf(header.parentHash),
    height: Number(header.number),
    timestamp: Number(timestamp),
    author: header.coinbase.toString(),
    protocol: extra.protocol,
    digest: extra.digest,
    sealHash: sha256(new ByteWriter().bytes(chainId).bytes(RLP.encode(fields)).finish()),
    seal: extra.seal,
  };
}

function projectGenesis(header: BlockHeader, chainId: Bytes, sha256: HashFunction): ConsensusHeader {
  return {
    id: blockIdOf(header.hash()),
    parentId: '',
    height: 0,
    timestamp: Number(header.timestamp * MS_PER_SECOND),
    author: '',
    protocol: 'genesis@0',
    digest: new Uint8Array(),
    sealHash: sha256(new ByteWriter().bytes(chainId).bytes(header.hash()).finish()),
    seal: new Uint8Array(),
  };
}

function isSafe(value: bigint): boolean {
  return value <= BigInt(Number.MAX_SAFE_INTEGER);
}
