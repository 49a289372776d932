// Plain JavaScript modules: a node with a clock that the program turns, and a payment that reaches its receiver.
import { dpos } from '@fiducia/consensus-dpos';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { createHost, createLoopbackNetwork, createMemoryLog } from '@fiducia/host';
import { ACCOUNTS, createLedger, createTransaction, transfer, verifyStateProof } from '@fiducia/ledger';

const SLOT_MS = 2_000;
const crypto = await createCrypto();
const alice = keyPairFromSeed('alice');
const net = createLoopbackNetwork().join(alice.address);

const ledger = createLedger({
  crypto,
  net,
  genesis: {
    chainName: 'one producer',
    timestamp: 0,
    minimumFee: 1n,
    accounts: [{ actor: alice.address, balance: 1_000n }],
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 0n,
    unbondingBlocks: 100,
    candidates: [{ id: alice.address, owner: alice.address, deposit: 100n, category: 'WIND', signatures: [] }],
    ballots: [],
    consensus: new Uint8Array(),
  },
});

let now = 0;
const appointments = new Set();
const clock = {
  now: () => now,
  schedule(at, callback) {
    const appointment = { at, callback };
    appointments.add(appointment);
    return () => void appointments.delete(appointment);
  },
  entropy: () => new Uint8Array(32),
};

/** Lets time pass, and everything come to rest that it sets off. */
async function passTime(until) {
  for (; now < until; now += SLOT_MS / 4) {
    for (const appointment of [...appointments].filter(({ at }) => at <= now)) {
      appointments.delete(appointment);
      appointment.callback();
    }
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  }
}

const host = createHost({
  chain: ledger,
  net,
  crypto,
  signer: createMemorySigner({ keyPair: alice, crypto }),
  clock,
  log: createMemoryLog(),
  plugins: [dpos()],
  eras: [{ fromHeight: 1, production: { name: 'dpos', config: { delegates: 1, slotMs: SLOT_MS } } }],
  chainId: ledger.chainId,
});
await host.start();
const payment = createTransaction(transfer, {
  chainId: ledger.chainId,
  nonce: ledger.nonceOf(alice.address),
  fee: 1n,
  payload: { to: 'bob', amount: 25n },
  signer: { address: alice.address, sign: (...place) => crypto.sign(alice, ...place) },
});
const submitted = await ledger.submit(payment);
await passTime(10 * SLOT_MS);
await host.stop();

const { height } = host.head().header;
const state = ledger.stateAt();
console.log(
  JSON.stringify({
    submitted: submitted.kind,
    blocks: height >= 8 && height <= 10,
    bob: String(state.get(ACCOUNTS, 'bob').balance),
    proven: verifyStateProof(state.root, state.prove(ACCOUNTS, 'bob')),
  }),
);
