/**
 * Importing a block, beside the checks of its signatures: whoever reads a block has to make those.
 *
 * @module
 */
import type { ActorId, Bytes } from '@fiducia/consensus';
import { type Crypto, createCrypto, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { createLedger, createTransaction, decodeBlock, type Ledger, ledgerScope, transfer } from '@fiducia/ledger';
import { compare, type Measurement } from './measure.ts';

const TRANSACTIONS = 256;
const TIMESTAMP = 1_000;

/** Everything but the signatures costs no more than they do, even with the native library. */
const RATIO_MIN = 1;

/** Measures decoding and executing a block of transfers whose signatures are known, against checking them. */
export async function measureLedger(): Promise<readonly Measurement[]> {
  const crypto = await createCrypto();
  const keyPairs = Array.from({ length: TRANSACTIONS }, (_, index) => keyPairFromSeed(`bench/${index}`));
  const ledger = ledgerOf(keyPairs, crypto);
  const bytes = await blockOf(ledger, keyPairs, crypto);
  const scope = ledgerScope(ledger.chainId);
  const decoded = decodeBlock(bytes);
  if (typeof decoded === 'string') throw new Error(decoded);
  const claims = decoded.transactions.map(({ signer, signedBytes: data, signature }) => {
    return { kind: 'signature', signer, domain: 'transaction', data, signature } as const;
  });
  return [
    await compare(
      {
        name: 'decode and execute a block of 256 transfers',
        run: async () => {
          const block = ledger.decode(bytes, 'block');
          const result = block && (await ledger.execute(block, { directives: [] }));
          if (result?.kind !== 'executed') throw new Error('the block was refused');
        },
      },
      {
        name: `check its signatures (${crypto.backend})`,
        run: async () => {
          if ((await crypto.verify(scope, claims)).kind !== 'valid') throw new Error('a signature was refused');
        },
      },
      crypto.backend === 'native' ? RATIO_MIN : null,
    ),
  ];
}

function ledgerOf(keyPairs: readonly KeyPair[], crypto: Crypto): Ledger {
  const genesis = {
    chainName: 'bench',
    timestamp: TIMESTAMP,
    minimumFee: 1n,
    accounts: keyPairs.map(({ address: actor }) => ({ actor, balance: 1_000_000n })),
    supervisors: { keys: [], threshold: 0 },
    admission: 'open',
    depositMin: 1n,
    unbondingBlocks: 0,
    candidates: [],
    ballots: [],
    consensus: new Uint8Array(),
  } as const;
  return createLedger({ genesis, crypto });
}

/** A block in which everybody pays his neighbour. Submitting makes the ledger know the signatures. */
async function blockOf(ledger: Ledger, keyPairs: readonly KeyPair[], crypto: Crypto): Promise<Bytes> {
  for (const [index, keyPair] of keyPairs.entries()) {
    const to: ActorId = keyPairs[(index + 1) % keyPairs.length]?.address ?? '';
    const { address } = keyPair;
    const bytes = createTransaction(transfer, {
      chainId: ledger.chainId,
      nonce: 0,
      fee: 1n,
      payload: { to, amount: 7n },
      signer: { address, sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data) },
    });
    const result = await ledger.submit(bytes);
    if (result.kind !== 'added') throw new Error(`a transfer was not taken: ${JSON.stringify(result)}`);
  }
  const genesis = await ledger.read({ kind: 'genesis' });
  const block = await ledger.build({
    parentId: genesis?.block.header.id ?? '',
    timestamp: TIMESTAMP,
    author: keyPairs[0]?.address ?? '',
    protocol: 'bench@1',
    digest: new Uint8Array(),
    directives: [],
    evidence: [],
    certificates: [],
    deadline: TIMESTAMP,
  });
  if (block === null) throw new Error('the ledger built nothing');
  return ledger.seal(block, new Uint8Array(1)).bytes;
}
