/**
 * Orders and readings of the participants (energy DM1, DM7).
 *
 * @module
 */
import type { Crypto } from '@fiducia/crypto';
import {
  COSIGN_DOMAIN,
  demoOrder,
  energyCosignData,
  type MarketInputRow,
  placeOrder,
  readMeter,
  submitReading,
} from '@fiducia/energy';
import { ledgerScope } from '@fiducia/ledger';
import type { Simulation } from '@fiducia/simulator';
import type { Gateway } from './gateway.ts';
import type { MarketParticipant } from './participants.ts';
import { gateTime, marketSlotOf, orderTime, readingDeadline, readingTime } from './timeline.ts';

/** What the trading agents need. */
export interface WorkloadParts {
  readonly simulation: Simulation;
  readonly crypto: Crypto;
  /** Gateway of a node by its number. */
  readonly gatewayOf: (node: number) => Gateway;
  readonly participants: readonly MarketParticipant[];
  readonly rows: readonly MarketInputRow[];
}

/** Registers of one meter so far. */
interface Registers {
  importWh: number;
  exportWh: number;
}

/** Plans the orders and readings of every row, each row when the one before is sent. */
export function startWorkload(parts: WorkloadParts): void {
  const { simulation, participants, rows } = parts;
  const registers = participants.map((): Registers => ({ importWh: 0, exportWh: 0 }));
  const plan = (row: number): void => {
    const data = rows[row];
    if (data === undefined) return;
    simulation.schedule(orderTime(row), `orders/${row}`, async () => {
      plan(row + 1);
      for (const [index, participant] of participants.entries()) await sendOrder(parts, participant, index, row, data);
    });
    simulation.schedule(readingTime(row), `readings/${row}`, async () => {
      for (const [index, participant] of participants.entries()) {
        await sendReading(parts, participant, registers[index] as Registers, row, data.actualWh[index] ?? 0);
      }
    });
  };
  plan(0);
}

async function sendOrder(
  { gatewayOf }: WorkloadParts,
  participant: MarketParticipant,
  index: number,
  row: number,
  { forecastWh }: MarketInputRow,
): Promise<void> {
  const order = demoOrder(participant, index, forecastWh[index] ?? 0);
  if (order === null) return;
  const { id: clientRef, side, price, qty } = order;
  const payload = { meter: participant.meterId, slot: marketSlotOf(row), side, price, qty, clientRef };
  await gatewayOf(participant.gateway).send(participant.account, {
    type: placeOrder,
    write: () => payload,
    deadline: gateTime(row),
  });
}

async function sendReading(
  { gatewayOf, crypto }: WorkloadParts,
  { account, meter, meterId, gateway }: MarketParticipant,
  registers: Registers,
  row: number,
  netWh: number,
): Promise<void> {
  const { importWh: startImport, exportWh: startExport } = registers;
  registers.importWh += Math.max(0, netWh);
  registers.exportWh += Math.max(0, -netWh);
  const reading = {
    meter: meterId,
    key: meter.address,
    slot: marketSlotOf(row),
    startImport,
    startExport,
    endImport: registers.importWh,
    endExport: registers.exportWh,
    quality: 'MEASURED' as const,
  };
  const { ledger, send } = gatewayOf(gateway);
  await send(account, {
    type: submitReading,
    deadline: readingDeadline(row),
    write(countWaiting) {
      const state = ledger.stateAt();
      const lastSeq = (state && readMeter(state, meterId)?.lastSeq) ?? 0;
      const numbered = { ...reading, seq: lastSeq + 1 + countWaiting(submitReading.kind) };
      const data = energyCosignData('energy/submitReading', numbered);
      return { ...numbered, signature: crypto.sign(meter, ledgerScope(ledger.chainId), COSIGN_DOMAIN, data) };
    },
  });
}
