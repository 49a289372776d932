import { describe, expect, test } from 'vitest';
import {
  cancelOrder,
  findEscrowMismatches,
  type MarketRefusal,
  type PlaceOrder,
  placeOrder,
  readMarket,
  readMarketSlot,
  readOrders,
} from '../src/index.ts';
import { meterOf, openMarket, SLOT, timeOf, ZONE } from './market-chain.ts';

const market = () =>
  openMarket([
    { id: 'w1', role: 'WIND' },
    { id: 'u1', role: 'USER' },
    { id: 'poor', role: 'USER', balance: 1_000n },
  ]);
const sell: PlaceOrder = { meter: 'w1_m', slot: SLOT, side: 'sell', price: 340, qty: 1_000, clientRef: 'a' };
const buy: PlaceOrder = { ...sell, side: 'buy', price: 600 };

describe('energy TX6: placing an order', () => {
  test('energy ES1, ES2, ES4: locks the bond of a sell and the price of a buy', () => {
    const chain = market();
    expect(chain.run(placeOrder, 'w1', sell)).toBeUndefined();
    expect(chain.run(placeOrder, 'u1', { ...buy, meter: 'u1_m' })).toBeUndefined();
    const accounts = readMarket(chain.state).accounts;
    // 1000 Wh · (620 + 150 − 340); 1000 Wh · 600, the penalty being below feed-in.
    expect(accounts.get('w1')?.escrow).toBe(430_000n);
    expect(accounts.get('u1')?.escrow).toBe(600_000n);
    expect(findEscrowMismatches(chain.state)).toEqual([]);
    expect(readMarketSlot(chain.state, ZONE, SLOT)).toMatchObject({ state: 'OPEN', orderCount: 2 });
  });

  const refusals: readonly (readonly [string, MarketRefusal, string, Partial<PlaceOrder>])[] = [
    ['of a stranger', 'E_STATUS', 'stranger', {}],
    ['of the grid operator', 'E_ROLE', 'GRID', {}],
    ['of the supervisor', 'E_ROLE', 'SUPERVISOR', {}],
    ['on somebody else’s meter', 'E_METER', 'u1', {}],
    ['on an unknown meter', 'E_METER', 'w1', { meter: 'none' }],
    ['before the slot opens', 'E_SLOT_CLOSED', 'w1', { slot: SLOT + 87 }],
    ['after the gate', 'E_SLOT_CLOSED', 'w1', { slot: SLOT - 9 }],
    ['to sell below feed-in', 'E_PRICE_BAND', 'w1', { price: 299 }],
    ['to buy above retail', 'E_PRICE_BAND', 'w1', { side: 'buy', price: 621 }],
    ['of nothing', 'E_QTY', 'w1', { qty: 0 }],
    ['above 10⁹ Wh', 'E_QTY', 'w1', { qty: 1_000_000_001 }],
    ['beyond the meter', 'E_CAPACITY', 'w1', { qty: 10_001 }],
    ['that the account cannot cover', 'E_ESCROW', 'poor', { meter: 'poor_m', side: 'buy', price: 600, qty: 2 }],
  ];
  test.each(refusals)('energy TX20, PB1, SV2, AD-2: refuses an order %s: %s', (_, refusal, signer, change) => {
    expect(market().run(placeOrder, signer, { ...sell, ...change })).toBe(refusal);
  });

  test('energy I-13: all orders of a meter and side together stay within the meter', () => {
    const chain = market();
    expect(chain.run(placeOrder, 'w1', { ...sell, qty: 6_000 })).toBeUndefined();
    expect(chain.run(placeOrder, 'w1', { ...sell, qty: 4_001, clientRef: 'b' })).toBe('E_CAPACITY');
    expect(chain.run(placeOrder, 'w1', { ...sell, qty: 4_000, clientRef: 'b' })).toBeUndefined();
    expect(chain.run(placeOrder, 'w1', { ...buy, price: 340, qty: 10_000, clientRef: 'c' })).toBeUndefined();
    expect(chain.run(placeOrder, 'w1', { ...sell, slot: SLOT + 1, qty: 10_000 })).toBeUndefined();
  });

  test('energy AD-14: at most 8 orders per slot and side, cancelled ones included', () => {
    const chain = market();
    for (let n = 0; n < 8; n++) {
      expect(chain.run(placeOrder, 'w1', { ...sell, qty: 1, clientRef: `r${n}` })).toBeUndefined();
    }
    expect(chain.run(cancelOrder, 'w1', { slot: SLOT, clientRef: 'r0', owner: 'w1' })).toBeUndefined();
    expect(chain.run(placeOrder, 'w1', { ...sell, qty: 1, clientRef: 'r8' })).toBe('E_TOO_MANY');
    expect(chain.run(placeOrder, 'w1', { ...buy, price: 339, qty: 1, clientRef: 'r9' })).toBeUndefined();
  });

  test('energy PA1: at most maxOrdersPerSlot in all', () => {
    const chain = openMarket([{ id: 'w1', role: 'WIND' }], { params: { maxOrdersPerSlot: 1 } });
    expect(chain.order('w1', sell)).toBeUndefined();
    expect(chain.order('w1', { ...sell, clientRef: 'b' })).toBe('E_TOO_MANY');
    expect(chain.order('w1', { ...sell, slot: SLOT + 1 })).toBeUndefined();
  });

  test('energy AD-3: the same order twice is refused, also after it was cancelled', () => {
    const chain = market();
    chain.run(placeOrder, 'w1', sell);
    expect(chain.run(placeOrder, 'w1', sell)).toBe('E_DUP');
    chain.run(cancelOrder, 'w1', { slot: SLOT, clientRef: 'a', owner: 'w1' });
    expect(chain.run(placeOrder, 'w1', sell)).toBe('E_DUP');
    expect(chain.run(placeOrder, 'u1', { ...sell, meter: 'u1_m' })).toBeUndefined();
  });

  test('energy AD-13: crossing an own order is refused, the fee counted', () => {
    const chain = market();
    chain.run(placeOrder, 'w1', { ...sell, price: 400 });
    expect(chain.run(placeOrder, 'w1', { ...buy, price: 440, clientRef: 'b' })).toBe('E_SELF_CROSS');
    expect(chain.run(placeOrder, 'w1', { ...buy, price: 439, clientRef: 'b' })).toBeUndefined();
    expect(chain.run(placeOrder, 'w1', { ...sell, price: 399, clientRef: 'c' })).toBe('E_SELF_CROSS');
    chain.run(cancelOrder, 'w1', { slot: SLOT, clientRef: 'a', owner: 'w1' });
    expect(chain.run(placeOrder, 'w1', { ...buy, price: 440, clientRef: 'd' })).toBeUndefined();
  });

  test('energy AD-15: the largest quantity at the highest price neither overflows nor passes', () => {
    const chain = market();
    expect(chain.run(placeOrder, 'w1', { ...sell, qty: 1_000_000_001, price: 2 ** 32 - 1 })).toBe('E_QTY');
    expect(chain.run(placeOrder, 'w1', { ...sell, qty: 1_000_000_000, price: 2 ** 32 - 1 })).toBe('E_CAPACITY');
    expect(1_000_000_000n * (2n ** 32n - 1n)).toBeLessThan(2n ** 63n);
  });

  test('energy TX25, ST3: an id is slot/clientRef/owner and orders sort by it', () => {
    const chain = market();
    chain.run(placeOrder, 'w1', { ...sell, clientRef: 'b' });
    chain.run(placeOrder, 'u1', { ...sell, meter: 'u1_m', clientRef: 'b' });
    chain.run(placeOrder, 'w1', { ...sell, clientRef: 'a' });
    const orders = readOrders(chain.state, ZONE, SLOT);
    expect([...orders.keys()]).toEqual(['a/w1', 'b/u1', 'b/w1']);
    expect([...orders.values()].every(({ filled, state }) => filled === 0 && state === 'OPEN')).toBe(true);
  });

  test('a payload with an id outside the alphabet does not decode', () => {
    for (const clientRef of ['', 'a/b', 'a b', 'ä', 'a'.repeat(33)]) {
      expect(() => placeOrder.codec.encode({ ...sell, clientRef })).toThrow();
    }
  });
});

describe('energy TX7: cancelling', () => {
  const cancel = { slot: SLOT, clientRef: 'a', owner: 'w1' };

  test('energy SM1: OPEN → CANCELLED, the escrow is freed', () => {
    const chain = market();
    chain.run(placeOrder, 'w1', sell);
    expect(chain.run(cancelOrder, 'w1', cancel)).toBeUndefined();
    expect(readMarket(chain.state).accounts.get('w1')?.escrow).toBe(0n);
    expect(readOrders(chain.state, ZONE, SLOT).get('a/w1')?.state).toBe('CANCELLED');
    expect(chain.run(cancelOrder, 'w1', cancel)).toBe('E_STATUS');
  });

  test('only the owner may', () => {
    const chain = market();
    chain.run(placeOrder, 'w1', sell);
    expect(chain.run(cancelOrder, 'u1', cancel)).toBe('E_ROLE');
    expect(chain.run(cancelOrder, 'stranger', cancel)).toBe('E_ROLE');
  });

  test('energy AD-4: the gate ends it', () => {
    const chain = market();
    chain.run(placeOrder, 'w1', sell);
    chain.begin(timeOf(SLOT) - 901);
    expect(chain.run(cancelOrder, 'w1', { ...cancel, clientRef: 'none' })).toBe('E_STATUS');
    chain.begin(timeOf(SLOT) - 900);
    expect(chain.run(cancelOrder, 'w1', cancel)).toBe('E_SLOT_CLOSED');
    expect(chain.run(placeOrder, 'u1', { ...buy, meter: 'u1_m' })).toBe('E_SLOT_CLOSED');
    expect(readMarketSlot(chain.state, ZONE, SLOT)).toMatchObject({ state: 'CLEARED', reason: 'NO_BIDS' });
  });
});

test('energy TX5 of a meter’s owner leaves other participants’ orders alone', () => {
  const chain = market();
  chain.run(placeOrder, 'w1', sell);
  chain.run(placeOrder, 'u1', { ...buy, meter: meterOf('u1') });
  chain.begin(timeOf(SLOT - 1));
  expect(readMarketSlot(chain.state, ZONE, SLOT)).toMatchObject({ state: 'CLEARED', volume: 1_000, price: 450 });
});
