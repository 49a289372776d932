/**
 * Engine calls of a host as trace records (simulation E4, contract H-8).
 *
 * @module
 */
import type { Effect, Input } from '@fiducia/consensus';
import type { HostRecord } from '@fiducia/host';
import { RECORD, type Trace, type TraceData } from './trace.ts';

/**
 * Writes one engine call. States are left out: they follow from blocks, and encoding a register on
 * every head would dominate a run.
 */
export function traceHostRecord(trace: Trace, node: string, record: HostRecord): void {
  trace.record(RECORD.host).text(node).text(record.kind).number(record.era).text(record.protocol).number(record.now);
  switch (record.kind) {
    case 'engineStarted': {
      const { head, finalized, log, entropy, behind } = record.start;
      trace.data([head.header.id, finalized.id, log, entropy, behind]);
      traceEffects(trace, record.effects);
      break;
    }
    case 'inputHandled':
      trace.data(describeInput(record.input));
      traceEffects(trace, record.effects);
      break;
    case 'engineStopped':
      break;
  }
}

function describeInput(input: Input<unknown>): TraceData {
  if (input.kind === 'headChanged') return { kind: input.kind, head: input.head.header.id };
  // All other inputs are plain data by contract, but their interfaces lack the index signature.
  return input as unknown as TraceData;
}

function traceEffects(trace: Trace, effects: readonly Effect[] | null): void {
  trace.data(effects as unknown as TraceData);
}
