import { expect, test, vi } from 'vitest';
import {
  approveMeter,
  checkMoneyConserved,
  findEscrowMismatches,
  MONEY_MAX,
  PRICE_MAX,
  readMarket,
  readMarketSlot,
  readOrders,
  readPortfolios,
  readReadings,
  registerMeter,
  registerParticipant,
  reviewParticipant,
  type SubmitReading,
  setStatus,
  submitReading,
} from '../src/index.ts';
import { actorOf, HASH, type MarketChain, meterOf, openMarket, SIGNATURE, SLOT, timeOf, ZONE } from './market-chain.ts';

const WATTS_MAX = 2 ** 32 - 1;
/** What the largest connection moves in a quarter of an hour. */
const SLOT_WH_MAX = 1_073_741_823;

/** A participant with the largest meter there can be, in a market with the highest prices. */
function hugeMarket(): MarketChain {
  const prices = { retail: PRICE_MAX, feedIn: PRICE_MAX, penalty: PRICE_MAX, zones: [{ id: ZONE, gridFee: 0 }] };
  const chain = openMarket([], { params: prices });
  const caps = { capGenW: WATTS_MAX, capLoadW: WATTS_MAX };
  const application = { id: 'huge', role: 'USER' as const, zone: ZONE, ...caps, docsHash: HASH, deposit: 0n };
  const review = { id: 'huge', decision: 'APPROVE' as const, reasonCode: 'OK', evidenceHash: HASH };
  const limits = { maxImportWh: SLOT_WH_MAX, maxExportWh: SLOT_WH_MAX, startImport: 0, startExport: 0 };
  const meterId = meterOf('huge');
  const approval = { meterId, cosigner: actorOf('SUPERVISOR'), signature: SIGNATURE };
  expect(chain.run(registerParticipant, 'huge', application)).toBeUndefined();
  expect(chain.run(reviewParticipant, 'SUPERVISOR', { ...review, capGenW: null, capLoadW: null })).toBeUndefined();
  expect(chain.run(registerMeter, 'huge', { meterId, key: actorOf(meterId), ...limits })).toBeUndefined();
  expect(chain.run(approveMeter, 'GRID', approval)).toBeUndefined();
  return chain;
}

test('energy UN2, SE5: no amount due and no debt leaves the range of money, whatever the meters say', () => {
  const chain = hugeMarket();
  const debtOf = (id: string) => readMarket(chain.state).accounts.get(id)?.debt;
  chain.begin(timeOf(SLOT + 1));
  expect(chain.read('huge', SLOT, SLOT_WH_MAX, { gapImport: 9 * SLOT_WH_MAX })).toBeUndefined();
  chain.begin(timeOf(SLOT + 5));
  const postings = readPortfolios(chain.state, ZONE, SLOT).get('huge')?.settlement?.postings;
  expect(postings?.map(({ reason, due, paid }) => [reason, due, paid])).toEqual([
    ['top-up', BigInt(SLOT_WH_MAX) * BigInt(PRICE_MAX), 0n],
    ['gap-import', MONEY_MAX, 0n],
  ]);
  expect(debtOf('huge')).toBe(MONEY_MAX);

  // The other way round: the grid operator cannot pay what a long gap of generation is worth.
  expect(chain.read('huge', SLOT + 4, -SLOT_WH_MAX, { gapExport: 3 * SLOT_WH_MAX })).toBeUndefined();
  chain.begin(timeOf(SLOT + 9));
  expect(debtOf('GRID')).toBe(MONEY_MAX);
  expect(checkMoneyConserved(chain.state).conserved).toBe(true);
  expect(findEscrowMismatches(chain.state)).toEqual([]);
});

test('energy TX10, SE4: energy before the first slot of the market is a gap, never a reading that nobody settles', () => {
  const chain = openMarket([]);
  const first = readMarket(chain.state).zones.get(ZONE)?.firstSlot ?? 0;
  // The market of these tests opens late, so its members come as early as the genesis allows.
  const early = openMarket([{ id: 'u1', role: 'USER' }], { startSlot: first - 2 });
  const reading = (slot: number, startImport: number): SubmitReading => ({
    meter: meterOf('u1'),
    key: actorOf(meterOf('u1')),
    slot,
    seq: 1,
    startImport,
    startExport: 0,
    endImport: startImport + 500,
    endExport: 0,
    quality: 'MEASURED',
    signature: SIGNATURE,
  });
  early.begin(timeOf(first + 1));
  expect(early.run(submitReading, 'u1', reading(first - 1, 0))).toBe('E_WINDOW');
  expect(early.run(submitReading, 'u1', reading(first, 500))).toBeUndefined();
  expect(readReadings(early.state, ZONE, first - 1).size).toBe(0);
  early.begin(timeOf(first + 5));
  expect(readMarket(early.state).accounts.get('u1')?.available).toBe(5_000_000_000n - 1_000n * 620n);
});

test('energy TX5, TX21: a leap of the time costs a suspension nothing', () => {
  const chain = openMarket([{ id: 'w1', role: 'WIND' }], { params: { maxWorkPerBlock: 2 } });
  const slot = SLOT + 100_000;
  chain.begin(timeOf(slot - 10));
  expect(chain.order('w1', { slot, side: 'sell', price: 340, qty: 1_000 })).toBeUndefined();
  const act = { id: 'w1', reasonCode: 'X', evidenceHash: HASH, untilSlot: null };
  const reads = vi.spyOn(chain.state, 'get');
  expect(chain.run(setStatus, 'SUPERVISOR', { ...act, status: 'SUSPENDED' })).toBeUndefined();
  expect(reads.mock.calls.length).toBeLessThan(200);
  expect([...readOrders(chain.state, ZONE, slot).values()]).toMatchObject([{ state: 'REVOKED', escrow: 0n }]);
  expect(readMarketSlot(chain.state, ZONE, slot)?.state).toBe('OPEN');
});
