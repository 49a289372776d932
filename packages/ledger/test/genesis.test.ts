import { describe, expect, it } from 'vitest';
import {
  auditSupply,
  CANDIDATES,
  type GenesisConfig,
  genesisChainId,
  isLedgerError,
  type LedgerModule,
  NO_PARENT,
  readBalance,
  requireGenesis,
  signAdmission,
} from '../src/index.ts';
import { genesisCandidate, SUPERVISORS, stubSigner, TestChain, testGenesis } from './support.ts';

const plain: LedgerModule = { name: 'plain', transactions: [], provides: [] };

describe('chain id (contract section 7)', () => {
  it('covers every value of the configuration and of the modules', () => {
    const genesis = testGenesis();
    const [first, ...others] = genesis.candidates;
    if (first === undefined) throw new Error('no candidate');
    const variants: [GenesisConfig, readonly LedgerModule[]][] = [
      [genesis, []],
      [{ ...genesis, chainName: 'other' }, []],
      [{ ...genesis, timestamp: 1 }, []],
      [{ ...genesis, minimumFee: 11n }, []],
      [{ ...genesis, accounts: genesis.accounts.slice(1) }, []],
      [{ ...genesis, supervisors: { keys: SUPERVISORS, threshold: 1 } }, []],
      [{ ...genesis, depositMin: 999n }, []],
      [{ ...genesis, unbondingBlocks: 6 }, []],
      [{ ...genesis, ballots: [] }, []],
      [{ ...genesis, consensus: new Uint8Array([1]) }, []],
      [{ ...genesis, candidates: [{ ...first, owner: 'alice' }, ...others] }, []],
      [{ ...genesis, candidates: [...others, first] }, []],
      [genesis, [plain]],
      [genesis, [{ ...plain, genesisBytes: new Uint8Array([1]) }]],
      [genesis, [{ ...plain, name: 'other' }]],
    ];
    const ids = variants.map(([config, modules]) => Buffer.from(genesisChainId(config, modules)).toString('hex'));
    expect(new Set(ids).size).toBe(variants.length);
  });

  it('is the same for the same configuration', () => {
    expect(genesisChainId(testGenesis())).toEqual(genesisChainId(testGenesis()));
  });
});

describe('genesis block', () => {
  it('is executed like any other and gives the members in index order (trust K5)', async () => {
    const chain = await TestChain.start();
    const stored = await chain.ledger.read({ kind: 'genesis' });
    if (stored === null) throw new Error('no genesis');
    const { header, bytes } = stored.block;
    expect(header).toMatchObject({ height: 0, parentId: NO_PARENT, author: '', timestamp: 1_000_000 });
    expect(chain.ledger.decode(bytes, 'block')?.header.id).toBe(header.id);

    const result = await chain.ledger.execute(stored.block, {
      directives: [],
      census: ['admission', 'deposit', 'ballot', 'participation'],
    });
    if (result.kind !== 'executed') throw new Error(result.kind);
    const members = ['node1', 'node2', 'node3'];
    const admissions = members.map((actor) => ({ kind: 'admission', actor, deposit: 5_000n, category: 'WIND' }));
    const ballots = [
      { kind: 'ballot', from: 'node1', to: 'node2', weight: 1n },
      { kind: 'ballot', from: 'node2', to: 'node1', weight: 1n },
    ];
    expect(result.facts).toEqual([...admissions, ...ballots]);
    const deposits = members.map((actor) => ({ kind: 'deposit', actor, total: 5_000n }));
    expect([...(result.census ?? [])]).toEqual([...admissions, ...deposits, ...ballots]);
    expect([...(result.census ?? [])]).toHaveLength(8);
  });

  it('holds the balances, the deposits and a supply that adds up (simulation I4)', async () => {
    const chain = await TestChain.start();
    const state = chain.ledger.stateAt();
    if (state === undefined) throw new Error('no state');
    expect(readBalance(state, 'alice')).toBe(1_000_000n);
    expect([...state.entries(CANDIDATES)].map(([, { index }]) => index)).toEqual([0, 1, 2]);
    expect(auditSupply(state)).toMatchObject({ balances: 5_000_000n, deposits: 15_000n, conserved: true });
  });

  it('is invalid with a forged supervisor signature (trust K5)', async () => {
    const [first, ...others] = testGenesis().candidates;
    if (first === undefined) throw new Error('no candidate');
    const forged = signAdmission({ ...first, expiry: 0 }, stubSigner('mallory'));
    const candidates = [{ ...first, signatures: [forged, ...first.signatures.slice(1)] }, ...others];
    const chain = await TestChain.start(testGenesis({ candidates }));
    const stored = await chain.ledger.read({ kind: 'genesis' });
    if (stored === null) throw new Error('no genesis');
    expect(await chain.ledger.execute(stored.block, { directives: [] })).toEqual({
      kind: 'invalid',
      code: 'SIGNATURE_INVALID',
    });
  });
});

describe('requireGenesis', () => {
  const [member] = testGenesis().candidates;
  it.each<[string, Partial<GenesisConfig>, string]>([
    ['an empty name', { chainName: '' }, 'chainName'],
    ['a name beyond 64 bytes', { chainName: 'é'.repeat(33) }, 'chainName'],
    ['a name that is no text', { chainName: '\ud800' }, 'chainName'],
    ['a negative fee', { minimumFee: -1n }, 'minimumFee'],
    [
      'more accounts than genesis holds',
      { accounts: Array.from({ length: 65_536 }, (_, index) => ({ actor: `a${index}`, balance: 1n })) },
      'accounts',
    ],
    [
      'a category that is no text',
      { candidates: member === undefined ? [] : [{ ...member, category: '\ud800' }] },
      'candidates.0.category',
    ],
    [
      'a signature without end',
      { candidates: [{ ...genesisCandidate('x'), signatures: [1, 2, 3].map(() => new Uint8Array(1_025)) }] },
      'candidates.0.signatures.0',
    ],
    ['a fee beyond all supply', { minimumFee: (1n << 120n) + 1n }, 'minimumFee'],
    ['a deposit beyond all supply', { depositMin: (1n << 120n) + 1n }, 'depositMin'],
    ['eras without end', { consensus: new Uint8Array(1_048_577) }, 'consensus'],
    ['a ballot beyond all supply', { ballots: [{ from: 'node1', to: 'node2', weight: 1n << 121n }] }, 'ballots.0'],
    ['a broken time', { timestamp: 0.5 }, 'timestamp'],
    ['a broken unbonding time', { unbondingBlocks: -1 }, 'unbondingBlocks'],
    ['a negative minimum', { depositMin: -1n }, 'depositMin'],
    ['no threshold', { supervisors: { keys: SUPERVISORS, threshold: 0 } }, 'supervisors.threshold'],
    ['too high a threshold', { supervisors: { keys: SUPERVISORS, threshold: 4 } }, 'supervisors.threshold'],
    ['a supervisor twice', { supervisors: { keys: ['a', 'a'], threshold: 1 } }, 'supervisors.keys.1'],
    ['an account twice', { accounts: [1n, 2n].map((balance) => ({ actor: 'a', balance })) }, 'accounts.1'],
    ['an account of nobody', { accounts: [{ actor: 'A b', balance: 1n }] }, 'accounts.0'],
    ['a negative balance', { accounts: [{ actor: 'a', balance: -1n }] }, 'accounts.0.balance'],
    ['more than the supply', { accounts: [{ actor: 'a', balance: 1n << 120n }] }, 'accounts'],
    ['a member twice (trust K5)', { candidates: [genesisCandidate('x'), genesisCandidate('x')] }, 'candidates.1'],
    [
      'a member without signatures (trust K5)',
      { candidates: [{ ...genesisCandidate('x'), signatures: [] }] },
      'candidates.0',
    ],
    ['a member below the minimum (trust K1)', { depositMin: 5_001n }, 'candidates.0'],
    ['an own ballot (trust F4)', { ballots: [{ from: 'node1', to: 'node1', weight: 1n }] }, 'ballots.0'],
    ['a ballot of a stranger', { ballots: [{ from: 'node1', to: 'alice', weight: 1n }] }, 'ballots.0'],
    ['a ballot of no weight', { ballots: [{ from: 'node1', to: 'node2', weight: 0n }] }, 'ballots.0'],
    [
      'an owner that is no actor',
      { candidates: member === undefined ? [] : [{ ...member, owner: '' }] },
      'candidates.0.owner',
    ],
  ])('names the place of %s', (_name, changes, path) => {
    const check = () => requireGenesis(testGenesis({ ballots: [], ...changes }));
    expect(check).toThrow(/INVALID_GENESIS/);
    try {
      check();
    } catch (error) {
      expect(isLedgerError(error, 'INVALID_GENESIS') && 'path' in error.data && error.data.path).toBe(path);
    }
  });

  it('names a module that is too large for it', () => {
    const large = { ...plain, genesisBytes: new Uint8Array(16_777_217) };
    for (const [modules, path] of [
      [[large], 'modules.plain'],
      [Array.from({ length: 256 }, () => plain), 'modules'],
    ] as const) {
      const data = { code: 'INVALID_GENESIS', path };
      expect(() => genesisChainId(testGenesis(), modules)).toThrow(
        expect.objectContaining({ data: expect.objectContaining(data) }),
      );
    }
  });

  it('passes a good one through', () => {
    const genesis = testGenesis();
    expect(requireGenesis(genesis)).toBe(genesis);
  });
});
