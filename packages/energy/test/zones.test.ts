import { expect, test } from 'vitest';
import {
  approveMeter,
  checkEnergyConserved,
  DEMO_ENERGY_PARAMS,
  findEscrowMismatches,
  readMarket,
  readMarketSlot,
  readTrades,
  registerMeter,
} from '../src/index.ts';
import { actorOf, openMarket, SIGNATURE, SLOT, timeOf } from './market-chain.ts';

const params = {
  ...DEMO_ENERGY_PARAMS,
  zones: [
    { id: 'A', gridFee: 0 },
    { id: 'B', gridFee: 40 },
  ],
};

const twoZones = (maxWorkPerBlock = 20_000) =>
  openMarket(
    [
      { id: 'seller', role: 'WIND', zone: 'A' },
      { id: 'near', role: 'USER', zone: 'A' },
      { id: 'far', role: 'USER', zone: 'B' },
      { id: 'farSeller', role: 'PV', zone: 'B' },
    ],
    { params: { ...params, maxWorkPerBlock } },
  );

test('energy ST2, BI2: a zone is a market of its own, with its own fee', () => {
  const chain = twoZones();
  chain.order('seller', { side: 'sell', price: 300, qty: 1_000 });
  chain.order('near', { side: 'buy', price: 400, qty: 600 });
  chain.order('far', { side: 'buy', price: 600, qty: 600 });
  chain.order('farSeller', { side: 'sell', price: 500, qty: 100 });
  chain.begin(timeOf(SLOT - 1));
  expect(readMarketSlot(chain.state, 'A', SLOT)).toMatchObject({ volume: 600, price: 300 });
  expect(readMarketSlot(chain.state, 'B', SLOT)).toMatchObject({ volume: 100, price: 560 });
  expect(readTrades(chain.state, 'B', SLOT)).toMatchObject([{ buyer: 'far', seller: 'farSeller', gridFee: 40 }]);
  expect(readMarket(chain.state)).toMatchObject({ tradedWh: 700, clearedSlots: 2, meanPriceMicro: 337 });
});

test('energy ST2, TF6: positions and settlement add up all meters of a participant, orders and readings do not', () => {
  const chain = twoZones();
  const second = { meterId: 'second', key: actorOf('second'), maxImportWh: 500, maxExportWh: 500 };
  expect(chain.run(registerMeter, 'seller', { ...second, startImport: 0, startExport: 0 })).toBeUndefined();
  const approval = { meterId: 'second', cosigner: actorOf('SUPERVISOR'), signature: SIGNATURE };
  expect(chain.run(approveMeter, 'GRID', approval)).toBeUndefined();
  chain.order('seller', { side: 'sell', price: 300, qty: 700 });
  expect(chain.order('seller', { meter: 'second', side: 'sell', price: 300, qty: 501, clientRef: 'b' })).toBe(
    'E_CAPACITY',
  );
  chain.order('seller', { meter: 'second', side: 'sell', price: 300, qty: 300, clientRef: 'b' });
  chain.order('near', { side: 'buy', price: 400, qty: 1_000 });
  chain.begin(timeOf(SLOT + 1));
  // The main meter delivers everything, the second one nothing: together that is the contract.
  chain.read('seller', SLOT, -1_000);
  chain.read('near', SLOT, 1_000);
  chain.begin(timeOf(SLOT + 5));
  // TF1: only who sent all its readings took part in the round.
  const participation = (id: string) =>
    readMarket(chain.state).participants.find((participant) => participant.id === id)?.trust?.participation;
  expect([participation('near'), participation('seller')]).toEqual([1_000_000, 0]);
  const balance = readMarket(chain.state).accounts.get('seller');
  expect(balance?.available).toBe(5_000_000_000n + 1_000n * BigInt(readMarketSlot(chain.state, 'A', SLOT)?.price ?? 0));
});

test('energy TX21: zones share the work of a block, in the order of their ids', () => {
  const chain = twoZones(2);
  chain.order('near', { side: 'buy', price: 400, qty: 600 });
  chain.order('far', { side: 'buy', price: 600, qty: 600 });
  const states = () => ['A', 'B'].map((zone) => readMarketSlot(chain.state, zone, SLOT)?.state);
  const seen = new Set<string>();
  for (let block = 0; block < 200; block++) {
    chain.begin(timeOf(SLOT - 1));
    seen.add(states().join(' '));
  }
  // B waits until A has nothing left to do.
  expect([...seen]).toEqual(expect.arrayContaining(['OPEN OPEN', 'CLEARED OPEN', 'CLEARED CLEARED']));
  expect(seen).not.toContain('OPEN CLEARED');
  expect(findEscrowMismatches(chain.state)).toEqual([]);
  expect(checkEnergyConserved(chain.state, 'A', SLOT)).toBeNull();
});
