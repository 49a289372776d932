import { type Fact, vrfPossessionAlpha } from '@fiducia/consensus';
import { type Crypto, createCrypto, createMemorySigner, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createTransaction,
  exitCandidate,
  genesisChainId,
  isLedgerError,
  ledgerScope,
  type RegisterKeyPayload,
  registerKey,
  type TransactionSigner,
  VRF_KEYS,
  validatorKeysModule,
} from '../src/index.ts';
import { FEE, TestChain, testGenesis } from './support.ts';

const [wind, solar, hydro] = ['wind', 'solar', 'hydro'].map((name) => keyPairFromSeed(name)) as [
  KeyPair,
  KeyPair,
  KeyPair,
];
const vrfOf = (name: string) => keyPairFromSeed(`${name}/vrf`);

const genesis = testGenesis({
  admission: 'open',
  supervisors: { keys: [], threshold: 0 },
  accounts: [wind, solar].map(({ address }) => ({ actor: address, balance: 1_000_000n })),
  candidates: [wind, hydro].map(({ address }) => ({
    id: address,
    owner: wind.address,
    deposit: 5_000n,
    category: 'WIND',
    signatures: [],
  })),
  ballots: [],
});
const keys = [{ actor: wind.address, publicKey: vrfOf('wind').publicKey }];

let chain: TestChain;
let crypto: Crypto;

beforeEach(async () => {
  crypto = await createCrypto();
  chain = await TestChain.start(genesis, [validatorKeysModule({ keys })], { crypto });
});

function signerOf(keyPair: KeyPair): TransactionSigner {
  return { address: keyPair.address, sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data) };
}

async function payloadFor(candidate: KeyPair, name: string, account = candidate): Promise<RegisterKeyPayload> {
  const { chainId } = chain.ledger;
  const signer = createMemorySigner({ keyPair: candidate, crypto, vrfSecretKey: vrfOf(name).secretKey });
  const alpha = vrfPossessionAlpha(chainId, account.address);
  const { output, proof } = await signer.proveVrf(ledgerScope(chainId), alpha);
  return { id: candidate.address, publicKey: signer.vrfPublicKey, output, proof };
}

async function attempt(payload: RegisterKeyPayload, signer = wind): Promise<readonly Fact[] | string> {
  const submitted = await chain.ledger.submit(chain.transaction(registerKey, signerOf(signer), payload));
  if (submitted.kind === 'rejected') return submitted.code;
  const block = await chain.build();
  const result = await chain.adopt(block.bytes);
  if (result.kind !== 'executed') return result.kind === 'invalid' ? result.code : result.kind;
  return chain.ledger.decode(block.bytes, 'block')?.transactions.length === 1 ? result.facts : 'left out';
}

function keyOf(keyPair: KeyPair) {
  return chain.ledger.stateAt()?.get(VRF_KEYS, keyPair.address);
}

describe('randomness-vrf K1: registration of a key', () => {
  it('needs a proof of possession, and tells consensus', async () => {
    const payload = await payloadFor(hydro, 'hydro');
    const key = { kind: 'key', actor: hydro.address, role: 'vrf', publicKey: vrfOf('hydro').publicKey };
    expect(await attempt(payload)).toEqual([key]);
    expect(keyOf(hydro)).toEqual(vrfOf('hydro').publicKey);
  });

  it('is refused with a proof for another account, another chain, or another key', async () => {
    expect(await attempt(await payloadFor(hydro, 'hydro', wind))).toBe('VRF_INVALID');
    const sound = await payloadFor(hydro, 'hydro');
    expect(await attempt({ ...sound, publicKey: vrfOf('wind').publicKey })).toBe('VRF_INVALID');
    expect(await attempt({ ...sound, output: new Uint8Array(32) })).toBe('VRF_OUTPUT_MISMATCH');
    chain = await TestChain.start({ ...genesis, chainName: 'other' }, [validatorKeysModule({ keys })], { crypto });
    expect(await attempt(sound)).toBe('VRF_INVALID');
  });

  it('is up to the owner of a candidate', async () => {
    const payload = await payloadFor(hydro, 'hydro');
    const { chainId } = chain.ledger;
    for (const [signer, sent] of [
      [solar, payload],
      [solar, await payloadFor(solar, 'solar')],
    ] as const) {
      const bytes = createTransaction(registerKey, {
        chainId,
        nonce: 0,
        fee: FEE,
        payload: sent,
        signer: signerOf(signer),
      });
      await chain.ledger.submit(bytes);
      const block = await chain.build();
      expect(chain.ledger.decode(block.bytes, 'block')?.transactions).toHaveLength(0);
    }
    await chain.include([chain.transaction(exitCandidate, signerOf(wind), { id: hydro.address })]);
    expect(await attempt(payload)).toBe('left out');
  });

  it('is for candidates that have an address', async () => {
    const payload = { ...(await payloadFor(hydro, 'hydro')), id: 'node1' };
    expect(await attempt(payload)).toBe('left out');
  });
});

it('randomness-vrf K2: the key a candidate signs with is refused', async () => {
  const payload = { ...(await payloadFor(hydro, 'hydro')), publicKey: hydro.publicKey };
  expect(await attempt(payload)).toBe('VRF_KEY_REUSED');
});

it('randomness-vrf K3: a new key replaces the old one, the same key is refused', async () => {
  expect(keyOf(wind)).toEqual(vrfOf('wind').publicKey);
  expect(await attempt(await payloadFor(wind, 'wind'))).toBe('left out');
  await chain.include([]);
  const second = await TestChain.start(genesis, [validatorKeysModule({ keys })], { crypto });
  chain = second;
  expect(await attempt(await payloadFor(wind, 'second'))).toHaveLength(1);
  expect(keyOf(wind)).toEqual(vrfOf('second').publicKey);
});

describe('keys of genesis', () => {
  it('are in the state, in the census and in the chain id, whatever their order', async () => {
    const both = [...keys, { actor: hydro.address, publicKey: vrfOf('hydro').publicKey }];
    const forward = validatorKeysModule({ keys: both });
    const backward = validatorKeysModule({ keys: both.toReversed() });
    expect(genesisChainId(genesis, [forward])).toEqual(genesisChainId(genesis, [backward]));
    expect(genesisChainId(genesis, [forward])).not.toEqual(chain.ledger.chainId);
    const state = chain.ledger.stateAt();
    if (state === undefined) return expect.unreachable();
    const module = validatorKeysModule({ keys });
    expect([...(module.census?.(state, 'key') ?? [])]).toEqual([
      { kind: 'key', actor: wind.address, role: 'vrf', publicKey: vrfOf('wind').publicKey },
    ]);
    expect([...(module.census?.(state, 'deposit') ?? [])]).toEqual([]);
    expect(chain.ledger.provides.has('key')).toBe(true);
  });

  it.each([
    ['twice the same candidate', [...keys, ...keys]],
    ['a key of another length', [{ actor: wind.address, publicKey: new Uint8Array(32) }]],
    ['no actor id', [{ actor: 'Not An Id', publicKey: new Uint8Array(33) }]],
    ['somebody who is no candidate', [{ actor: solar.address, publicKey: new Uint8Array(33) }]],
  ])('are refused with %s', async (_case, wrong) => {
    await expect(async () =>
      TestChain.start(genesis, [validatorKeysModule({ keys: wrong })], { crypto }),
    ).rejects.toSatisfy((error) => isLedgerError(error, 'INVALID_GENESIS'));
  });
});
