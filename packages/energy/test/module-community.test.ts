import { expect, test } from 'vitest';
import {
  checkEnergyConserved,
  checkMoneyConserved,
  DEMO_BALANCE,
  DEMO_GRID_BALANCE,
  demoOrder,
  energyModule,
  findEscrowMismatches,
  type MarketInput,
  parseMarketCsv,
  placeOrder,
  readMarket,
  readMarketSlot,
  runMarket,
  submitReading,
} from '../src/index.ts';
import { communityCsv } from './community.ts';
import { actorOf, MarketChain, meterOf, SIGNATURE, SLOT, timeOf, ZONE } from './market-chain.ts';

/** A few rows with everything that matters: prices that cross, deviations both ways, rows without an order. */
function smallCommunity(): MarketInput {
  const participants = [
    { id: 'wind1', role: 'WIND' as const },
    { id: 'pv1', role: 'PV' as const },
    { id: 'user01', role: 'USER' as const },
    { id: 'user02', role: 'USER' as const },
  ];
  const rows = Array.from({ length: 160 }, (_, slot) => ({
    season: 'winter',
    day: 0,
    slot,
    forecastWh: [-1000 - 7 * slot, slot % 5 === 0 ? 0 : -300, 600 + 11 * slot, 250],
    actualWh: [-900 - 9 * slot, slot % 5 === 0 ? -20 : -310, 640 + 10 * slot, slot % 7 === 0 ? 100 : 255],
  }));
  return { participants, rows };
}

const input = communityCsv === null ? smallCommunity() : parseMarketCsv(communityCsv);
const participants = input.participants;
const CONSENSUS_SLOTS = Math.min(250, input.rows.length + 10);

/** Drives the module as the demo does (energy DM4–DM7), all slots with a block. */
function drive(blocks: number): MarketChain {
  const chain = new MarketChain({
    checked: false,
    gridBalance: DEMO_GRID_BALANCE,
    accounts: participants.map(({ id }) => ({ id, actor: actorOf(id), balance: DEMO_BALANCE })),
  });
  const registers = participants.map(() => ({ seq: 0, import: 0, export: 0 }));
  for (let sigma = 1; sigma <= blocks; sigma++) {
    chain.begin(timeOf(SLOT - 16 + sigma));
    if (sigma === 2) for (const { id, role } of participants) chain.admit({ id, role });
    for (const [index, participant] of participants.entries()) {
      const ahead = input.rows[sigma - 10];
      const order = ahead === undefined ? null : demoOrder(participant, index, ahead.forecastWh[index] ?? 0);
      if (order !== null) {
        const { id: clientRef, side, price, qty } = order;
        const payload = { meter: meterOf(participant.id), slot: SLOT + sigma - 10, side, price, qty, clientRef };
        expect(chain.run(placeOrder, participant.id, payload)).toBeUndefined();
      }
      const over = input.rows[sigma - 17];
      const register = registers[index];
      if (over === undefined || register === undefined) continue;
      const wh = over.actualWh[index] ?? 0;
      const { import: startImport, export: startExport } = register;
      registers[index] = {
        seq: register.seq + 1,
        import: startImport + Math.max(0, wh),
        export: startExport + Math.max(0, -wh),
      };
      const reading = {
        meter: meterOf(participant.id),
        key: actorOf(meterOf(participant.id)),
        slot: SLOT + sigma - 17,
        seq: register.seq + 1,
        startImport,
        startExport,
        endImport: registers[index]?.import ?? 0,
        endExport: registers[index]?.export ?? 0,
        quality: 'MEASURED' as const,
        signature: SIGNATURE,
      };
      expect(chain.run(submitReading, participant.id, reading)).toBeUndefined();
    }
    expect(checkMoneyConserved(chain.state).conserved).toBe(true);
  }
  return chain;
}

const chain = drive(CONSENSUS_SLOTS);

test('energy DM4, I-10: the chain clears and settles every row as the plain loop does', () => {
  const reference = runMarket({ participants, rows: input.rows.slice(0, CONSENSUS_SLOTS - 14) });
  const market = readMarket(chain.state);

  for (const [row, { clearing }] of reference.slots.entries()) {
    const record = readMarketSlot(chain.state, ZONE, SLOT + row);
    expect([row, record?.volume, record?.price]).toEqual([row, clearing.volume, clearing.price]);
  }
  expect(market.tradedWh).toBe(reference.tradedWh);
  expect(market.meanPriceMicro).toBe(reference.meanPriceMicro);
  expect(market.clearedSlots).toBe(reference.clearedSlots);
  expect(readMarketSlot(chain.state, ZONE, SLOT + CONSENSUS_SLOTS - 14)?.state).toBe('OPEN');

  const settled = CONSENSUS_SLOTS - 20;
  expect(market.zones.get(ZONE)?.nextSettle).toBe(SLOT + settled);
  const settlement = runMarket({ participants, rows: input.rows.slice(0, settled) });
  for (const { id, cash } of settlement.participants) {
    const account = market.accounts.get(id);
    expect([id, (account?.available ?? 0n) + (account?.escrow ?? 0n) - DEMO_BALANCE]).toEqual([id, cash]);
  }
  expect(market.accounts.get('FUND')?.available).toBe(settlement.fund);
  expect((market.accounts.get('GRID')?.available ?? 0n) - DEMO_GRID_BALANCE).toBe(settlement.gridCash);
  for (let row = 0; row < settled; row++) {
    expect(checkEnergyConserved(chain.state, ZONE, SLOT + row)?.conserved).toBe(true);
  }
  expect(checkEnergyConserved(chain.state, ZONE, SLOT + settled)).toBeNull();
  expect(findEscrowMismatches(chain.state)).toEqual([]);
  // Without a proven offence market trust never binds: it stays at 60 points or more.
  for (const { trust } of market.participants) expect(trust?.composite ?? 1_000_000).toBeGreaterThanOrEqual(600_000);
});

test('energy I-12: the same blocks give the same state', () => {
  const blocks = Math.min(40, CONSENSUS_SLOTS);
  expect(drive(blocks).state.dump()).toBe(drive(blocks).state.dump());
});

test('energy CX1, PV4: a final slot is pruned to its record', () => {
  const zone = readMarket(chain.state).zones.get(ZONE);
  expect(zone?.nextFinal).toBeGreaterThan(zone?.firstSlot ?? 0);
  const lastFinal = (zone?.nextFinal ?? 0) - 1;
  expect(readMarketSlot(chain.state, ZONE, lastFinal)?.state).toBe('FINAL');
  for (const table of ['order', 'trade', 'reading', 'portfolio', 'share']) {
    expect(chain.state.count(table, `${ZONE}/${String(lastFinal).padStart(13, '0')}/`)).toBe(0);
  }
});

test('the genesis encoding depends on everything in it', () => {
  const genesis = {
    params: readMarket(new MarketChain().state).params,
    grid: { actor: 'g', balance: 1n },
    supervisors: [{ id: 'S', actor: 's' }],
    accounts: [{ id: 'a', actor: 'a', balance: 2n }],
  };
  const bytes = energyModule(genesis).genesisBytes;
  expect(energyModule({ ...genesis, accounts: [{ id: 'a', actor: 'a', balance: 3n }] }).genesisBytes).not.toEqual(
    bytes,
  );
  expect(energyModule({ ...genesis, params: { ...genesis.params, tolWh: 21 } }).genesisBytes).not.toEqual(bytes);
});
