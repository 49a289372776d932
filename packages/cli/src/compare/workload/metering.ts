/**
 * Meters of a comparison: cumulative registers and signed readings (energy TX10).
 *
 * @module
 */
import { energyCosignData, type MeterReading, type SubmitReading } from '@fiducia/energy';
import type { CompareMember } from './market.ts';
import type { Pen } from './pen.ts';
import { marketSlotOfPhase } from './timeline.ts';

/** Where the registers of a meter stand. */
export interface MeterRegisters {
  /** Sequence number of the last reading. */
  readonly seq: number;
  /** Wh taken so far, unread ones included. */
  readonly importWh: number;
  /** Wh given so far, unread ones included. */
  readonly exportWh: number;
}

/** Registers at the approval of a meter. */
export const FRESH_REGISTERS: MeterRegisters = { seq: 0, importWh: 0, exportWh: 0 };

/** What a meter counted in one slot; + is import. */
export function countEnergy(registers: MeterRegisters, netWh: number): MeterRegisters {
  return {
    ...registers,
    importWh: registers.importWh + Math.max(0, netWh),
    exportWh: registers.exportWh + Math.max(0, -netWh),
  };
}

/** Fields of the reading of a phase in which the registers moved from `before` to `after`. */
export function readingFields(
  { meterId, meter }: CompareMember,
  phase: number,
  before: MeterRegisters,
  after: MeterRegisters,
): MeterReading {
  return {
    meter: meterId,
    key: meter.address,
    slot: marketSlotOfPhase(phase),
    seq: before.seq + 1,
    startImport: before.importWh,
    startExport: before.exportWh,
    endImport: after.importWh,
    endExport: after.exportWh,
    quality: 'MEASURED',
  };
}

/** Has the meter sign a reading. */
export function signReading(pen: Pen, { meter }: CompareMember, fields: MeterReading): SubmitReading {
  return { ...fields, signature: pen.cosign(meter, energyCosignData('energy/submitReading', fields)) };
}
