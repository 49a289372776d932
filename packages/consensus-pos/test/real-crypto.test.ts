import { vrfPossessionAlpha } from '@fiducia/consensus';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import {
  createTransaction,
  type GenesisConfig,
  ledgerScope,
  registerKey,
  type TransactionSigner,
  validatorKeysModule,
} from '@fiducia/ledger';
import { createChainNode, createSimulation, requireEqualHeads } from '@fiducia/simulator';
import { expect, it } from 'vitest';
import { type PosState, pos } from '../src/index.ts';
import { T0 } from './support.ts';

const NAMES = ['wind', 'solar'];

it('randomness-vrf R1, K1: real proofs carry a chain, and a key registered on it joins the lottery', async () => {
  const crypto = await createCrypto();
  const keyPairs = NAMES.map((name) => keyPairFromSeed(name));
  const simulation = createSimulation({ seed: 1, startTime: T0, sha256: crypto.sha256, network: {} });
  const signers = keyPairs.map((keyPair, index) => {
    const vrfSecretKey = keyPairFromSeed(`${NAMES[index]}/vrf`).secretKey;
    return createMemorySigner({ keyPair, crypto, vrfSecretKey });
  });
  const genesis: GenesisConfig = {
    chainName: 'real cryptography',
    timestamp: T0,
    minimumFee: 1n,
    accounts: keyPairs.map(({ address }) => ({ actor: address, balance: 1_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 10_000,
    candidates: keyPairs.map(({ address: id }) => ({ id, owner: id, deposit: 500n, category: 'WIND', signatures: [] })),
    ballots: [],
    consensus: new Uint8Array(),
  };
  // The second validator has no key in genesis.
  const keys = signers.slice(0, 1).map(({ self, vrfPublicKey }) => ({ actor: self, publicKey: vrfPublicKey }));
  const nodes = signers.map((signer, index) =>
    createChainNode({
      ports: simulation.addNode(NAMES[index] ?? ''),
      genesis,
      modules: [validatorKeysModule({ keys })],
      crypto,
      signer,
      plugins: [pos()],
      eras: [{ fromHeight: 1, production: { name: 'pos', config: { slotMs: 1_000, epochSlots: 30, minStake: 1 } } }],
    }),
  );
  for (const node of nodes) await node.start();

  const [keyPair, signer, ledger] = [keyPairs[1], signers[1], nodes[1]?.ledger];
  if (keyPair === undefined || signer === undefined || ledger === undefined) return expect.unreachable();
  const { chainId } = ledger;
  const alpha = vrfPossessionAlpha(chainId, signer.self);
  const possession = await signer.proveVrf(ledgerScope(chainId), alpha);
  const wallet: TransactionSigner = {
    address: signer.self,
    sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data),
  };
  const payload = { id: signer.self, publicKey: signer.vrfPublicKey, ...possession };
  const transaction = createTransaction(registerKey, { chainId, nonce: 0, fee: 1n, payload, signer: wallet });
  expect(await ledger.submit(transaction)).toMatchObject({ kind: 'added' });

  await simulation.runUntil(T0 + 97_900);
  requireEqualHeads(nodes);
  const tip = nodes[0]?.host.head() ?? expect.unreachable();
  expect(tip.header.height).toBe(97);
  const state = tip.state as PosState;
  expect(state.seeds.epoch).toBe(3);
  expect(state.snapshots[0].tickets.map(({ id }) => id)).toContain(signer.self);
  const authors = new Set<string>();
  for (let height = 90; height <= 97; height++) {
    const stored = await ledger.read({ kind: 'height', height });
    authors.add(stored?.block.header.author ?? '');
  }
  expect(authors).toEqual(new Set(signers.map(({ self }) => self)));
});
