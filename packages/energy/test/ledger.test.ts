import { createCrypto, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { createLedger, createTransaction, type Ledger, ledgerScope, type TransactionForm } from '@fiducia/ledger';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  approveMeter,
  COSIGN_DOMAIN,
  checkMoneyConserved,
  DEMO_ENERGY_PARAMS,
  energyCosignData,
  energyModule,
  findEscrowMismatches,
  type MarketRole,
  placeOrder,
  readMarket,
  readMarketSlot,
  readOrders,
  registerMeter,
  registerParticipant,
  reviewParticipant,
  submitReading,
} from '../src/index.ts';
import { HASH, meterOf, SLOT, timeOf, ZONE } from './market-chain.ts';

const members: readonly { id: string; role: MarketRole }[] = [
  { id: 'w1', role: 'WIND' },
  { id: 'u1', role: 'USER' },
];
const keys = new Map(
  ['GRID', 'SUPERVISOR', 'node', ...members.flatMap(({ id }) => [id, meterOf(id)])].map((name) => [
    name,
    keyPairFromSeed(name),
  ]),
);
const keyOf = (name: string): KeyPair => keys.get(name) ?? keyPairFromSeed(name);

let crypto: Awaited<ReturnType<typeof createCrypto>>;
beforeAll(async () => {
  crypto = await createCrypto();
});

type Block = NonNullable<Awaited<ReturnType<Ledger['build']>>>;

/** The real ledger with the market in it; the host's part is played by hand. */
class LedgerChain {
  readonly ledger: Ledger;
  #head = '';

  constructor() {
    const market = energyModule({
      params: DEMO_ENERGY_PARAMS,
      grid: { actor: keyOf('GRID').address, balance: 100_000_000_000n },
      supervisors: [{ id: 'SUPERVISOR', actor: keyOf('SUPERVISOR').address }],
      accounts: members.map(({ id }) => ({ id, actor: keyOf(id).address, balance: 5_000_000_000n })),
    });
    this.ledger = createLedger({
      genesis: {
        chainName: 'market',
        timestamp: timeOf(SLOT - 16) * 1000,
        minimumFee: 1n,
        accounts: [...keys.values()].map(({ address }) => ({ actor: address, balance: 1_000_000n })),
        supervisors: { keys: [], threshold: 0 },
        admission: 'open',
        depositMin: 1n,
        unbondingBlocks: 0,
        candidates: [],
        ballots: [],
        consensus: new Uint8Array(),
      },
      modules: [market],
      crypto,
    });
  }

  async start(): Promise<this> {
    const genesis = await this.ledger.read({ kind: 'genesis' });
    this.#head = genesis?.block.header.id ?? '';
    return this;
  }

  async send<P>(form: TransactionForm<P>, signer: string, payload: P): Promise<void> {
    const { address } = keyOf(signer);
    const bytes = createTransaction(form, {
      chainId: this.ledger.chainId,
      nonce: this.ledger.nonceOf(address),
      fee: 1n,
      payload,
      signer: { address, sign: (scope, domain, data) => crypto.sign(keyOf(signer), scope, domain, data) },
    });
    expect(await this.ledger.submit(bytes)).toMatchObject({ kind: 'added' });
  }

  cosign(name: string, data: Uint8Array): Uint8Array {
    return crypto.sign(keyOf(name), ledgerScope(this.ledger.chainId), COSIGN_DOMAIN, data);
  }

  /** Builds and adopts a block with everything the mempool holds. */
  async block(seconds: number): Promise<void> {
    await this.adopt(await this.build(seconds));
  }

  async build(seconds: number): Promise<Block> {
    const built = await this.ledger.build({
      parentId: this.#head,
      timestamp: seconds * 1000,
      author: keyOf('node').address,
      protocol: 'test@1',
      digest: new Uint8Array(),
      directives: [],
      evidence: [],
      certificates: [],
      deadline: Number.MAX_SAFE_INTEGER,
    });
    if (built === null) throw new Error('no block');
    return this.ledger.seal(built, new Uint8Array());
  }

  async adopt(block: Block): Promise<void> {
    expect(await this.ledger.execute(block, { directives: [] })).toMatchObject({ kind: 'executed' });
    const { id } = block.header;
    await this.ledger.commit({
      store: [{ block, record: new Uint8Array() }],
      headId: id,
      reverted: [],
      applied: [id],
    });
    this.#head = id;
  }

  get state() {
    const state = this.ledger.stateAt();
    if (state === undefined) throw new Error('no state');
    return state;
  }
}

async function admitAll(chain: LedgerChain): Promise<void> {
  for (const { id, role } of members) {
    const caps = { capGenW: 10_000, capLoadW: 10_000 };
    await chain.send(registerParticipant, id, { id, role, zone: ZONE, ...caps, docsHash: HASH, deposit: 0n });
  }
  await chain.block(timeOf(SLOT - 15));
  for (const { id } of members) {
    const review = {
      decision: 'APPROVE' as const,
      reasonCode: 'OK',
      evidenceHash: HASH,
      capGenW: null,
      capLoadW: null,
    };
    await chain.send(reviewParticipant, 'SUPERVISOR', { id, ...review });
  }
  await chain.block(timeOf(SLOT - 14));
  for (const { id } of members) {
    const limits = { maxImportWh: 2_500, maxExportWh: 2_500, startImport: 0, startExport: 0 };
    await chain.send(registerMeter, id, { meterId: meterOf(id), key: keyOf(meterOf(id)).address, ...limits });
  }
  await chain.block(timeOf(SLOT - 13));
  for (const { id } of members) {
    const meterId = meterOf(id);
    const cosigner = keyOf('SUPERVISOR').address;
    const signature = chain.cosign('SUPERVISOR', energyCosignData('energy/approveMeter', { meterId }));
    await chain.send(approveMeter, 'GRID', { meterId, cosigner, signature });
  }
  await chain.block(timeOf(SLOT - 12));
}

const reading = (id: string, netWh: number) => ({
  meter: meterOf(id),
  key: keyOf(meterOf(id)).address,
  slot: SLOT,
  seq: 1,
  startImport: 0,
  startExport: 0,
  endImport: Math.max(0, netWh),
  endExport: Math.max(0, -netWh),
  quality: 'MEASURED' as const,
});

describe('the market in the real ledger, with real signatures', () => {
  test('energy DM6, TX10, TX23: admits, trades, meters and settles', async () => {
    const chain = await new LedgerChain().start();
    await admitAll(chain);
    const order = { meter: meterOf('w1'), slot: SLOT, side: 'sell' as const, price: 340, qty: 1_000, clientRef: '00s' };
    await chain.send(placeOrder, 'w1', order);
    await chain.send(placeOrder, 'u1', { ...order, meter: meterOf('u1'), side: 'buy', price: 600, clientRef: '01b' });
    await chain.block(timeOf(SLOT - 6));
    await chain.block(timeOf(SLOT - 1));
    expect(readMarketSlot(chain.state, ZONE, SLOT)).toMatchObject({ price: 450, volume: 1_000, state: 'CLEARED' });

    for (const [id, netWh] of [['w1', -1_000] as const, ['u1', 1_000] as const]) {
      const fields = reading(id, netWh);
      const signature = chain.cosign(meterOf(id), energyCosignData('energy/submitReading', fields));
      await chain.send(submitReading, 'node', { ...fields, signature });
    }
    await chain.block(timeOf(SLOT + 1));
    await chain.block(timeOf(SLOT + 5));
    const market = readMarket(chain.state);
    expect(market.accounts.get('w1')).toEqual({ available: 5_000_450_000n, escrow: 0n, debt: 0n });
    expect(market.accounts.get('u1')).toEqual({ available: 4_999_510_000n, escrow: 0n, debt: 0n });
    expect(market.slots.find(({ slot }) => slot === SLOT)).toMatchObject({ zone: ZONE, state: 'PROVISIONAL' });
    expect(checkMoneyConserved(chain.state).conserved).toBe(true);
    expect(findEscrowMismatches(chain.state)).toEqual([]);
  });

  test('energy TX23: a reading that another key signed is refused with the code of the signature', async () => {
    const chain = await new LedgerChain().start();
    await admitAll(chain);
    const fields = reading('w1', -1_000);
    const { address } = keyOf('node');
    const submit = (signature: Uint8Array) =>
      chain.ledger.submit(
        createTransaction(submitReading, {
          chainId: chain.ledger.chainId,
          nonce: chain.ledger.nonceOf(address),
          fee: 1n,
          payload: { ...fields, signature },
          signer: { address, sign: (scope, domain, data) => crypto.sign(keyOf('node'), scope, domain, data) },
        }),
      );
    const data = energyCosignData('energy/submitReading', fields);
    expect(await submit(chain.cosign('u1', data))).toEqual({ kind: 'rejected', code: 'SIGNER_MISMATCH' });
    const other = energyCosignData('energy/submitReading', { ...fields, endExport: 2_000 });
    expect(await submit(chain.cosign(meterOf('w1'), other))).toEqual({ kind: 'rejected', code: 'SIGNATURE_INVALID' });
  });

  test('energy AD-6: an order that one producer leaves out stands in the block of the next', async () => {
    const [honest, censor] = [await new LedgerChain().start(), await new LedgerChain().start()];
    await admitAll(honest);
    await admitAll(censor);
    const order = { meter: meterOf('w1'), slot: SLOT, side: 'sell' as const, price: 340, qty: 1_000, clientRef: 'a' };
    await honest.send(placeOrder, 'w1', order);
    await honest.adopt(await censor.build(timeOf(SLOT - 6)));
    expect(readOrders(honest.state, ZONE, SLOT).size).toBe(0);
    // The gate lies far enough ahead for other producers.
    await honest.block(timeOf(SLOT - 5));
    expect([...readOrders(honest.state, ZONE, SLOT).keys()]).toEqual(['a/w1']);
  });

  test('energy I-10: nodes with the same blocks have the same state root', async () => {
    const [first, second] = [await new LedgerChain().start(), await new LedgerChain().start()];
    await admitAll(first);
    await admitAll(second);
    expect(first.state.root).toEqual(second.state.root);
  });
});
