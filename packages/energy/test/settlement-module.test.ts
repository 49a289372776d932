import { describe, expect, test } from 'vitest';
import {
  checkEnergyConserved,
  checkMoneyConserved,
  findEscrowMismatches,
  type MarketRefusal,
  marketSlotState,
  readAudit,
  readCertificates,
  readMarket,
  readMarketSlot,
  readMeter,
  readOrders,
  readPortfolios,
  readReadings,
  readTrades,
  type SubmitReading,
  setStatus,
  submitReading,
  withdraw,
} from '../src/index.ts';
import { actorOf, HASH, type MarketChain, meterOf, openMarket, SIGNATURE, SLOT, timeOf, ZONE } from './market-chain.ts';
import { settleVectors } from './vectors.ts';

const OWNERS = { b1: 'u1', b2: 'u2', b3: 'u3', s1: 'w1', s2: 'p1', s3: 'h1' } as const;
const ROLES = { u1: 'USER', u2: 'USER', u3: 'USER', w1: 'WIND', p1: 'PV', h1: 'HYDRO' } as const;
const BOOK_U1 = [
  ['b1', 'buy', 600, 1000],
  ['b2', 'buy', 500, 1500],
  ['b3', 'buy', 380, 900],
  ['s1', 'sell', 320, 1200],
  ['s2', 'sell', 420, 1300],
  ['s3', 'sell', 520, 800],
] as const;

/** Settles {@link SLOT}: the readings are sent in its window, then the window passes. */
function settle(chain: MarketChain, meters: Readonly<Record<string, number>>): void {
  chain.begin(timeOf(SLOT + 1));
  for (const [id, wh] of Object.entries(meters)) expect(chain.read(id, SLOT, wh)).toBeUndefined();
  chain.begin(timeOf(SLOT + 5));
}

const accountOf = (chain: MarketChain, id: string) =>
  readMarket(chain.state).accounts.get(id) ?? { available: 0n, escrow: 0n, debt: 0n };
const balanceOf = (chain: MarketChain, id: string): bigint =>
  accountOf(chain, id).available + accountOf(chain, id).escrow;
const statusOf = (chain: MarketChain, id: string): string | undefined =>
  readMarket(chain.state).participants.find((participant) => participant.id === id)?.status;

describe('the worked settlements on the chain', () => {
  test.each(settleVectors)('$id $title', (vector) => {
    // Enough to place the orders; the vectors settle the difference against their own start.
    const extra = 5_000_000n;
    const members = Object.entries(ROLES).map(([id, role]) => ({ id, role, balance: extra }));
    const chain = openMarket(members, { gridBalance: 10_000_000n });
    for (const [ref, side, price, qty] of BOOK_U1) {
      expect(chain.order(OWNERS[ref], { side, price, qty, clientRef: ref })).toBeUndefined();
    }
    // The holdings of u3 in S4 are what is left after a withdrawal.
    if (vector.id === 'S4') {
      chain.begin(timeOf(SLOT - 1));
      expect(chain.run(withdraw, 'u3', { amount: extra - 100_000n })).toBeUndefined();
    }
    const missing = vector.id === 'S3' ? ['p1'] : [];
    const meters = Object.entries(vector.meters).filter(([id]) => !missing.includes(id));
    settle(chain, Object.fromEntries(meters));

    for (const [id, balance] of Object.entries(vector.expect.balances)) {
      const start = BigInt(vector.start[id] ?? 0);
      const before = id === 'GRID' || id === 'FUND' || (vector.id === 'S4' && id === 'u3') ? start : extra;
      expect([id, balanceOf(chain, id) - before]).toEqual([id, BigInt(balance) - start]);
      expect([id, accountOf(chain, id).debt]).toEqual([id, BigInt(vector.expect.debt[id] ?? 0)]);
    }
    expect(readMarketSlot(chain.state, ZONE, SLOT)).toMatchObject({
      state: 'PROVISIONAL',
      price: 440,
      volume: 2500,
      deviationWh: vector.expect.grid_balancing_wh,
    });
    expect(checkMoneyConserved(chain.state).conserved).toBe(true);
    expect(checkEnergyConserved(chain.state, ZONE, SLOT)?.conserved).toBe(true);
    expect(findEscrowMismatches(chain.state)).toEqual([]);
    const reports = readPortfolios(chain.state, ZONE, SLOT);
    for (const [id, report] of Object.entries(vector.expect.report)) {
      const { net_contract: contract, ...rest } = report;
      expect(reports.get(id)?.settlement ?? { contract: 0 }).toMatchObject({ contract, ...rest });
    }
  });
});

/** One trade of 1000 Wh at 450 from w1 to u1. */
function traded(options: Parameters<typeof openMarket>[1] = {}, deposit = 0n, balance = 5_000_000n): MarketChain {
  const chain = openMarket(
    [
      { id: 'u1', role: 'USER', deposit, balance },
      { id: 'w1', role: 'WIND', deposit, balance },
    ],
    options,
  );
  chain.order('u1', { side: 'buy', price: 600, qty: 1_000 });
  chain.order('w1', { side: 'sell', price: 340, qty: 1_000 });
  return chain;
}

describe('energy SM3, TX21: the slot machine', () => {
  test('walks a slot from open to final, due from the time that equals its limit', () => {
    const chain = traded();
    const { params } = readMarket(chain.state);
    const stateAt = (seconds: number) => {
      chain.begin(seconds);
      return marketSlotState(readMarketSlot(chain.state, ZONE, SLOT), SLOT, seconds, params);
    };
    expect(marketSlotState(undefined, SLOT, timeOf(SLOT - 96) - 1, params)).toBe('FUTURE');
    expect(marketSlotState(undefined, SLOT, timeOf(SLOT - 96), params)).toBe('OPEN');
    expect(marketSlotState(undefined, SLOT, timeOf(SLOT - 1), params)).toBe('CLOSED');
    expect(stateAt(timeOf(SLOT - 1) - 1)).toBe('OPEN');
    expect(stateAt(timeOf(SLOT - 1))).toBe('CLEARED');
    expect(stateAt(timeOf(SLOT))).toBe('DELIVERING');
    expect(stateAt(timeOf(SLOT + 1))).toBe('METERING');
    expect(stateAt(timeOf(SLOT + 5) - 1)).toBe('METERING');
    expect(stateAt(timeOf(SLOT + 5))).toBe('PROVISIONAL');
    expect(stateAt(timeOf(SLOT + 101) - 1)).toBe('PROVISIONAL');
    expect(stateAt(timeOf(SLOT + 101))).toBe('FINAL');
  });

  test('energy SM1, SM2, CL2: fills, expiries and trades', () => {
    const chain = traded();
    chain.order('w1', { side: 'sell', price: 620, qty: 5, clientRef: 'b' });
    chain.begin(timeOf(SLOT - 1));
    const orders = readOrders(chain.state, ZONE, SLOT);
    expect([...orders.values()].map(({ state, filled, escrow }) => [state, filled, escrow])).toEqual([
      ['FILLED', 1_000, 0n],
      ['FILLED', 1_000, 0n],
      ['EXPIRED', 0, 0n],
    ]);
    expect(readTrades(chain.state, ZONE, SLOT)).toEqual([
      {
        buyOrder: `${SLOT}/a/u1`,
        sellOrder: `${SLOT}/a/w1`,
        buyer: 'u1',
        seller: 'w1',
        wh: 1_000,
        price: 450,
        gridFee: 40,
      },
    ]);
    // ES2: the buyer's lock falls to price and fee; the seller's bond stays.
    expect(accountOf(chain, 'u1').escrow).toBe(490_000n);
    expect(accountOf(chain, 'w1').escrow).toBe(430_000n);
  });

  test('catches up with everything that became due in between', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT + 200));
    expect(readMarketSlot(chain.state, ZONE, SLOT)).toMatchObject({ state: 'FINAL', volume: 1_000 });
    expect(readMarketSlot(chain.state, ZONE, SLOT + 201)?.state).toBe('CLEARED');
    expect(findEscrowMismatches(chain.state)).toEqual([]);
    expect(checkEnergyConserved(chain.state, ZONE, SLOT)?.conserved).toBe(true);
  });
});

describe('energy TX10: readings', () => {
  const reading: SubmitReading = {
    meter: meterOf('w1'),
    key: actorOf(meterOf('w1')),
    slot: SLOT,
    seq: 1,
    startImport: 0,
    startExport: 0,
    endImport: 5,
    endExport: 1_000,
    quality: 'MEASURED',
    signature: SIGNATURE,
  };

  test('anyone may send the reading, the meter signs it (energy TX23)', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT + 1));
    expect(chain.run(submitReading, 'u1', reading)).toBeUndefined();
    expect(readReadings(chain.state, ZONE, SLOT).get(meterOf('w1'))).toMatchObject({ importWh: 5, exportWh: 1_000 });
    expect(submitReading.claims?.(reading, HASH, 'u1')).toMatchObject([
      { kind: 'signature', signer: reading.key, domain: 'energy/cosign', signature: SIGNATURE },
    ]);
  });

  const refusals: readonly (readonly [string, MarketRefusal, Partial<SubmitReading>])[] = [
    ['of an unknown meter', 'E_METER', { meter: 'none' }],
    ['under another key', 'E_METER', { key: 'key-u1_m' }],
    ['with seq 0', 'E_SEQ', { seq: 0 }],
    ['that skips a seq', 'E_SEQ', { seq: 2 }],
    ['whose register runs backwards', 'E_REGISTER', { startExport: 10, endExport: 9 }],
    ['above the meter’s maximum (energy AD-9)', 'E_REGISTER', { endExport: 10_001 }],
    ['whose gap exceeds the missed slots', 'E_REGISTER', { startImport: 10_000 * 11 + 1, endImport: 10_000 * 11 + 1 }],
    ['of a slot that has not ended', 'E_WINDOW', { slot: SLOT + 1 }],
    ['of a slot beyond all slots', 'E_REGISTER', { slot: 2 ** 40 + 1 }],
  ];
  test.each(refusals)('refuses a reading %s: %s', (_, refusal, change) => {
    const chain = traded();
    chain.begin(timeOf(SLOT + 1));
    expect(chain.run(submitReading, 'w1', { ...reading, ...change })).toBe(refusal);
  });

  test('refuses a meter that is not approved', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT + 1));
    expect(chain.run(submitReading, 'w1', { ...reading, meter: 'GRID' })).toBe('E_METER');
  });

  test('energy AD-9, I-8: registers never run backwards', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT + 1));
    chain.run(submitReading, 'w1', reading);
    chain.begin(timeOf(SLOT + 2));
    const next = {
      ...reading,
      slot: SLOT + 1,
      seq: 2,
      startImport: 5,
      endImport: 5,
      startExport: 999,
      endExport: 1_500,
    };
    expect(chain.run(submitReading, 'w1', next)).toBe('E_REGISTER');
    expect(chain.run(submitReading, 'w1', { ...next, startExport: 1_001 })).toBe('E_REGISTER');
    expect(chain.run(submitReading, 'w1', { ...next, startExport: 1_000 })).toBeUndefined();
  });

  test('energy I-7, TF6: one reading per meter and slot, one per seq', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT + 1));
    expect(chain.run(submitReading, 'w1', reading)).toBeUndefined();
    expect(chain.run(submitReading, 'w1', reading)).toBe('E_SEQ');
    const again = { ...reading, seq: 2, startImport: 5, startExport: 1_000, endExport: 1_000 };
    expect(chain.run(submitReading, 'w1', again)).toBe('E_DUP');
  });

  test('energy AD-22: a late reading is refused, its energy comes with the next register', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT + 5));
    expect(chain.run(submitReading, 'w1', reading)).toBe('E_WINDOW');
    const before = balanceOf(chain, 'w1');
    // The export of the missed slot shows as a gap and is paid at feed-in.
    const next = { ...reading, slot: SLOT + 4, startExport: 1_000, endExport: 1_000, startImport: 5 };
    expect(chain.run(submitReading, 'w1', next)).toBeUndefined();
    chain.begin(timeOf(SLOT + 9));
    expect(balanceOf(chain, 'w1') - before).toBe(1_000n * 300n - 5n * 620n);
  });

  test('a slot before the last reading cannot be filled in', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT + 2));
    expect(chain.run(submitReading, 'w1', { ...reading, slot: SLOT + 1, endExport: 0 })).toBeUndefined();
    const earlier = { ...reading, seq: 2, startImport: 5, endExport: 0 };
    expect(chain.run(submitReading, 'w1', earlier)).toBe('E_WINDOW');
  });
});

describe('energy SE4: missing readings', () => {
  test('export counts as 0, import as what was bought through the meter', () => {
    const chain = traded();
    settle(chain, {});
    const portfolios = readPortfolios(chain.state, ZONE, SLOT);
    expect(portfolios.get('u1')?.settlement).toMatchObject({ meter: 1_000, deviation: 0, postings: [] });
    expect(portfolios.get('w1')?.settlement).toMatchObject({ meter: 0, deviation: 1_000, shortfall: 1_000 });
    expect(readMeter(chain.state, meterOf('u1'))).toMatchObject({ missedInRow: 1, estimatedImportWh: 1_000 });
  });

  test('energy AD-25: use that was hidden in an expensive slot is paid at retail, not under a later contract', () => {
    const chain = traded();
    settle(chain, { w1: -1_000 });
    chain.order('u1', { slot: SLOT + 8, side: 'buy', price: 400, qty: 500 });
    chain.order('w1', { slot: SLOT + 8, side: 'sell', price: 300, qty: 500 });
    chain.begin(timeOf(SLOT + 9));
    const before = balanceOf(chain, 'u1');
    // 1500 Wh were used in the slot without a reading, 1000 of them estimated; 500 are taken under contract now.
    expect(chain.read('u1', SLOT + 8, 500, { gapImport: 1_500 })).toBeUndefined();
    chain.begin(timeOf(SLOT + 13));
    const price = readMarketSlot(chain.state, ZONE, SLOT + 8)?.price ?? 0;
    expect(balanceOf(chain, 'u1') - before).toBe(-500n * BigInt(price + 40) - 500n * 620n);
    expect(readMeter(chain.state, meterOf('u1'))).toMatchObject({ missedInRow: 0, estimatedImportWh: 0 });
  });

  test('a reading makes the next ones owed, also without any order', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT - 8));
    expect(chain.read('w1', SLOT - 9, -100)).toBeUndefined();
    expect(readMeter(chain.state, meterOf('w1'))?.dueFrom).toBe(SLOT - 9);
    chain.begin(timeOf(SLOT - 3));
    expect(readMeter(chain.state, meterOf('w1'))?.missedInRow).toBe(1);
    expect(readMeter(chain.state, meterOf('u1'))?.missedInRow).toBe(0);
  });

  test('an estimate that was too high is not refunded', () => {
    const chain = traded();
    settle(chain, { w1: -1_000 });
    chain.begin(timeOf(SLOT + 6));
    const before = balanceOf(chain, 'u1');
    expect(chain.read('u1', SLOT + 5, 0, { gapImport: 200 })).toBeUndefined();
    chain.begin(timeOf(SLOT + 10));
    expect(balanceOf(chain, 'u1')).toBe(before);
  });

  test('energy AD-11: withholding the reading of a short delivery gains nothing', () => {
    const honest = traded();
    settle(honest, { u1: 1_000, w1: -700 });
    const silent = traded();
    settle(silent, { u1: 1_000 });
    expect(balanceOf(silent, 'w1')).toBeLessThan(balanceOf(honest, 'w1'));
  });
});

describe('energy SE6: certificates', () => {
  /** u1 and u2 buy 600 and 400 Wh of w1. */
  const certified = (exported: number | null) => {
    const chain = openMarket([
      { id: 'u1', role: 'USER' },
      { id: 'u2', role: 'USER' },
      { id: 'w1', role: 'WIND' },
    ]);
    chain.order('u1', { side: 'buy', price: 600, qty: 600 });
    chain.order('u2', { side: 'buy', price: 600, qty: 400 });
    chain.order('w1', { side: 'sell', price: 340, qty: 1_000 });
    settle(chain, exported === null ? {} : { w1: -exported });
    return readCertificates(chain.state, meterOf('w1')).get(SLOT);
  };

  test('min(export, sold) Wh go to the buyers in settlement order', () => {
    const all = [
      { owner: 'u1', wh: 600 },
      { owner: 'u2', wh: 400 },
    ];
    expect(certified(1_500)).toEqual({ source: 'WIND', wh: 1_000, holdings: all });
    expect(certified(700)).toEqual({ source: 'WIND', wh: 700, holdings: [all[0], { owner: 'u2', wh: 100 }] });
    expect(certified(600)?.holdings).toEqual([all[0]]);
  });

  test('nothing exported or read, nothing certified', () => {
    expect(certified(0)).toBeUndefined();
    expect(certified(null)).toBeUndefined();
  });
});

describe('energy SE5: insufficient funds', () => {
  test('escrow, free money and deposit are used before debt; then the payer is suspended', () => {
    // The deposit is what is left beside the escrow of the purchase.
    const chain = traded({}, 50_000n, 700_000n);
    chain.begin(timeOf(SLOT - 1));
    expect(chain.run(withdraw, 'u1', { amount: accountOf(chain, 'u1').available })).toBeUndefined();
    settle(chain, { u1: 1_200, w1: -1_000 });
    // 200 Wh at retail are 124 000; the deposit covers 50 000.
    expect(accountOf(chain, 'u1')).toEqual({ available: 0n, escrow: 0n, debt: 74_000n });
    expect(statusOf(chain, 'u1')).toBe('SUSPENDED');
    expect(readAudit(chain.state).at(-1)).toMatchObject({ actor: null, action: 'SUSPEND', reasonCode: 'ARREARS' });
    expect(findEscrowMismatches(chain.state)).toEqual([]);
    expect(checkMoneyConserved(chain.state).conserved).toBe(true);
  });

  test('energy AD-21: who owes cannot withdraw', () => {
    const chain = traded({}, 0n, 700_000n);
    chain.begin(timeOf(SLOT - 1));
    chain.run(withdraw, 'u1', { amount: accountOf(chain, 'u1').available });
    chain.begin(timeOf(SLOT + 1));
    chain.read('u1', SLOT, 1_500);
    chain.begin(timeOf(SLOT + 2));
    // Export of the next slot brings money, but the debt of this one stands.
    chain.read('u1', SLOT + 1, -400);
    chain.begin(timeOf(SLOT + 6));
    expect(accountOf(chain, 'u1').available).toBe(120_000n);
    expect(accountOf(chain, 'u1').debt).toBe(310_000n);
    expect(chain.run(withdraw, 'u1', { amount: 1n })).toBe('E_ESCROW');
  });

  test('the grid operator gets an alarm instead of a suspension', () => {
    const chain = traded({ gridBalance: 0n });
    settle(chain, { u1: 1_000, w1: -2_000 });
    expect(accountOf(chain, 'GRID').debt).toBe(300_000n - 40_000n);
    expect(statusOf(chain, 'GRID')).toBe('ACTIVE');
    expect(readAudit(chain.state).at(-1)).toMatchObject({ action: 'GRID_ARREARS', subject: 'GRID' });
    // Once is enough: a debt that grows is no news.
    chain.read('w1', SLOT + 4, -100);
    chain.begin(timeOf(SLOT + 9));
    expect(accountOf(chain, 'GRID').debt).toBe(260_000n + 30_000n);
    expect(readAudit(chain.state).filter(({ action }) => action === 'GRID_ARREARS')).toHaveLength(1);
    expect(checkMoneyConserved(chain.state).conserved).toBe(true);
  });

  test('energy AD-1, ES4: a seller that delivers nothing loses its bond and nobody else loses anything', () => {
    const chain = traded({}, 0n, 640_000n);
    settle(chain, { u1: 1_000, w1: 0 });
    expect(accountOf(chain, 'w1').debt).toBe(0n);
    // +450 per Wh, −620 per Wh, −150 per Wh beyond 50 Wh.
    expect(balanceOf(chain, 'w1')).toBe(640_000n + 450_000n - 620_000n - 950n * 150n);
    expect(balanceOf(chain, 'u1')).toBe(640_000n - 490_000n);
  });

  test('energy TX21: a settlement under way goes on before older slots are finalised', () => {
    const chain = traded({ params: { maxWorkPerBlock: 2, disputeWindowSec: 2_700 } });
    const cursor = () => readMarketSlot(chain.state, ZONE, SLOT)?.cursor;
    for (let block = 0; cursor()?.stage !== 'PARTICIPANTS'; block++) {
      expect(block).toBeLessThan(200);
      chain.begin(timeOf(SLOT + 5));
    }
    const nextFinal = () => readMarket(chain.state).zones.get(ZONE)?.nextFinal;
    const before = nextFinal();
    chain.begin(timeOf(SLOT + 9));
    expect([cursor()?.after, nextFinal()]).toEqual(['u1', before]);
  });

  test('revenue cannot be withdrawn while a settlement spans blocks', () => {
    const chain = traded({ params: { maxWorkPerBlock: 2 } }, 0n, 640_000n);
    const cursor = () => readMarketSlot(chain.state, ZONE, SLOT)?.cursor;
    for (let block = 0; cursor()?.stage !== 'PARTICIPANTS'; block++) {
      expect(block).toBeLessThan(200);
      chain.begin(timeOf(SLOT + 5));
    }
    // The trade is paid, the seller not yet settled: bond and revenue are locked.
    expect(accountOf(chain, 'w1')).toEqual({ available: 210_000n, escrow: 430_000n + 450_000n, debt: 0n });
    // The buyer has paid from what was locked for it; its free money is untouched.
    expect(accountOf(chain, 'u1')).toEqual({ available: 150_000n, escrow: 0n, debt: 0n });
    expect(chain.run(withdraw, 'w1', { amount: 210_000n })).toBeUndefined();
    for (let block = 0; cursor() !== null; block++) {
      expect(block).toBeLessThan(200);
      chain.begin(timeOf(SLOT + 5));
    }
    expect(accountOf(chain, 'w1').debt).toBe(0n);
    expect(findEscrowMismatches(chain.state)).toEqual([]);
  });

  test('energy AD-12: trading with oneself through two identities costs the fee per Wh', () => {
    const chain = traded();
    settle(chain, { u1: 1_000, w1: -1_000 });
    expect(balanceOf(chain, 'u1') + balanceOf(chain, 'w1')).toBe(10_000_000n - 1_000n * 40n);
  });

  test('energy AD-16: no act of a supervisor moves money from one account to another', () => {
    const chain = traded({}, 1_000n);
    const balances = () => ['u1', 'w1', 'GRID', 'FUND'].map((id) => balanceOf(chain, id));
    const before = balances();
    const act = { id: 'w1', reasonCode: 'X', evidenceHash: HASH, untilSlot: null };
    for (const status of ['SUSPENDED', 'ACTIVE', 'SUSPENDED', 'REVOKED'] as const) {
      expect(chain.run(setStatus, 'SUPERVISOR', { ...act, status })).toBeUndefined();
      expect(balances()).toEqual(before);
    }
    expect(chain.run(withdraw, 'SUPERVISOR', { amount: 1n })).toBe('E_ESCROW');
  });

  test('energy AD-19, SV4: a suspension does not reach into a clearing under way', () => {
    const chain = traded({ params: { maxWorkPerBlock: 2 } });
    const record = () => readMarketSlot(chain.state, ZONE, SLOT);
    for (let block = 0; record()?.cursor?.stage !== 'BOOK'; block++) {
      expect(block).toBeLessThan(200);
      chain.begin(timeOf(SLOT - 1));
    }
    const suspension = { id: 'w1', status: 'SUSPENDED' as const, reasonCode: 'X', evidenceHash: HASH, untilSlot: null };
    expect(chain.run(setStatus, 'SUPERVISOR', suspension)).toBeUndefined();
    for (let block = 0; record()?.state !== 'CLEARED'; block++) {
      expect(block).toBeLessThan(200);
      chain.begin(timeOf(SLOT - 1));
    }
    expect([...readOrders(chain.state, ZONE, SLOT).values()].map(({ state }) => state)).toEqual(['FILLED', 'FILLED']);
    expect(readTrades(chain.state, ZONE, SLOT)).toHaveLength(1);
    expect(findEscrowMismatches(chain.state)).toEqual([]);
  });

  test('energy AD-17, SV4: trades of a suspended participant settle', () => {
    const chain = traded();
    chain.begin(timeOf(SLOT - 1));
    const suspension = { id: 'w1', status: 'SUSPENDED' as const, reasonCode: 'X', evidenceHash: HASH, untilSlot: null };
    expect(chain.run(setStatus, 'SUPERVISOR', suspension)).toBeUndefined();
    settle(chain, { u1: 1_000, w1: -1_000 });
    expect(balanceOf(chain, 'w1')).toBe(5_000_000n + 450_000n);
  });
});
