/**
 * The consensus log of a simulated node: in memory, durable at once.
 *
 * @module
 */
import type { EraIndex, Height, ProtocolId } from '@fiducia/consensus';
import type { LogEntry, LogPort } from '@fiducia/consensus/ports';
import type { SimulatedProcess } from './process/machine.ts';
import { RECORD, type Trace } from './trace.ts';

/** Entries by era and protocol; they survive the processes that wrote them. */
export type LogLanes = Map<string, LogEntry[]>;

/** Creates the log port of a process, over the lanes of its machine. */
export function createSimulatedLog(process: SimulatedProcess, lanes: LogLanes, trace: Trace): LogPort {
  const node = process.machine.name;
  const laneOf = (era: EraIndex, protocol: ProtocolId): LogEntry[] => {
    const lane = lanes.get(`${era}/${protocol}`) ?? [];
    lanes.set(`${era}/${protocol}`, lane);
    return lane;
  };
  const never = new Promise<never>(() => undefined);

  return {
    async append(entry) {
      if (!process.isAlive) return never;
      trace.record(RECORD.logAppend).text(node).number(entry.era).text(entry.protocol);
      trace
        .number(entry.height)
        .bytes(entry.bytes)
        .bytes(entry.block ?? new Uint8Array());
      laneOf(entry.era, entry.protocol).push(entry);
    },

    async *read(era, protocol) {
      if (!process.isAlive) await never;
      yield* [...laneOf(era, protocol)];
    },

    async truncate(era: EraIndex, protocol: ProtocolId, height: Height) {
      if (!process.isAlive) return never;
      trace.record(RECORD.logTruncate).text(node).number(era).text(protocol).number(height);
      const lane = laneOf(era, protocol);
      lanes.set(
        `${era}/${protocol}`,
        lane.filter((entry) => entry.height > height),
      );
    },
  };
}
