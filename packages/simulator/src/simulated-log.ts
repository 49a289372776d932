/**
 * The consensus log of a simulated node: in memory, durable at once.
 *
 * @module
 */
import type { EraIndex, Height, ProtocolId } from '@fiducia/consensus';
import type { LogEntry, LogPort } from '@fiducia/consensus/ports';
import { RECORD, type Trace } from './trace.ts';

/** Creates the log of `node`. */
export function createSimulatedLog(node: string, trace: Trace): LogPort {
  const lanes = new Map<string, LogEntry[]>();
  const laneOf = (era: EraIndex, protocol: ProtocolId): LogEntry[] => {
    const lane = lanes.get(`${era}/${protocol}`) ?? [];
    lanes.set(`${era}/${protocol}`, lane);
    return lane;
  };

  return {
    async append(entry) {
      trace.record(RECORD.logAppend).text(node).number(entry.era).text(entry.protocol);
      trace
        .number(entry.height)
        .bytes(entry.bytes)
        .bytes(entry.block ?? new Uint8Array());
      laneOf(entry.era, entry.protocol).push(entry);
    },

    async *read(era, protocol) {
      yield* [...laneOf(era, protocol)];
    },

    async truncate(era: EraIndex, protocol: ProtocolId, height: Height) {
      trace.record(RECORD.logTruncate).text(node).number(era).text(protocol).number(height);
      const lane = laneOf(era, protocol);
      lanes.set(
        `${era}/${protocol}`,
        lane.filter((entry) => entry.height > height),
      );
    },
  };
}
