import { readBalance } from '@fiducia/ledger';
import { describe, expect, test } from 'vitest';
import {
  approveMeter,
  cancelOrder,
  findEscrowMismatches,
  fund,
  MARKET_TRUST_PARAMS,
  type RegisterMeter,
  type RegisterParticipant,
  type ReviewParticipant,
  readAudit,
  readMarket,
  readMeter,
  readOrders,
  registerMeter,
  registerParticipant,
  reviewParticipant,
  type SetStatus,
  setStatus,
  withdraw,
} from '../src/index.ts';
import { actorOf, HASH, MarketChain, meterOf, openMarket, SIGNATURE, SLOT, timeOf, ZONE } from './market-chain.ts';

const application: RegisterParticipant = {
  id: 'wind1',
  role: 'WIND',
  zone: ZONE,
  capGenW: 20_000,
  capLoadW: 4_000,
  docsHash: HASH,
  deposit: 700n,
};
const review: ReviewParticipant = {
  id: 'wind1',
  decision: 'APPROVE',
  reasonCode: 'DOCS_OK',
  evidenceHash: HASH,
  capGenW: null,
  capLoadW: null,
};
const status: SetStatus = {
  id: 'wind1',
  status: 'SUSPENDED',
  reasonCode: 'AUDIT',
  evidenceHash: HASH,
  untilSlot: null,
};
const meter: RegisterMeter = {
  meterId: 'wind1_m',
  key: actorOf('wind1_m'),
  maxImportWh: 1_000,
  maxExportWh: 5_000,
  startImport: 12,
  startExport: 34,
};

/** A chain with an account for wind1 that holds 1000 µ¤. */
function chainWithAccount(): MarketChain {
  const chain = new MarketChain({
    accounts: [{ id: 'wind1', actor: actorOf('wind1'), balance: 1_000n }],
    params: { minimumDeposits: { WIND: 500n, PV: 0n, HYDRO: 0n, INTEGRATED: 0n, USER: 0n } },
  });
  chain.begin(timeOf(SLOT - 12));
  return chain;
}

const memberOf = (chain: MarketChain, id: string) =>
  readMarket(chain.state).participants.find((participant) => participant.id === id);

describe('energy TX1: registration', () => {
  test('locks the deposit and waits for the review', () => {
    const chain = chainWithAccount();
    expect(chain.run(registerParticipant, 'wind1', application)).toBeUndefined();
    expect(memberOf(chain, 'wind1')).toMatchObject({
      status: 'PENDING',
      deposit: 700n,
      account: { available: 300n, escrow: 700n, debt: 0n },
    });
    expect(findEscrowMismatches(chain.state)).toEqual([]);
  });

  test('takes what the market account lacks from the core account', () => {
    const chain = chainWithAccount();
    chain.endow('wind1', 5_000n);
    expect(chain.run(registerParticipant, 'wind1', { ...application, deposit: 1_600n })).toBeUndefined();
    expect(readBalance(chain.state, actorOf('wind1'))).toBe(4_400n);
    expect(memberOf(chain, 'wind1')?.account).toEqual({ available: 0n, escrow: 1_600n, debt: 0n });
  });

  test.each([
    ['an id in use', 'E_DUP', 'other', { id: 'GRID' }],
    ['the penalty fund', 'E_DUP', 'other', { id: 'FUND' }],
    ['an id that genesis keeps for somebody else', 'E_DUP', 'thief', {}],
    ['a key in use', 'E_DUP', 'GRID', { id: 'grid2' }],
    ['the role of the grid operator', 'E_ROLE', 'wind1', { role: 'GRID' as const }],
    ['the role of the supervisor', 'E_ROLE', 'wind1', { role: 'SUPERVISOR' as const }],
    ['an unknown zone', 'E_BOUNDS', 'wind1', { zone: 'Z9' }],
    ['a deposit below the minimum of the role', 'E_ESCROW', 'wind1', { deposit: 499n }],
    ['a deposit that is not there', 'E_ESCROW', 'wind1', { deposit: 1_001n }],
  ])('refuses %s: %s', (_, refusal, signer, change) => {
    expect(chainWithAccount().run(registerParticipant, signer, { ...application, ...change })).toBe(refusal);
  });
});

describe('energy TX2, ST1: review', () => {
  test('admits with the initial trust of the profile, and lowers limits', () => {
    const chain = chainWithAccount();
    chain.run(registerParticipant, 'wind1', application);
    expect(chain.run(reviewParticipant, 'SUPERVISOR', { ...review, capGenW: 15_000 })).toBeUndefined();
    expect(memberOf(chain, 'wind1')).toMatchObject({ status: 'ACTIVE', capGenW: 15_000, capLoadW: 4_000 });
    expect(memberOf(chain, 'wind1')?.trust?.dynamic).toBe(MARKET_TRUST_PARAMS.d0);
    expect(readAudit(chain.state)).toMatchObject([{ action: 'APPROVE', subject: 'wind1', reasonCode: 'DOCS_OK' }]);
  });

  test('energy TF1: who comes late has not been idle before', () => {
    const chain = chainWithAccount();
    chain.begin(timeOf(SLOT + 1_000));
    chain.run(registerParticipant, 'wind1', application);
    chain.run(reviewParticipant, 'SUPERVISOR', review);
    expect(memberOf(chain, 'wind1')?.trust?.dynamic).toBe(MARKET_TRUST_PARAMS.d0);
  });

  test('rejects and gives the deposit back; the id never returns', () => {
    const chain = chainWithAccount();
    chain.run(registerParticipant, 'wind1', application);
    expect(chain.run(reviewParticipant, 'SUPERVISOR', { ...review, decision: 'REJECT' })).toBeUndefined();
    expect(memberOf(chain, 'wind1')).toMatchObject({ status: 'REJECTED', account: { available: 1_000n, escrow: 0n } });
    expect(chain.run(registerParticipant, 'wind1', application)).toBe('E_DUP');
  });

  test.each([
    ['by somebody else', 'E_ROLE', 'GRID', {}],
    ['of a stranger', 'E_STATUS', 'SUPERVISOR', { id: 'nobody' }],
    ['that raises the generation', 'E_CAPACITY', 'SUPERVISOR', { capGenW: 20_001 }],
    ['that raises the load', 'E_CAPACITY', 'SUPERVISOR', { capLoadW: 4_001 }],
  ])('refuses a review %s: %s', (_, refusal, signer, change) => {
    const chain = chainWithAccount();
    chain.run(registerParticipant, 'wind1', application);
    expect(chain.run(reviewParticipant, signer, { ...review, ...change })).toBe(refusal);
  });

  test('refuses a second review', () => {
    const chain = chainWithAccount();
    chain.run(registerParticipant, 'wind1', application);
    chain.run(reviewParticipant, 'SUPERVISOR', review);
    expect(chain.run(reviewParticipant, 'SUPERVISOR', review)).toBe('E_STATUS');
  });
});

describe('energy TX5, ST1, SV4: status', () => {
  test('a suspension ends the open orders and frees their escrow', () => {
    const chain = openMarket([{ id: 'wind1', role: 'WIND' }]);
    expect(chain.order('wind1', { side: 'sell', price: 340, qty: 1_000 })).toBeUndefined();
    expect(chain.run(setStatus, 'SUPERVISOR', status)).toBeUndefined();
    expect([...readOrders(chain.state, ZONE, SLOT).values()]).toMatchObject([{ state: 'REVOKED', escrow: 0n }]);
    expect(memberOf(chain, 'wind1')).toMatchObject({ status: 'SUSPENDED', account: { escrow: 0n } });
    expect(chain.order('wind1', { side: 'sell', price: 340, qty: 1_000, clientRef: 'b' })).toBe('E_STATUS');
  });

  test('energy SV1, SV3: ACTIVE ⇄ SUSPENDED → REVOKED and nothing else, every act in the audit log', () => {
    const chain = openMarket([{ id: 'wind1', role: 'WIND' }]);
    const set = (next: SetStatus['status']) => chain.run(setStatus, 'SUPERVISOR', { ...status, status: next });
    expect(set('REVOKED')).toBe('E_STATUS');
    expect(set('ACTIVE')).toBe('E_STATUS');
    expect(set('SUSPENDED')).toBeUndefined();
    expect(set('SUSPENDED')).toBe('E_STATUS');
    expect(set('ACTIVE')).toBeUndefined();
    expect(set('SUSPENDED')).toBeUndefined();
    expect(set('REVOKED')).toBeUndefined();
    for (const next of ['ACTIVE', 'SUSPENDED', 'REVOKED'] as const) expect(set(next)).toBe('E_STATUS');
    expect(readAudit(chain.state).map(({ action }) => action)).toEqual([
      'APPROVE',
      'APPROVE_METER',
      'SUSPEND',
      'ACTIVATE',
      'SUSPEND',
      'REVOKE',
    ]);
    expect(readAudit(chain.state).at(-1)).toEqual({
      actor: actorOf('SUPERVISOR'),
      action: 'REVOKE',
      subject: 'wind1',
      reasonCode: 'AUDIT',
      evidenceHash: HASH,
      height: chain.height,
    });
  });

  test('a suspension with an end lifts itself', () => {
    const chain = openMarket([{ id: 'wind1', role: 'WIND' }]);
    chain.run(setStatus, 'SUPERVISOR', { ...status, untilSlot: SLOT - 8 });
    chain.begin(timeOf(SLOT - 8) - 1);
    expect(chain.order('wind1', { side: 'sell', price: 340, qty: 1 })).toBe('E_STATUS');
    chain.begin(timeOf(SLOT - 8));
    expect(chain.order('wind1', { side: 'sell', price: 340, qty: 1 })).toBeUndefined();
  });

  test('refuses strangers, the system’s own parts, and an end of anything but a suspension', () => {
    const chain = openMarket([{ id: 'wind1', role: 'WIND' }]);
    chain.run(setStatus, 'SUPERVISOR', status);
    expect(chain.run(setStatus, 'SUPERVISOR', { ...status, status: 'ACTIVE', untilSlot: SLOT })).toBe('E_STATUS');
    expect(chain.run(setStatus, 'SUPERVISOR', { ...status, status: 'REVOKED', untilSlot: SLOT })).toBe('E_STATUS');
    expect(chain.run(setStatus, 'wind1', status)).toBe('E_ROLE');
    expect(chain.run(setStatus, 'SUPERVISOR', { ...status, id: 'GRID' })).toBe('E_ROLE');
    expect(chain.run(setStatus, 'SUPERVISOR', { ...status, id: 'nobody' })).toBe('E_STATUS');
  });
});

describe('energy TX3, TX4: meters', () => {
  function chainWithMember(): MarketChain {
    const chain = chainWithAccount();
    chain.run(registerParticipant, 'wind1', application);
    chain.run(reviewParticipant, 'SUPERVISOR', review);
    return chain;
  }

  test('wait for both approvals', () => {
    const chain = chainWithMember();
    expect(chain.run(registerMeter, 'wind1', meter)).toBeUndefined();
    expect(readMeter(chain.state, 'wind1_m')).toMatchObject({ status: 'PENDING', regImport: 12, regExport: 34 });
    const approval = { meterId: 'wind1_m', signature: SIGNATURE };
    expect(chain.run(approveMeter, 'GRID', { ...approval, cosigner: actorOf('GRID') })).toBe('E_ROLE');
    expect(chain.run(approveMeter, 'SUPERVISOR', { ...approval, cosigner: actorOf('SUPERVISOR') })).toBe('E_ROLE');
    expect(chain.run(approveMeter, 'wind1', { ...approval, cosigner: actorOf('GRID') })).toBe('E_ROLE');
    expect(chain.run(approveMeter, 'SUPERVISOR', { ...approval, cosigner: actorOf('GRID') })).toBeUndefined();
    expect(readMeter(chain.state, 'wind1_m')?.status).toBe('ACTIVE');
    expect(chain.run(approveMeter, 'SUPERVISOR', { ...approval, cosigner: actorOf('GRID') })).toBe('E_METER');
  });

  test.each([
    ['of a stranger', 'E_STATUS', 'stranger', {}],
    ['beyond the load', 'E_CAPACITY', 'wind1', { maxImportWh: 1_001 }],
    ['beyond the generation', 'E_CAPACITY', 'wind1', { maxExportWh: 5_001 }],
  ])('refuses a meter %s: %s', (_, refusal, signer, change) => {
    expect(chainWithMember().run(registerMeter, signer, { ...meter, ...change })).toBe(refusal);
  });

  test('nobody is kept from registering by somebody who names his key as that of a meter', () => {
    const chain = openMarket([{ id: 'thief', role: 'USER' }]);
    const squatted = { ...meter, meterId: 'squat', key: actorOf('wind1'), maxExportWh: 0 };
    expect(chain.run(registerMeter, 'thief', squatted)).toBeUndefined();
    expect(chain.run(registerParticipant, 'wind1', { ...application, deposit: 0n })).toBeUndefined();
    // The key of a meter acts for nobody.
    expect(chain.run(registerMeter, 'squat', meter)).toBe('E_STATUS');
  });

  test('refuses the same id or key twice, and more than 16', () => {
    const chain = chainWithMember();
    for (let n = 0; n < 16; n++) {
      expect(chain.run(registerMeter, 'wind1', { ...meter, meterId: `m${n}`, key: `key-m${n}` })).toBeUndefined();
    }
    expect(chain.run(registerMeter, 'wind1', { ...meter, meterId: 'm0', key: 'key-new' })).toBe('E_DUP');
    expect(chain.run(registerMeter, 'wind1', { ...meter, key: 'key-m0' })).toBe('E_DUP');
    expect(chain.run(registerMeter, 'wind1', meter)).toBe('E_TOO_MANY');
  });
});

describe('energy TX18, TX19, TX24: money in and out', () => {
  test('moves between core account and market account', () => {
    const chain = openMarket([{ id: 'wind1', role: 'WIND', balance: 100n }]);
    chain.endow('wind1', 1_000n);
    expect(chain.run(fund, 'wind1', { amount: 600n })).toBeUndefined();
    expect(memberOf(chain, 'wind1')?.account.available).toBe(700n);
    expect(chain.run(withdraw, 'wind1', { amount: 650n })).toBeUndefined();
    expect(memberOf(chain, 'wind1')?.account.available).toBe(50n);
    expect(readBalance(chain.state, actorOf('wind1'))).toBe(1_050n);
  });

  test('refuses what is not there', () => {
    const chain = openMarket([{ id: 'wind1', role: 'WIND', balance: 100n }]);
    chain.endow('wind1', 10n);
    expect(chain.run(fund, 'wind1', { amount: 11n })).toBe('E_ESCROW');
    expect(chain.run(fund, 'wind1', { amount: 0n })).toBe('E_QTY');
    expect(chain.run(withdraw, 'wind1', { amount: 101n })).toBe('E_ESCROW');
    expect(chain.run(withdraw, 'wind1', { amount: 0n })).toBe('E_QTY');
    expect(chain.run(fund, 'stranger', { amount: 1n })).toBe('E_STATUS');
    expect(chain.run(withdraw, 'stranger', { amount: 1n })).toBe('E_STATUS');
  });

  test('energy UN2: the market never holds more than an amount can say', () => {
    const chain = openMarket([{ id: 'wind1', role: 'WIND', balance: 100n }]);
    chain.endow('wind1', 2n ** 63n);
    expect(chain.run(fund, 'wind1', { amount: 2n ** 63n - 1n })).toBe('E_QTY');
  });

  test('energy AD-21: escrow cannot be withdrawn', () => {
    const chain = openMarket([{ id: 'wind1', role: 'WIND', balance: 1_000_000n }]);
    chain.order('wind1', { side: 'sell', price: 340, qty: 1_000 });
    const available = memberOf(chain, 'wind1')?.account.available ?? 0n;
    expect(available).toBe(1_000_000n - 430_000n);
    expect(chain.run(withdraw, 'wind1', { amount: available + 1n })).toBe('E_ESCROW');
    expect(chain.run(cancelOrder, 'wind1', { slot: SLOT, clientRef: 'a', owner: 'wind1' })).toBeUndefined();
    expect(chain.run(withdraw, 'wind1', { amount: 1_000_000n })).toBeUndefined();
  });
});

test('energy TX23: who has to sign besides the signer', () => {
  const approval = { meterId: 'm', cosigner: 'grid', signature: SIGNATURE };
  const [claim, ...others] = approveMeter.claims?.(approval, HASH, 'other') ?? [];
  expect(others).toEqual([]);
  expect(claim).toMatchObject({ kind: 'signature', signer: 'grid', domain: 'energy/cosign', signature: SIGNATURE });
  const changed = approveMeter.claims?.({ ...approval, meterId: 'n' }, HASH, 'other')[0];
  expect(changed).not.toEqual(claim);
  expect(meterOf('x')).toBe('x_m');
});
