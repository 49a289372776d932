/**
 * Drives any Fiducia consensus plugin over six ports.
 *
 * A plugin decides what a protocol decides. The host does what surrounds it: it keeps the tree of
 * blocks, imports, executes and commits them, checks claims in batches, chooses the head, runs timers
 * and requests, signs under guard, finds equivocation, exchanges evidence and messages, catches up
 * with peers and restarts from storage. `docs/spec/contract.md` numbers these duties H-1 to H-43.
 *
 * It has no ledger, no sockets, no keys and no protocol of its own, and it is not a light client: it
 * executes every block. A chain may settle by depth, prove every block, or prove some of them by a gadget beside its
 * production plugin, and may change all of this at a height.
 *
 * @example
 * ```ts
 * import type { ConsensusPlugin } from '@fiducia/consensus';
 * import type { ChainPort, CryptoPort, SignerPort } from '@fiducia/consensus/ports';
 * import {
 *   type ConsensusHost,
 *   createHost,
 *   createLoopbackNetwork,
 *   createMemoryLog,
 *   createSystemClock,
 * } from '@fiducia/host';
 *
 * async function startNode(
 *   chain: ChainPort,
 *   crypto: CryptoPort,
 *   signer: SignerPort,
 *   chainId: Uint8Array,
 *   plugin: ConsensusPlugin,
 * ): Promise<ConsensusHost> {
 *   const host = createHost({
 *     chain,
 *     crypto,
 *     signer,
 *     chainId,
 *     net: createLoopbackNetwork().join('alice'),
 *     log: createMemoryLog(),
 *     clock: createSystemClock({
 *       now: Date.now,
 *       schedule(callback, delayMs) {
 *         const timer = setTimeout(callback, delayMs);
 *         return () => clearTimeout(timer);
 *       },
 *       entropy: () => globalThis.crypto.getRandomValues(new Uint8Array(32)),
 *     }),
 *     plugins: [plugin],
 *     eras: [{ fromHeight: 1, production: { name: plugin.name, config: {} } }],
 *     genesisValidators: [{ id: signer.self, weight: 1n }],
 *   });
 *   host.events.on('headChanged', ({ tip }) => console.log(tip.header.height, tip.header.id));
 *   await host.start();
 *   return host;
 * }
 * ```
 *
 * @packageDocumentation
 */

export {
  type BlockContent,
  type BlockFormat,
  type BlockFormatOptions,
  type BlockProofs,
  createBlockFormat,
} from './chain/block-format.ts';
export { createMemoryBlocks, type MemoryBlocks } from './chain/memory-blocks.ts';
export {
  createLoopbackNetwork,
  createMemoryLog,
  createSystemClock,
  type LoopbackNetwork,
  type SystemClockOptions,
} from './defaults.ts';
export { type AnnouncedEra, ERA_PARAMETER } from './era/announcement.ts';
export { requireContract } from './era/static-check.ts';
export { HostError, type HostErrorData, isHostError, type PortName } from './errors.ts';
export type {
  BlockImportedEvent,
  BlockRejectedEvent,
  FaultedEvent,
  HeadChangedEvent,
  HostEventSource,
  HostEvents,
  TraceEvent,
} from './events.ts';
export { EVIDENCE_CHANNEL, type EvidenceResult } from './evidence/desk.ts';
export type { RecordedConflict } from './finality/conflict.ts';
export { PROOFS_CHANNEL } from './finality/keeper.ts';
export { decodeProvenBlock, encodeProvenBlock, type ProvenBlock } from './finality/proof-codec.ts';
export { type ConsensusHost, createHost, type HostOptions } from './host.ts';
export {
  type BlockRequest,
  decodeBlockList,
  decodeBlockRequest,
  encodeBlockList,
  encodeBlockRequest,
} from './import/block-requests.ts';
export { BLOCKS_CHANNEL, type ImportResult, PROVEN_BLOCKS_CHANNEL } from './import/intake.ts';
export { DEFAULT_HOST_LIMITS, type HostLimits } from './limits.ts';
export { MESSAGES_CHANNEL } from './messages/exchange.ts';
export { decodeEnvelope, type Envelope, encodeEnvelope } from './messages/message-codec.ts';
export { type BlockRecord, decodeBlockRecord, encodeBlockRecord } from './record/block-record.ts';
export type { RecordingParts } from './record/engine-rules.ts';
export type { JsonValue } from './record/plain-data.ts';
export { createRecordReplayer, type RecordDifference, type RecordReplayer } from './record/record-replayer.ts';
export { createRecordWriter, type RecordWriterOptions } from './record/record-writer.ts';
export type { HostRecord, RecordedEngine } from './record/recorder.ts';
export { type ReplayedCall, replayRecords } from './record/replay.ts';
export type { HostPenaltyReason, HostRefusal, HostTrace } from './refusals.ts';
