import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryDisk, type Disk, Journal, openFileDisk } from '../src/kv/journal.ts';
import { Pool } from '../src/kv/pool.ts';
import { countAt } from '../src/kv/rules.ts';
import { allocate } from '../src/kv/store.ts';
import { parseTransaction } from '../src/kv/transaction.ts';
import { Tree } from '../src/kv/tree.ts';
import { KvChainPort } from '../src/port/chain-port.ts';

const CHAIN_ID = new Uint8Array(32).fill(7);
const ALLOCATION = allocate([{ id: 'ada', balance: 10, stake: 20 }]);
const open = (disk: Disk = createMemoryDisk()) => {
  const pool = new Pool((_from, _text, signature) => signature === 'aa');
  return { pool, chain: new KvChainPort(CHAIN_ID, ALLOCATION, pool, disk) };
};
const genesisId = async (chain: KvChainPort) => (await chain.read({ kind: 'genesis' }))?.block.header.id ?? '';

/** Builds, executes and adopts one block with a put in it. */
async function extend({ chain, pool }: ReturnType<typeof open>, height: number) {
  pool.add({ from: 'ada', nonce: height - 1, call: ['put', 'height', String(height)], signature: 'aa' });
  const parentId = (await chain.read({ kind: 'head' }))?.block.header.id ?? '';
  const directives = [{ kind: 'reward', actor: 'ada', units: 3n } as const];
  const built = await chain.build({
    ...{ parentId, timestamp: height, author: 'ada', protocol: 'test@1', digest: Uint8Array.of(height), deadline: 0 },
    ...{ directives, evidence: [], certificates: [{ protocol: 'test@1', data: Uint8Array.of(1) }] },
  });
  if (built === null) throw new Error('nothing was built');
  const block = chain.seal(built, Uint8Array.of(9));
  expect(await chain.execute(block, { directives })).toMatchObject({ kind: 'executed' });
  const { id } = block.header;
  await chain.commit({ store: [{ block, record: Uint8Array.of(height) }], headId: id, reverted: [], applied: [id] });
  return block;
}

describe('the journal', () => {
  it('brings everything back, also from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'foreign-ledger-'));
    try {
      const disk = openFileDisk(join(folder, 'journal'));
      const before = open(disk);
      const block = await extend(before, 1);
      const { chain } = open(disk);
      expect(await chain.read({ kind: 'head' })).toEqual({ block, record: Uint8Array.of(1) });
      const state = chain.store.stateAt(block.header.id) ?? Tree.empty;
      expect([state.get('data/height'), countAt(state, 'balance/ada')]).toEqual(['1', 13]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('passes over what a crash left of the last entry, and goes on behind it', async () => {
    const disk = createMemoryDisk();
    const node = open(disk);
    await extend(node, 1);
    disk.append('\n4f2a 1 {"blocks":[{"te');
    const again = open(disk);
    expect(again.chain.store.height).toBe(1);
    await extend(again, 2);
    expect(open(disk).chain.store.height).toBe(2);
  });

  it('refuses to go on if an entry in the middle is damaged', async () => {
    const disk = createMemoryDisk();
    const node = open(disk);
    for (const height of [1, 2, 3]) await extend(node, height);
    const damaged: Disk = { ...disk, read: () => disk.read().replace('"data/height","2"', '"data/height","7"') };
    expect(new Journal(disk).entries).toHaveLength(3);
    expect(() => open(damaged)).toThrow('entry 1 of the journal is lost');
  });

  it('refuses the chain of other accounts', async () => {
    const disk = createMemoryDisk();
    await extend(open(disk), 1);
    const pool = new Pool(() => true);
    expect(() => new KvChainPort(CHAIN_ID, Tree.empty, pool, disk)).toThrow('lacks the parent of block 1');
  });
});

describe('blocks', () => {
  it('come back from their bytes, whole or as headers, and from no others', async () => {
    const { chain, ...rest } = open();
    const block = await extend({ chain, ...rest }, 1);
    expect(chain.decode(block.bytes, 'block')).toEqual(block);
    expect(chain.decode(block.headerBytes, 'header')?.header).toEqual(block.header);
    expect(chain.decode(block.headerBytes, 'block')).toBeNull();
    fc.assert(
      fc.property(fc.nat(block.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
        const bytes = block.bytes.map((byte, at) => (at === index ? byte ^ flip : byte));
        const decoded = chain.decode(bytes, 'block');
        expect(decoded === null || decoded.bytes).toEqual(decoded === null || bytes);
        expect(decoded?.header.id).not.toBe(block.header.id);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(chain.decode(bytes, 'block')).toBeNull();
      }),
    );
  });

  it('are not executed with a signature that does not hold, or with another root', async () => {
    const maker = open();
    const block = await extend(maker, 1);
    const strict = new KvChainPort(CHAIN_ID, ALLOCATION, new Pool(() => false), createMemoryDisk());
    expect(await strict.execute(block, { directives: [] })).toEqual({ kind: 'invalid', code: 'TX_SIGNATURE' });
    expect(await open().chain.execute(block, { directives: [] })).toEqual({ kind: 'invalid', code: 'WRONG_ROOT' });
  });

  it('lose part of a deposit if consensus says so', async () => {
    const { chain } = open();
    const parentId = await genesisId(chain);
    const directives = [{ kind: 'slash', actor: 'ada', partsPerMillion: 250_001, reason: 'X' } as const];
    const place = { parentId, timestamp: 1, author: 'ada', protocol: 'test@1', digest: new Uint8Array() } as const;
    const block = await chain.build({ ...place, directives, evidence: [], certificates: [], deadline: 0 });
    if (block === null) throw new Error('nothing was built');
    const facts = [{ kind: 'deposit', actor: 'ada', total: 15n }];
    expect(await chain.execute(block, { directives })).toEqual({ kind: 'executed', facts });
  });
});

describe('the state', () => {
  it('has a root that depends on contents alone', () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([key]) => key });
    fc.assert(
      fc.property(pairs, fc.nat(), (entries, turn) => {
        const build = (list: readonly (readonly [string, string])[]) =>
          list.reduce((tree, [key, value]) => tree.put(key, value), Tree.empty);
        const turned = [
          ...entries.slice(turn % (entries.length + 1)),
          ...entries.slice(0, turn % (entries.length + 1)),
        ];
        const [first, second] = [build(entries), build(turned)];
        expect(second.root).toBe(first.root);
        for (const [key, value] of entries) expect(first.get(key)).toBe(value);
        expect(first.list('').length).toBe(entries.length);
        expect(build(first.changesSince(Tree.empty)).root).toBe(first.root);
        expect(first.put('new', 'x').changesSince(first)).toEqual(first.get('new') === 'x' ? [] : [['new', 'x']]);
      }),
    );
  });

  it('takes calls of one form only', () => {
    const text = '["ada",0,["put","a","b"],"aa"]';
    expect(parseTransaction(text)).toMatchObject({ call: ['put', 'a', 'b'] });
    for (const other of [
      ` ${text}`,
      '["ada",0,["put","a"],"aa"]',
      '["ada",0.5,["leave"],""]',
      '["ada",0,["mint",5],""]',
    ]) {
      expect(parseTransaction(other), other).toBeNull();
    }
  });
});
