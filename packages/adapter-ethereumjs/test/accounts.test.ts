import { MerkleStateManager } from '@ethereumjs/statemanager';
import { Account, bigIntToBytes, createAddressFromString, setLengthLeft } from '@ethereumjs/util';
import type { Directive, Fact } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import {
  createJournalFacts,
  createRegistryFacts,
  createStateDirectives,
  JOURNAL_KINDS,
  type JournalEntry,
} from '../src/index.ts';
import { createDtDposChain, extend, MEMBERS } from './support.ts';

const CONTRACT = '0x00000000000000000000000000000000000000c1';
const WIND = '0x00000000000000000000000000000000000000a1';
const HYDRO = '0x00000000000000000000000000000000000000a2';
const PV = '0x00000000000000000000000000000000000000a3';

const word = (value: bigint) => setLengthLeft(bigIntToBytes(value), 32);
const entryOf = (kind: number, actor: string, amount: bigint): bigint =>
  (BigInt(kind) << 248n) | (amount << 160n) | BigInt(actor);

/** A contract's storage, and the roots after each batch of entries. */
async function journal(...batches: readonly (readonly [word: bigint, detail: bigint])[][]) {
  const stateManager = new MerkleStateManager();
  const address = createAddressFromString(CONTRACT);
  await stateManager.putAccount(address, new Account(1n));
  const roots = [await stateManager.getStateRoot()];
  let count = 0n;
  for (const batch of batches) {
    for (const [first, detail] of batch) {
      await stateManager.putStorage(address, word(2n * count + 1n), word(first));
      await stateManager.putStorage(address, word(2n * count + 2n), word(detail));
      count++;
    }
    await stateManager.putStorage(address, word(0n), word(count));
    roots.push(await stateManager.getStateRoot());
  }
  const rootAt = (index: number) => roots[index] ?? new Uint8Array();
  return { stateManager, rootAt };
}

describe('facts from a journal in storage', () => {
  it('are what a block appended, in order', async () => {
    const { stateManager, rootAt } = await journal(
      [[entryOf(JOURNAL_KINDS.admission, WIND, 1_000n), 0n]],
      [
        [entryOf(JOURNAL_KINDS.admission, HYDRO, (1n << 88n) - 1n), 0n],
        [entryOf(JOURNAL_KINDS.ballot, HYDRO, 3n), BigInt(WIND) | (1n << 200n)],
        [entryOf(JOURNAL_KINDS.participation, WIND, 12n), 0n],
        [entryOf(JOURNAL_KINDS.deposit, WIND, 5n), 0n],
        [entryOf(JOURNAL_KINDS.exit, WIND, 0n), 0n],
      ],
    );
    const facts = createJournalFacts({ contract: CONTRACT, stateManager });
    const first: Fact = { kind: 'admission', actor: WIND, deposit: 1_000n, category: 'sealer' };
    const second: readonly Fact[] = [
      { kind: 'admission', actor: HYDRO, deposit: (1n << 88n) - 1n, category: 'sealer' },
      { kind: 'ballot', from: HYDRO, to: WIND, weight: 3n },
      { kind: 'participation', actor: WIND, round: 12 },
      { kind: 'deposit', actor: WIND, total: 5n },
      { kind: 'exit', actor: WIND },
    ];
    expect(await facts.factsOf({ height: 1, parentRoot: rootAt(0), root: rootAt(1) })).toEqual([first]);
    expect(await facts.factsOf({ height: 2, parentRoot: rootAt(1), root: rootAt(2) })).toEqual(second);
    expect(await facts.factsOf({ height: 3, parentRoot: rootAt(2), root: rootAt(2) })).toEqual([]);
  });

  it('are in a census what is still the case: last values, of members who have not left', async () => {
    const ballot = (weight: bigint): [bigint, bigint] => [entryOf(JOURNAL_KINDS.ballot, HYDRO, weight), BigInt(WIND)];
    const { stateManager, rootAt } = await journal([
      [entryOf(JOURNAL_KINDS.admission, WIND, 1n), 0n],
      [entryOf(JOURNAL_KINDS.admission, HYDRO, 2n), 0n],
      [entryOf(JOURNAL_KINDS.exit, WIND, 0n), 0n],
      [entryOf(JOURNAL_KINDS.admission, WIND, 3n), 0n],
      ballot(5n),
      [entryOf(JOURNAL_KINDS.participation, WIND, 12n), 0n],
      [entryOf(JOURNAL_KINDS.deposit, WIND, 5n), 0n],
      [entryOf(JOURNAL_KINDS.deposit, WIND, 6n), 0n],
      ballot(7n),
    ]);
    const facts = createJournalFacts({ contract: CONTRACT, stateManager });
    expect(await facts.census(rootAt(1))).toEqual([
      { kind: 'admission', actor: HYDRO, deposit: 2n, category: 'sealer' },
      { kind: 'admission', actor: WIND, deposit: 3n, category: 'sealer' },
      { kind: 'deposit', actor: WIND, total: 6n },
      { kind: 'ballot', from: HYDRO, to: WIND, weight: 7n },
    ]);
    const withdrawn = await journal([ballot(5n), ballot(0n)]);
    const none = createJournalFacts({ contract: CONTRACT, stateManager: withdrawn.stateManager });
    expect(await none.census(withdrawn.rootAt(1))).toEqual([]);
  });

  it('have no ballots for somebody who has left, nor for one who came back since (trust K4)', async () => {
    const ballot = (to: string): [bigint, bigint] => [entryOf(JOURNAL_KINDS.ballot, PV, 5n), BigInt(to)];
    const { stateManager, rootAt } = await journal([
      ...[WIND, HYDRO, PV].map((actor): [bigint, bigint] => [entryOf(JOURNAL_KINDS.admission, actor, 1n), 0n]),
      ballot(WIND),
      ballot(HYDRO),
      [entryOf(JOURNAL_KINDS.exit, WIND, 0n), 0n],
      [entryOf(JOURNAL_KINDS.exit, HYDRO, 0n), 0n],
      [entryOf(JOURNAL_KINDS.admission, WIND, 1n), 0n],
    ]);
    const facts = createJournalFacts({ contract: CONTRACT, stateManager });
    const census = (await facts.census(rootAt(1))) ?? [];
    expect(census.map(({ kind }) => kind)).toEqual(['admission', 'admission']);
  });

  it('pass over entries that nobody can read, unless somebody can', async () => {
    const { stateManager, rootAt } = await journal([
      [entryOf(0, WIND, 1n), 0n],
      [entryOf(255, WIND, 7n), 9n],
      [entryOf(JOURNAL_KINDS.participation, WIND, 1n << 60n), 0n],
    ]);
    const block = { height: 1, parentRoot: rootAt(0), root: rootAt(1) };
    const plain = createJournalFacts({ contract: CONTRACT, stateManager });
    expect(await plain.factsOf(block)).toEqual([]);
    expect(plain.provides.has('custom')).toBe(false);
    const seen: JournalEntry[] = [];
    const fact: Fact = { kind: 'custom', id: 'x', data: new Uint8Array() };
    const facts = createJournalFacts({
      contract: CONTRACT,
      stateManager,
      custom(entry) {
        seen.push(entry);
        return entry.kind === 255 ? fact : undefined;
      },
    });
    expect(await facts.factsOf(block)).toEqual([fact]);
    expect(facts.provides.has('custom')).toBe(true);
    expect(seen).toContainEqual({ kind: 255, actor: WIND, amount: 7n, detail: 9n });
  });

  it('are not there where a state is not, and leave the state alone', async () => {
    const { stateManager, rootAt } = await journal([[entryOf(JOURNAL_KINDS.exit, WIND, 0n), 0n]]);
    const facts = createJournalFacts({ contract: CONTRACT, stateManager });
    const nowhere = new Uint8Array(32).fill(1);
    expect(await facts.factsOf({ height: 1, parentRoot: nowhere, root: rootAt(1) })).toBeNull();
    expect(await facts.factsOf({ height: 1, parentRoot: rootAt(0), root: nowhere })).toBeNull();
    expect(await facts.census(nowhere)).toBeNull();
    await facts.factsOf({ height: 1, parentRoot: rootAt(0), root: rootAt(0) });
    expect(await stateManager.getStateRoot()).toEqual(rootAt(1));
  });

  it('are none for a contract that was never written to, or that shortened its journal', async () => {
    const { stateManager, rootAt } = await journal([[entryOf(JOURNAL_KINDS.exit, WIND, 0n), 0n]]);
    const elsewhere = createJournalFacts({ contract: '0x00000000000000000000000000000000000000c2', stateManager });
    expect(await elsewhere.factsOf({ height: 1, parentRoot: rootAt(0), root: rootAt(1) })).toEqual([]);
    const facts = createJournalFacts({ contract: CONTRACT, stateManager });
    expect(await facts.factsOf({ height: 1, parentRoot: rootAt(1), root: rootAt(0) })).toEqual([]);
  });
});

it('facts from a register come with the heights that they are bound to', async () => {
  const exit: Fact = { kind: 'exit', actor: MEMBERS[3] ?? '' };
  const census: readonly Fact[] = MEMBERS.map((actor) => ({
    kind: 'admission',
    actor,
    deposit: 1n,
    category: 'sealer',
  }));
  const provides = ['admission', 'exit', 'deposit', 'ballot', 'participation'] as const;
  const facts = createRegistryFacts({ provides, census, changes: new Map([[2, [exit]]]) });
  const test = await createDtDposChain({ facts });
  const blocks = await extend(test, 1, 6);
  const seats = await Promise.all(
    blocks.map(async (block) => (await test.consensus.validatorsAfter(block.hash())).length),
  );
  // It leaves at the end of the epoch, which has four blocks.
  expect(seats).toEqual([4, 4, 4, 3, 3, 3]);
});

describe('directives in the state of accounts', () => {
  const context = {
    parentId: '',
    height: 1,
    timestamp: 0,
    author: '',
    protocol: 'dt-dpos@1',
    digest: new Uint8Array(),
  } as const;
  const TRUST = '0x00000000000000000000000000000000000000c3';
  const wind = createAddressFromString(WIND);

  it('credit rewards and publish trust where contracts read it', async () => {
    const stateManager = new MerkleStateManager();
    const apply = createStateDirectives({ weiPerUnit: 1_000n, trustAccount: TRUST });
    const reward: Directive = { kind: 'reward', actor: WIND, units: 5n };
    const trust = (value: number): Directive => ({ kind: 'trustChanged', actor: WIND, trust: value, reason: 'EPOCH' });
    await apply([reward, reward, trust(900_000)], { stateManager, context });
    expect((await stateManager.getAccount(wind))?.balance).toBe(10_000n);
    const slot = setLengthLeft(wind.bytes, 32);
    const read = async () =>
      BigInt(`0x0${Buffer.from(await stateManager.getStorage(createAddressFromString(TRUST), slot)).toString('hex')}`);
    expect(await read()).toBe(900_000n);
    await apply([trust(0)], { stateManager, context });
    expect(await read()).toBe(0n);
    // An account that could be swept away as empty would lose what it published.
    expect((await stateManager.getAccount(createAddressFromString(TRUST)))?.isEmpty()).toBe(false);
  });

  it('pass over actors that are no accounts, and whatever was not asked for', async () => {
    const stateManager = new MerkleStateManager();
    const before = await stateManager.getStateRoot();
    const directives: readonly Directive[] = [
      { kind: 'reward', actor: 'wind', units: 5n },
      { kind: 'trustChanged', actor: WIND, trust: 1, reason: 'EPOCH' },
      { kind: 'tierChanged', actor: WIND, from: 'NORMAL', to: 'TRUSTED' },
      { kind: 'slash', actor: WIND, partsPerMillion: 1, reason: 'X' },
    ];
    await createStateDirectives({ weiPerUnit: 1n })(directives, { stateManager, context });
    expect(await stateManager.getStateRoot()).toEqual(before);
    const seen: Directive[] = [];
    const others = async (list: readonly Directive[]) => void seen.push(...list);
    await createStateDirectives({ weiPerUnit: 1n, others })(directives, { stateManager, context });
    expect(seen.map(({ kind }) => kind)).toEqual(['slash']);
  });

  it('are part of the block: nodes that apply others refuse it', async () => {
    const config = { preset: 'minimal', slotMs: 1_000, driftMs: 0, electionLagEpochs: 0, blockReward: 3 };
    const directives = createStateDirectives({ weiPerUnit: 1n });
    const paying = await createDtDposChain({ config, directives });
    const [block] = await extend(paying, 1, 1);
    const clock = paying.clock;
    const same = await createDtDposChain({ config, directives, clock });
    const greedy = await createDtDposChain({ config, directives: createStateDirectives({ weiPerUnit: 2n }), clock });
    const bytes = block?.serialize() ?? new Uint8Array();
    expect(await same.chain.importBlock(bytes)).toMatchObject({ kind: 'imported' });
    expect(await greedy.chain.importBlock(bytes)).toEqual({ kind: 'rejected', code: 'EXECUTION_INVALID' });
  });

  it('that cannot be carried out here say nothing about the block (contract H-43)', async () => {
    let isFull = false;
    const directives = async () => {
      if (isFull) throw new Error('disk full');
    };
    const maker = await createDtDposChain({});
    const [block] = await extend(maker, 1, 1);
    const other = await createDtDposChain({ directives, clock: maker.clock });
    const bytes = block?.serialize() ?? new Uint8Array();
    isFull = true;
    await expect(other.chain.importBlock(bytes)).rejects.toThrow('disk full');
    isFull = false;
    expect(await other.chain.importBlock(bytes)).toMatchObject({ kind: 'imported' });
  });
});
