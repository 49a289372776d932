// A wallet with a market: equal keys give equal bytes in every engine, and on the native and the portable path.
import { createCrypto, keyPairFromSeed } from '@fiducia/crypto';
import { clearUniform } from '@fiducia/energy';
import { ACCOUNTS, createLedger, createTransaction, transfer, verifyStateProof } from '@fiducia/ledger';

export async function createReport() {
  const crypto = await createCrypto();
  const alice = keyPairFromSeed('alice');
  const ledger = createLedger({
    crypto,
    genesis: {
      chainName: 'wallet',
      timestamp: 0,
      minimumFee: 1n,
      accounts: [{ actor: alice.address, balance: 1_000n }],
      admission: 'open',
      supervisors: { keys: [], threshold: 0 },
      depositMin: 0n,
      unbondingBlocks: 100,
      candidates: [],
      ballots: [],
      consensus: new Uint8Array(),
    },
  });
  const signer = { address: alice.address, sign: (...place) => crypto.sign(alice, ...place) };
  const transaction = createTransaction(transfer, {
    chainId: ledger.chainId,
    nonce: ledger.nonceOf(alice.address),
    fee: 1n,
    payload: { to: 'bob', amount: 25n },
    signer,
  });
  const { kind, id } = await ledger.submit(transaction);
  const state = ledger.stateAt();
  const { price, trades } = clearUniform(
    [
      { id: 'b1', side: 'buy', price: 600, qty: 1_000 },
      { id: 's1', side: 'sell', price: 320, qty: 1_200 },
    ],
    { gridFee: 40, kPermille: 500 },
  );
  return {
    submitted: kind,
    id,
    proven: verifyStateProof(state.root, state.prove(ACCOUNTS, alice.address)),
    price,
    trades: trades.length,
  };
}
