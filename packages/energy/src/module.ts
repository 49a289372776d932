/**
 * The market as a module of the ledger.
 *
 * @module
 */
import type { LedgerModule } from '@fiducia/ledger';
import { applyEnergyGenesis, type EnergyGenesis, encodeEnergyGenesis, requireEnergyGenesis } from './genesis.ts';
import { walkDueSlots } from './slots/walk.ts';
import { MODULE } from './state/tables.ts';
import { fund, withdraw } from './transactions/funds.ts';
import { approveMeter, registerMeter, reportDoubleReading, submitReading } from './transactions/meters.ts';
import { cancelOrder, placeOrder } from './transactions/orders.ts';
import { registerParticipant, reviewParticipant, setStatus } from './transactions/participants.ts';

/**
 * Makes the market module for a chain.
 *
 * @param genesis - Where the market starts; equal on every node, part of the chain's identity.
 * @throws {@link EnergyError} with `CONFIG` if it is out of range.
 * @example
 * ```ts
 * const market = energyModule({
 *   params: DEMO_ENERGY_PARAMS,
 *   grid: { actor: gridKey.address, balance: 100_000_000_000n },
 *   supervisors: [{ id: 'SUPERVISOR', actor: supervisorKey.address }],
 *   accounts: [{ id: 'wind1', actor: windKey.address, balance: 5_000_000_000n }],
 * });
 * const ledger = createLedger({ genesis: chainGenesis, modules: [market], crypto });
 * ```
 */
export function energyModule(genesis: EnergyGenesis): LedgerModule {
  const checked = requireEnergyGenesis(genesis);
  return {
    name: MODULE,
    transactions: [
      registerParticipant,
      reviewParticipant,
      setStatus,
      registerMeter,
      approveMeter,
      submitReading,
      reportDoubleReading,
      placeOrder,
      cancelOrder,
      fund,
      withdraw,
    ],
    provides: ['custom'],
    genesisBytes: encodeEnergyGenesis(checked),
    genesis: (context) => applyEnergyGenesis(context, checked),
    beginBlock: walkDueSlots,
  };
}
