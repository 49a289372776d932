import { createHash } from 'node:crypto';
import {
  type ActorId,
  type Bytes,
  type Claim,
  type ConsensusHeader,
  type ConsensusRules,
  type EraStart,
  type Fact,
  MESSAGE_DOMAIN,
  type RulesContext,
  type SignedMessage,
  type Tip,
  type Validator,
} from '@fiducia/consensus';
import { type PbftConfig, type PbftState, pbft } from '../src/index.ts';
import { type Certificate, encodeMessage, type PbftMessage, type QuotedRoundChange } from '../src/message.ts';

export const T0 = 1_700_000_000_000;

export const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());

export const text = (value: string): Bytes => new TextEncoder().encode(value);

export const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');

export const CHAIN_ID = sha256(text('fiducia-test-chain'));

export const CONTEXT: RulesContext = { chainId: CHAIN_ID, era: 0, protocol: 'pbft@1', sha256 };

export const nodeId = (index: number): ActorId => `node-${String(index).padStart(2, '0')}`;

export function configOf(raw: Partial<Record<keyof PbftConfig, unknown>> = {}): PbftConfig {
  return pbft().parseConfig(raw);
}

export function rulesOf(config: PbftConfig = configOf()): ConsensusRules<PbftState> {
  return pbft().createRules(config, CONTEXT);
}

export const seats = (count: number): Validator[] =>
  Array.from({ length: count }, (_, index) => ({ id: nodeId(index), weight: 1n }));

export function startOf(validators: readonly Validator[], census: readonly Fact[] = []): EraStart {
  return {
    era: 0,
    parent: GENESIS,
    handover: { validators, randomness: CHAIN_ID, extra: new Map() },
    census,
  };
}

export const GENESIS: ConsensusHeader = {
  id: 'genesis',
  parentId: '',
  height: 0,
  timestamp: T0,
  author: '',
  protocol: 'pbft@1',
  digest: new Uint8Array(),
  sealHash: sha256(text('genesis')),
  seal: new Uint8Array(),
};

export function genesisTip(
  validators: readonly Validator[] | number = 4,
  config: PbftConfig = configOf(),
): Tip<PbftState> {
  const set = typeof validators === 'number' ? seats(validators) : validators;
  return { header: GENESIS, state: rulesOf(config).initialState(startOf(set)), totalWeight: 0n };
}

/** A block is named by what distinguishes it from others on the same parent. */
export function childOf(
  parent: ConsensusHeader,
  author: ActorId,
  name = 'a',
  overrides: Partial<ConsensusHeader> = {},
): ConsensusHeader {
  const height = parent.height + 1;
  const sealHash = sha256(text(`${parent.id}/${height}/${author}/${name}`));
  return {
    id: `${height}${name}@${author}`,
    parentId: parent.id,
    height,
    timestamp: parent.timestamp + 2_000,
    author,
    protocol: 'pbft@1',
    digest: new Uint8Array(),
    sealHash,
    seal: new Uint8Array(),
    ...overrides,
  };
}

/** Unique per signer and bytes, like a signature; anybody could make it, and nobody here does for others. */
export function signatureOf(author: ActorId, data: Bytes): Bytes {
  return new Uint8Array(createHash('sha256').update('signature/').update(author).update('/').update(data).digest());
}

export function signed(author: ActorId, message: PbftMessage): SignedMessage {
  const payload = encodeMessage(message);
  return { author, payload, signature: signatureOf(author, payload) };
}

export function holds(claim: Claim): boolean {
  if (claim.kind !== 'signature' || claim.domain !== MESSAGE_DOMAIN) return false;
  return Buffer.compare(claim.signature, signatureOf(claim.signer, claim.data)) === 0;
}

/** Votes of these nodes, gathered. */
export function certificateOf(
  kind: 'prepare' | 'commit',
  height: number,
  round: number,
  digest: Bytes,
  authors: readonly (number | ActorId)[],
): Certificate {
  const data = encodeMessage({ kind, height, round, digest });
  const signatures = authors.map((author) => {
    const id = typeof author === 'number' ? nodeId(author) : author;
    return { author: id, signature: signatureOf(id, data) };
  });
  return { round, digest, signatures };
}

/** ROUND-CHANGEs as a proposal quotes them: node, and the claim it makes. */
export function roundChangesOf(
  height: number,
  round: number,
  claims: readonly (readonly [node: number, prepared: { readonly round: number; readonly digest: Bytes } | null])[],
): QuotedRoundChange[] {
  return claims.map(([node, prepared]) => {
    const author = nodeId(node);
    return {
      author,
      prepared,
      signature: signatureOf(author, encodeMessage({ kind: 'roundChange', height, round, prepared })),
    };
  });
}
