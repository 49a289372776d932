/**
 * Drives any Fiducia consensus plugin over six ports.
 *
 * @packageDocumentation
 */
export {
  createLoopbackNetwork,
  createMemoryLog,
  createSystemClock,
  type LoopbackNetwork,
  type SystemClockOptions,
} from './defaults.ts';
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
export type { EvidenceResult } from './evidence/desk.ts';
export { type ConsensusHost, createHost, type HostOptions } from './host.ts';
export type { ImportResult } from './import/intake.ts';
export { DEFAULT_HOST_LIMITS, type HostLimits } from './limits.ts';
export { type BlockRecord, decodeBlockRecord, encodeBlockRecord } from './record/block-record.ts';
export type { HostRecord } from './record/recorder.ts';
export { type ReplayedCall, replayRecords } from './record/replay.ts';
