/** Blocks of the chain as the host sees them. */
import { type Bytes, decodeEvidence, encodeEvidence, type ProtocolId, tryDecode } from '@fiducia/consensus';
import type { Block, BuildRequest } from '@fiducia/consensus/ports';
import {
  BLOCK_BYTES_MAX,
  type Body,
  blockId,
  formatBlock,
  formatHeader,
  type Block as KvBlock,
  parseBlock,
  signedHash,
} from '../kv/block.ts';

const EVIDENCE = 'evidence';

export const hexOf = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');
export const bytesOf = (hex: string): Bytes => new Uint8Array(Buffer.from(hex, 'hex'));

/** What of a block belongs to consensus, under the names of the contract. */
export function toHost(chain: string, { header, body }: KvBlock): Block {
  const { height, parentId, time, author, engine, extra, seal } = header;
  const place = { height, parentId, timestamp: time, author, protocol: engine as ProtocolId };
  const hashes = { id: blockId(header), sealHash: bytesOf(signedHash(chain, header)) };
  const { attachments = [] } = body ?? {};
  return {
    header: { ...place, ...hashes, digest: bytesOf(extra), seal: bytesOf(seal) },
    headerBytes: new TextEncoder().encode(formatHeader(header)),
    bytes: body === null ? new Uint8Array() : new TextEncoder().encode(formatBlock({ header, body })),
    evidence: attachments.flatMap(([name, hex]) => (name === EVIDENCE ? [decodeEvidence(bytesOf(hex))] : [])),
    certificates: attachments.flatMap(([name, hex]) =>
      name === EVIDENCE ? [] : [{ protocol: name as ProtocolId, data: bytesOf(hex) }],
    ),
  };
}

/** The other way: the block that these bytes are of. */
export function fromHost({ bytes, headerBytes }: Block): KvBlock {
  const block = readBlock(bytes.length > 0 ? bytes : headerBytes);
  if (block === null) throw new Error('no block of this chain');
  return block;
}

/** Total: `null` for bytes that {@link toHost} never makes, whatever a peer put into them. */
export function fromPeer(chain: string, bytes: Bytes, part: 'block' | 'header'): Block | null {
  const block = readBlock(bytes);
  if (block === null || (block.body === null) !== (part === 'header')) return null;
  const names = block.body?.attachments.map(([name]) => name !== EVIDENCE) ?? [];
  const isOrdered = names.every((isOther, index) => isOther || names.indexOf(true) < 0 || index < names.indexOf(true));
  return isOrdered ? (tryDecode(() => toHost(chain, block)) ?? null) : null;
}

/** Evidence and certificates as the chain carries them. */
export function attach({
  evidence,
  certificates,
}: Pick<BuildRequest, 'evidence' | 'certificates'>): Body['attachments'] {
  return [
    ...evidence.map((item) => [EVIDENCE, hexOf(encodeEvidence(item))] as const),
    ...certificates.map(({ protocol, data }) => [protocol, hexOf(data)] as const),
  ];
}

function readBlock(bytes: Bytes): KvBlock | null {
  const text = bytes.length > BLOCK_BYTES_MAX ? '' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const block = parseBlock(text);
  return block !== null && Buffer.compare(new TextEncoder().encode(text), bytes) === 0 ? block : null;
}
