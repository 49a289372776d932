import { type Bytes, encodeEvidence, type Fact, LIMITS } from '@fiducia/consensus';
import * as P from 'micro-packed';
import { describe, expect, it } from 'vitest';
import {
  applicationProofOf,
  BLOCK_BYTES_MAX,
  createLedger,
  createMemoryStore,
  defineTable,
  encodeBlock,
  encodeBlockHeader,
  isLedgerError,
  type LedgerModule,
  readAccount,
  readBalance,
  type TransactionType,
  textCodec,
  transfer,
  verifyStateProof,
} from '../src/index.ts';
import { stubCrypto, stubSignature, stubSigner, TestChain, testGenesis } from './support.ts';

const alice = stubSigner('alice');
const pay = { to: 'bob', amount: 5n };

describe('ChainPort', () => {
  it('reads by every locator, and null for what it does not have', async () => {
    const chain = await TestChain.start();
    const { block } = await chain.include([]);
    const idOf = async (locator: Parameters<typeof chain.ledger.read>[0]) =>
      (await chain.ledger.read(locator))?.block.header.id ?? null;
    expect(await idOf({ kind: 'head' })).toBe(block.header.id);
    expect(await idOf({ kind: 'id', id: block.header.id })).toBe(block.header.id);
    expect(await idOf({ kind: 'height', height: 1 })).toBe(block.header.id);
    expect(await idOf({ kind: 'finalized' })).toBe(await idOf({ kind: 'genesis' }));
    expect(await idOf({ kind: 'height', height: 2 })).toBeNull();
    expect(await idOf({ kind: 'id', id: 'x' })).toBeNull();
  });

  it('provides the facts of its modules', () => {
    const extra: LedgerModule = { name: 'extra', transactions: [], provides: ['custom'] };
    const ledger = createLedger({ genesis: testGenesis(), modules: [extra], crypto: stubCrypto() });
    expect([...ledger.provides].sort()).toEqual(['admission', 'ballot', 'custom', 'deposit', 'exit', 'participation']);
  });

  it('seals without touching the seal hash, under another id', async () => {
    const chain = await TestChain.start();
    const block = await chain.build();
    const other = chain.ledger.seal(block, new Uint8Array([1, 2, 3]));
    expect(other.header.sealHash).toEqual(block.header.sealHash);
    expect(other.header.id).not.toBe(block.header.id);
    expect(chain.ledger.decode(other.bytes, 'block')?.header).toEqual(other.header);
  });

  it('decodes headers alone, for evidence', async () => {
    const chain = await TestChain.start();
    const block = await chain.build();
    const header = chain.ledger.decode(block.headerBytes, 'header');
    expect(header?.header).toEqual(block.header);
    expect(header?.bytes).toHaveLength(0);
    expect(chain.ledger.decode(block.headerBytes, 'block')).toBeNull();
    expect(chain.ledger.decode(new Uint8Array([...block.headerBytes, 0]), 'header')).toBeNull();
    const foreign = { ...chain.ledger.decode(block.bytes, 'block')?.fields, chainId: new Uint8Array(32) };
    expect(chain.ledger.decode(encodeBlockHeader(foreign as never), 'header')).toBeNull();
  });

  it('executes a block that the host kept as bytes only, as often as asked', async () => {
    const chain = await TestChain.start();
    await chain.ledger.submit(chain.transaction(transfer, alice, pay));
    const { header, headerBytes, bytes } = await chain.build();
    const bare = { header, headerBytes, bytes, evidence: [], certificates: [] };
    const first = await chain.ledger.execute(bare, { directives: [] });
    expect(first).toEqual({ kind: 'executed', facts: [] });
    expect(await chain.ledger.execute(bare, { directives: [] })).toEqual(first);
    expect(await chain.ledger.read({ kind: 'id', id: header.id })).toBeNull();
  });

  it('refuses to execute what is no block', async () => {
    const chain = await TestChain.start();
    const bare = { ...(await chain.build()), bytes: new Uint8Array(3) };
    const { header, headerBytes, bytes } = bare;
    const failure = chain.ledger.execute(
      { header, headerBytes, bytes, evidence: [], certificates: [] },
      { directives: [] },
    );
    await expect(failure).rejects.toThrow(/INVALID_VALUE/);
  });

  it('builds nothing on an unknown parent or before its time', async () => {
    const chain = await TestChain.start();
    await expect(chain.build({ parentId: 'ab'.repeat(32) })).rejects.toThrow('not built');
    chain.time = 0;
    await expect(chain.build()).rejects.toThrow('not built');
  });

  it('puts evidence and certificates of the request into the body', async () => {
    const chain = await TestChain.start();
    const evidence = {
      kind: 'custom',
      era: 0,
      protocol: 'test@1',
      offender: 'node1',
      height: 1,
      id: 'x/y',
      data: new Uint8Array([1]),
    } as const;
    const block = await chain.build({ evidence: [evidence] });
    expect(chain.ledger.decode(block.bytes, 'block')?.evidence).toEqual([evidence]);
  });

  it('returns the transactions of abandoned blocks to the mempool', async () => {
    const chain = await TestChain.start();
    const genesisId = chain.headId;
    const { block: first } = await chain.include([chain.transaction(transfer, alice, pay)]);
    const other = await TestChain.start();
    const { block: second } = await other.include([]);
    const { block: third } = await other.include([]);
    for (const { bytes } of [second, third]) {
      const decoded = chain.ledger.decode(bytes, 'block');
      if (decoded === null) throw new Error('not a block');
      expect((await chain.ledger.execute(decoded, { directives: [] })).kind).toBe('executed');
    }
    const store = [second, third].map((block) => ({ block, record: new Uint8Array() }));
    const heads: string[] = [];
    chain.ledger.events.on('headChanged', ({ headId }) => heads.push(headId));
    await chain.ledger.commit({
      store,
      headId: third.header.id,
      reverted: [first.header.id],
      applied: [second.header.id, third.header.id],
    });
    expect(heads).toEqual([third.header.id]);
    expect(chain.ledger.pendingCount()).toBe(1);
    expect(chain.ledger.nonceOf('alice')).toBe(1);
    expect(readAccount(chain.ledger.stateAt() ?? never(), 'alice').nonce).toBe(0);
    expect((await chain.ledger.read({ kind: 'height', height: 1 }))?.block.header.id).toBe(second.header.id);
    expect((await chain.ledger.read({ kind: 'id', id: first.header.id }))?.block.header.id).toBe(first.header.id);
    expect((await chain.ledger.read({ kind: 'genesis' }))?.block.header.id).toBe(genesisId);
  });

  it.each([
    ['in memory', undefined],
    ['in a store', createMemoryStore],
  ])(
    'returns the transactions of abandoned blocks also where the update rules these out, ledger %s',
    async (_name, open) => {
      const chain = await TestChain.start(undefined, [], open && { store: open() });
      const { block: first } = await chain.include([chain.transaction(transfer, alice, pay)]);
      const other = await TestChain.start();
      const rivals = [(await other.include([])).block, (await other.include([])).block];
      const [second, third] = rivals.map(({ header }) => header.id);
      for (const { bytes } of rivals) {
        const decoded = chain.ledger.decode(bytes, 'block');
        expect((await chain.ledger.execute(decoded ?? never(), { directives: [] })).kind).toBe('executed');
      }
      await chain.ledger.commit({
        store: rivals.map((block) => ({ block, record: new Uint8Array() })),
        headId: third ?? '',
        reverted: [first.header.id],
        applied: [second ?? '', third ?? ''],
        finalized: { id: second ?? '' },
      });
      expect(await chain.ledger.read({ kind: 'id', id: first.header.id })).toBeNull();
      expect(chain.ledger.pendingCount()).toBe(1);
      expect(chain.ledger.nonceOf('alice')).toBe(1);
    },
  );

  it('builds no block that is too large, whatever proofs it has to carry', async () => {
    const buildBytes = 2_064_384;
    expect(() => new TestChain(testGenesis(), [], { limits: { buildBytes: buildBytes + 1 } })).toThrow(/INVALID_LIMIT/);
    const chain = await TestChain.start(testGenesis(), [], { limits: { buildBytes } });
    const { fields } = chain.ledger.decode((await chain.build()).bytes, 'block') ?? never();
    const base = { kind: 'custom', era: 0, protocol: 'a@1', offender: 'b', height: 0, id: 'c' } as const;
    const bare = encodeEvidence({ ...base, data: new Uint8Array() }).length;
    const item = { ...base, data: new Uint8Array(LIMITS.evidenceBytes - bare) };
    const certificate = { protocol: `${'a'.repeat(32)}@999999999`, data: new Uint8Array(LIMITS.proofBytes) } as const;
    const header = { ...fields, digest: new Uint8Array(LIMITS.digestBytes), seal: new Uint8Array(LIMITS.sealBytes) };
    const largest = encodeBlock(header, {
      transactions: Array.from({ length: 63 }, () => new Uint8Array(32_764)),
      roundVotes: [],
      evidence: Array.from({ length: LIMITS.evidencePerBlock }, () => item),
      certificates: Array.from({ length: LIMITS.certificatesPerBlock }, () => certificate),
    });
    expect(63 * (32_764 + 4)).toBe(buildBytes);
    expect(largest.length).toBeGreaterThan(BLOCK_BYTES_MAX - 32_768);
    expect(largest.length).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
  });

  it('goes on when an observer throws, and so do other observers', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolTransactions: 1 } });
    const heard: string[] = [];
    for (const name of ['transactionAdded', 'transactionDropped', 'roundVoteAdded', 'headChanged'] as const) {
      chain.ledger.events.on(name, () => {
        throw new Error('observer');
      });
      chain.ledger.events.on(name, () => heard.push(name));
    }
    const send = (name: string, fee: bigint) =>
      chain.ledger.submit(chain.transaction(transfer, stubSigner(name), pay, { fee }));
    expect((await send('alice', 10n)).kind).toBe('added');
    expect((await send('bob', 20n)).kind).toBe('added');
    expect((await chain.ledger.submitRoundVote(chain.vote('node1'))).kind).toBe('added');
    expect((await chain.include([])).included).toBe(1);
    expect(heard).toEqual([
      'transactionAdded',
      'transactionDropped',
      'transactionAdded',
      'roundVoteAdded',
      'headChanged',
    ]);
  });

  it('forgets other branches and older states when a block becomes final', async () => {
    const chain = await TestChain.start();
    const sibling = await chain.build({ author: 'node2' });
    const { block } = await chain.include([]);
    const { block: next } = await chain.include([]);
    await chain.ledger.commit({
      store: [{ block: sibling, record: new Uint8Array() }],
      headId: next.header.id,
      reverted: [],
      applied: [],
    });
    expect(await chain.ledger.read({ kind: 'id', id: sibling.header.id })).not.toBeNull();
    await chain.ledger.commit({
      store: [],
      headId: next.header.id,
      reverted: [],
      applied: [],
      finalized: { id: block.header.id, proof: new Uint8Array([1]) },
      checkpoint: { id: block.header.id, chunks: [new Uint8Array([2])] },
    });
    expect(await chain.ledger.read({ kind: 'id', id: sibling.header.id })).toBeNull();
    const finalized = await chain.ledger.read({ kind: 'finalized' });
    expect(finalized?.block.header.id).toBe(block.header.id);
    expect(finalized?.proof).toEqual(new Uint8Array([1]));
    expect([...(finalized?.checkpoint ?? [])]).toEqual([new Uint8Array([2])]);
    expect(chain.ledger.stateAt(block.header.parentId)).toBeUndefined();
    expect(chain.ledger.stateAt(block.header.id)?.height).toBe(1);
  });

  it.each([
    ['a head nobody stored', { headId: 'x', reverted: [], applied: ['x'] }],
    ['a reverted block that is not adopted', { headId: 'x', reverted: ['x'], applied: [] }],
    ['a final block off the branch', { headId: '', reverted: [], applied: [], finalized: { id: 'x' } }],
  ])('refuses to commit %s, and changes nothing', async (_name, update) => {
    const chain = await TestChain.start();
    const headId = update.headId === '' ? chain.headId : update.headId;
    const failure = await failureOf(() => chain.ledger.commit({ store: [], ...update, headId }));
    expect(isLedgerError(failure, 'UNKNOWN_BLOCK')).toBe(true);
    expect((await chain.ledger.read({ kind: 'head' }))?.block.header.id).toBe(chain.headId);
  });

  it('refuses to commit a block that does not follow the head', async () => {
    const chain = await TestChain.start();
    const sibling = await chain.build({ author: 'node2' });
    await chain.include([]);
    expect((await chain.ledger.execute(sibling, { directives: [] })).kind).toBe('executed');
    const { id } = sibling.header;
    const store = [{ block: sibling, record: new Uint8Array() }];
    const failure = chain.ledger.commit({ store, headId: id, reverted: [], applied: [id] });
    await expect(failure).rejects.toThrow(/UNKNOWN_BLOCK/);
    expect(await chain.ledger.read({ kind: 'id', id })).toBeNull();
  });

  it('keeps a bounded number of states, the head always among them', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { stateVersions: 2 } });
    const ids = [chain.headId];
    for (let block = 0; block < 4; block++) ids.push((await chain.include([])).block.header.id);
    expect(ids.map((id) => chain.ledger.stateAt(id)?.height)).toEqual([undefined, undefined, undefined, 3, 4]);
    expect(chain.ledger.stateAt()?.height).toBe(4);
    const late = await TestChain.start();
    const { block } = await late.include([]);
    const sibling = await late.build({ parentId: block.header.id, author: 'node2' });
    const decoded = chain.ledger.decode(sibling.bytes, 'block');
    if (decoded === null) throw new Error('not a block');
    expect(await chain.ledger.execute(decoded, { directives: [] })).toEqual({ kind: 'unavailable' });
  });

  it('keeps the state of the head and of the newest block even with room for one', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { stateVersions: 1 } });
    await chain.include([]);
    const block = await chain.build();
    expect((await chain.ledger.execute(block, { directives: [] })).kind).toBe('executed');
    expect(chain.ledger.stateAt()?.height).toBe(1);
    expect(chain.ledger.stateAt(block.header.id)?.height).toBe(2);
  });

  it('proves what stands in a state, and what does not', async () => {
    const chain = await TestChain.start();
    const table = defineTable({ module: 'account', name: 'account', subtree: 'application', codec: P.bytes(null) });
    const view = chain.ledger.stateAt() ?? never();
    const present = view.prove(table, 'alice');
    const absent = view.prove(table, 'nobody');
    expect([present.value?.length, absent.value]).toEqual([24, null]);
    expect([present, absent].map((proof) => verifyStateProof(view.root, proof))).toEqual([true, true]);
    const inApplication = [present, absent].map((proof) => applicationProofOf(proof) ?? never());
    expect(inApplication.map((proof) => verifyStateProof(view.applicationRoot, proof))).toEqual([true, true]);
    await chain.include([chain.transaction(transfer, alice, pay)]);
    expect(verifyStateProof(chain.ledger.stateAt()?.root ?? never(), present)).toBe(false);
  });

  it('refuses limits that are none', () => {
    const make = (stateVersions: number) =>
      createLedger({ genesis: testGenesis(), crypto: stubCrypto(), limits: { stateVersions } });
    for (const value of [0, -1, 1.5, 1e9]) expect(() => make(value)).toThrow(/INVALID_LIMIT/);
  });
});

describe('modules', () => {
  const NOTES = defineTable({ module: 'notes', name: 'note', subtree: 'application', codec: textCodec(64) });
  const domain = 'notes/witness';

  /** Writes a note, with a signature of a witness in the payload; fails half-way on the text `fail`. */
  const write: TransactionType<{ text: string; witness: Bytes }> = {
    kind: 'notes/write',
    codec: P.struct({ text: textCodec(64), witness: P.bytes(P.U16BE) }),
    claims: ({ text, witness }) => [
      { kind: 'signature', signer: 'witness', domain, data: new TextEncoder().encode(text), signature: witness },
    ],
    execute({ state, signer, index, emit }, { text }) {
      state.set(NOTES, signer, `${index}:${text}`);
      emit({ kind: 'custom', id: 'notes/written', data: new TextEncoder().encode(text) });
      return text === 'fail' ? 'NOTES_FAIL' : undefined;
    },
  };
  const notes: LedgerModule = {
    name: 'notes',
    transactions: [write],
    provides: ['custom'],
    genesis: ({ state }) => state.set(NOTES, 'genesis', 'here'),
    beginBlock: ({ state, height, timestamp }) => state.set(NOTES, 'block', `${height}@${timestamp}`),
    applyDirective({ state }, directive) {
      if (directive.kind === 'custom') state.set(NOTES, 'directive', directive.id);
    },
    *census(state, kind) {
      if (kind !== 'custom') return;
      for (const [id, text] of state.entries(NOTES)) yield { kind, id, data: new TextEncoder().encode(text) } as Fact;
    },
  };

  function payloadOf(chain: TestChain, text: string, witness = 'witness') {
    const scope = { chainId: chain.ledger.chainId, era: 0, protocol: 'ledger@1' } as const;
    return { text, witness: stubSignature(witness, scope, domain, new TextEncoder().encode(text)) };
  }

  it('write their tables in genesis, at the start of a block, on directives and in transactions', async () => {
    const chain = await TestChain.start(undefined, [notes]);
    const directives = [{ kind: 'custom', id: 'd', data: new Uint8Array() }] as const;
    const { facts } = await chain.include([chain.transaction(write, alice, payloadOf(chain, 'hello'))], directives);
    expect(facts).toEqual([{ kind: 'custom', id: 'notes/written', data: new TextEncoder().encode('hello') }]);
    expect([...(chain.ledger.stateAt() ?? never()).entries(NOTES)]).toEqual([
      ['alice', '0:hello'],
      ['block', '1@1001000'],
      ['directive', 'd'],
      ['genesis', 'here'],
    ]);
    const stored = await chain.ledger.read({ kind: 'head' });
    const result = await chain.ledger.execute(stored?.block ?? never(), { directives, census: ['custom'] });
    expect(result.kind === 'executed' && [...(result.census ?? [])]).toHaveLength(4);
  });

  it('hear directives before the block begins (energy TX21)', async () => {
    const seen: string[] = [];
    const listener: LedgerModule = {
      name: 'listener',
      transactions: [],
      provides: [],
      applyDirective: () => void seen.push('directive'),
      beginBlock: () => void seen.push('begin'),
    };
    const chain = await TestChain.start(undefined, [listener]);
    await chain.include([], [{ kind: 'custom', id: 'd', data: new Uint8Array() }]);
    // Once while building, once while executing.
    expect(seen).toEqual(['directive', 'begin', 'directive', 'begin']);
  });

  it('see the place of each transaction in the block', async () => {
    const chain = await TestChain.start(undefined, [notes]);
    const bob = stubSigner('bob');
    const first = chain.transaction(write, alice, payloadOf(chain, 'a'), { fee: 20n });
    await chain.include([first, chain.transaction(write, bob, payloadOf(chain, 'b'))]);
    const state = chain.ledger.stateAt() ?? never();
    expect([state.get(NOTES, 'alice'), state.get(NOTES, 'bob')]).toEqual(['0:a', '1:b']);
  });

  it('have failed transactions undone with fee, nonce, writes and facts (energy TX23)', async () => {
    const chain = await TestChain.start(undefined, [notes]);
    const { facts, included } = await chain.include([chain.transaction(write, alice, payloadOf(chain, 'fail'))]);
    expect([included, facts]).toEqual([0, []]);
    const state = chain.ledger.stateAt() ?? never();
    expect(state.get(NOTES, 'alice')).toBeUndefined();
    expect(readAccount(state, 'alice')).toEqual({ balance: 1_000_000n, nonce: 0 });
    expect(readBalance(state, 'alice')).toBe(1_000_000n);
  });

  it('cannot fill a block with facts, nor with those of a transaction that failed', async () => {
    const talk: TransactionType<{ facts: number; fails: boolean }> = {
      kind: 'talk/talk',
      codec: P.struct({ facts: P.U32BE, fails: P.bool }),
      execute({ emit }, { facts, fails }) {
        for (let count = 0; count < facts; count++) emit({ kind: 'custom', id: 'talk/fact', data: new Uint8Array() });
        return fails ? 'TALK_FAILED' : undefined;
      },
    };
    const talkative: LedgerModule = { name: 'talk', transactions: [talk], provides: ['custom'] };
    const chain = await TestChain.start(undefined, [talkative]);
    const failing = chain.transaction(talk, alice, { facts: 40_000, fails: true }, { fee: 30n });
    const bob = chain.transaction(talk, stubSigner('bob'), { facts: 65_536, fails: false }, { fee: 20n });
    const node = chain.transaction(talk, stubSigner('node1'), { facts: 1, fails: false });
    const { included, facts } = await chain.include([failing, bob, node]);
    expect([included, facts.length]).toEqual([1, 65_536]);
    expect(readAccount(chain.ledger.stateAt() ?? never(), 'bob').nonce).toBe(1);
  });

  it('have the signatures in their payloads checked with that of the signer', async () => {
    const chain = await TestChain.start(undefined, [notes]);
    const forged = chain.transaction(write, alice, payloadOf(chain, 'hello', 'mallory'));
    expect(await chain.ledger.submit(forged)).toEqual({ kind: 'rejected', code: 'SIGNATURE_INVALID' });
  });

  it('stop the node when they emit what they did not declare', async () => {
    const chain = await TestChain.start(undefined, [{ ...notes, provides: [] }]);
    await expect(chain.include([chain.transaction(write, alice, payloadOf(chain, 'x'))])).rejects.toThrow(/INVARIANT/);
  });

  it.each([
    ['twice the same name', [notes, notes]],
    ['the name of a core module', [{ ...notes, name: 'staking' }]],
    ['a transaction of another module', [{ ...notes, name: 'other' }]],
    ['a name outside the alphabet', [{ ...notes, name: 'No Tes', transactions: [] }]],
    ['a kind twice', [{ ...notes, transactions: [write, write] }]],
  ])('are refused with %s', (_name, modules) => {
    expect(() => createLedger({ genesis: testGenesis(), modules, crypto: stubCrypto() })).toThrow(/NAME_INVALID/);
  });

  it('cannot declare tables with odd names, or keys without end', async () => {
    expect(() => defineTable({ module: 'a/b', name: 'c', subtree: 'chain', codec: textCodec(1) })).toThrow(
      /NAME_INVALID/,
    );
    // @ts-expect-error: a caller without types
    expect(() => defineTable({ module: 'a', name: 'c', codec: textCodec(1) })).toThrow(/NAME_INVALID/);
    const state = (await TestChain.start()).ledger.stateAt() ?? never();
    expect(() => state.get(NOTES, 'x'.repeat(193))).toThrow(/KEY_INVALID/);
  });

  it('have a payload encoding that is not canonical refused', async () => {
    const loose: TransactionType<{ text: string; witness: Bytes }> = {
      ...write,
      codec: { encode: write.codec.encode, decode: (bytes) => write.codec.decode(bytes.subarray(0, bytes.length - 1)) },
    };
    const chain = await TestChain.start(undefined, [{ ...notes, transactions: [loose] }]);
    const form = {
      kind: write.kind,
      codec: {
        ...write.codec,
        encode: (value: { text: string; witness: Bytes }) => new Uint8Array([...write.codec.encode(value), 7]),
      },
    };
    const bytes = chain.transaction(form, alice, payloadOf(chain, 'x'));
    expect(await chain.ledger.submit(bytes)).toEqual({ kind: 'rejected', code: 'TX_ENCODING' });
  });
});

function never(): never {
  throw new Error('missing');
}

/** What a call throws or rejects with. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (thrown) {
    return thrown;
  }
}
