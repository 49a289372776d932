import type { BlockId, Fact } from '@fiducia/consensus';
import type { Block, ChainPort, ChainUpdate } from '@fiducia/consensus/ports';
import { describe, expect, it } from 'vitest';
import { type ChainPlace, type ChainSubject, createChainChecks, isTestkitError } from '../src/index.ts';
import { MEMBERS, storedLedger, TRANSACTIONS } from './support/ledger-chain.ts';

const LEDGER = { authors: MEMBERS, transactions: TRANSACTIONS, losesPower: true } as const;

type Spoil = (chain: ChainPort) => Partial<ChainPort>;

/** The ledger with one method replaced; its place is its own. */
function spoilt(spoil: Spoil): ChainPlace {
  const place = storedLedger();
  return {
    ...place,
    async open() {
      const chain = await place.open();
      const own: ChainPort = {
        provides: chain.provides,
        read: (locator) => chain.read(locator),
        decode: (bytes, part) => chain.decode(bytes, part),
        build: (request) => chain.build(request),
        seal: (block, seal) => chain.seal(block, seal),
        execute: (block, request) => chain.execute(block, request),
        commit: (update) => chain.commit(update),
      };
      return { ...own, ...spoil(own) };
    },
  };
}

/** Updates that a chain without transactions would make of one. */
async function stepsOf(chain: ChainPort, update: ChainUpdate): Promise<readonly ChainUpdate[]> {
  const { store, applied, reverted, checkpoint, ...rest } = update;
  const lowest = await chain.read({ kind: 'id', id: reverted.at(-1) ?? '' });
  if (lowest !== null) {
    const { parentId: headId } = lowest.block.header;
    return [
      { store: [], headId, reverted, applied: [] },
      { ...rest, store, reverted: [], applied },
    ];
  }
  if (checkpoint !== undefined) {
    const none = { store: [], reverted: [], applied: [] };
    return [
      { ...rest, ...none },
      { ...none, headId: rest.headId, checkpoint },
    ];
  }
  if (applied.length !== store.length || store.length < 2) return [update];
  return store.map((item) => {
    const { id } = item.block.header;
    return { reverted: [], store: [item], headId: id, applied: [id] };
  });
}

/** A chain that makes several updates of one. */
function inSteps(): ChainPlace {
  return spoilt((chain) => ({
    async commit(update) {
      for (const step of await stepsOf(chain, update)) await chain.commit(step);
    },
  }));
}

/** A chain whose execution does not look at one of its rules; roots fit, since the forger left out what was refused. */
function without(rule: string): ChainPlace {
  return spoilt((chain) => ({
    async execute(block, request) {
      const result = await chain.execute(block, request);
      return result.kind === 'invalid' && result.code === rule ? { kind: 'executed', facts: [] } : result;
    },
  }));
}

/** A chain whose process ends with every branch that it leaves. */
function forgetful(): ChainPlace {
  const place = spoilt(() => ({}));
  let chain: ChainPort | undefined;
  return {
    ...place,
    async open() {
      const first = await place.open();
      chain = first;
      return {
        ...first,
        build: (request) => (chain ?? first).build(request),
        async commit(update) {
          await chain?.commit(update);
          if (update.reverted.length > 0) chain = await place.open();
        },
      };
    },
  };
}

let places = 0;
let last: Block | null = null;
const EXTRA: Fact = { kind: 'exit', actor: 'nobody' };
const withHeader = (block: Block, changes: Partial<Block['header']>): Block => ({
  ...block,
  header: { ...block.header, ...changes },
});

/** What is wrong, the title of a requirement that notices it, and how it is done. */
const BROKEN: readonly (readonly [fault: string, title: string, create: () => ChainPlace])[] = [
  [
    'every node has a genesis of its own',
    'begins with a genesis',
    () => {
      const timestamp = places++;
      return spoilt((chain) => ({
        async read(locator) {
          const stored = await chain.read(locator);
          return stored?.block.header.height === 0
            ? { ...stored, block: withHeader(stored.block, { timestamp }) }
            : stored;
        },
      }));
    },
  ],
  [
    'records lose their first byte',
    'gives a block and its record back',
    () =>
      spoilt((chain) => ({
        async read(locator) {
          const stored = await chain.read(locator);
          return stored && { ...stored, record: stored.record.subarray(1) };
        },
      })),
  ],
  [
    'empty chunks of checkpoints are left out',
    'keeps proof and checkpoint',
    () =>
      spoilt((chain) => ({
        async read(locator) {
          const stored = await chain.read(locator);
          if (stored?.checkpoint === undefined) return stored;
          return { ...stored, checkpoint: [...stored.checkpoint].filter(({ length }) => length > 0) };
        },
      })),
  ],
  [
    'whatever is stored is adopted',
    'reads blocks of other branches by id',
    () =>
      spoilt((chain) => {
        const newest = new Map<number, BlockId>();
        return {
          async commit(update) {
            await chain.commit(update);
            for (const { block } of update.store) newest.set(block.header.height, block.header.id);
          },
          read(locator) {
            const id = locator.kind === 'height' ? newest.get(locator.height) : undefined;
            return chain.read(id === undefined ? locator : { kind: 'id', id });
          },
        };
      }),
  ],
  ['blocks of an update appear one by one', 'shows a commit in whole', inSteps],
  [
    'nothing outlives the process',
    'holds in a new process',
    () => {
      const places = [storedLedger(), storedLedger()];
      let place = places[0] ?? storedLedger();
      return {
        open() {
          place = places.shift() ?? storedLedger();
          return place.open();
        },
        fill: (height) => place.fill?.(height),
      };
    },
  ],
  [
    'headers alone are not decoded',
    'decodes what it made',
    () =>
      spoilt((chain) => ({
        decode: (bytes, part) => (part === 'header' ? null : chain.decode(bytes, part)),
      })),
  ],
  [
    'no bytes make it throw',
    'takes no junk',
    () =>
      spoilt((chain) => ({
        decode(bytes, part) {
          if (bytes.length === 0) throw new RangeError('nothing to read');
          return chain.decode(bytes, part);
        },
      })),
  ],
  [
    'what follows a block is overlooked',
    'takes no junk',
    () =>
      spoilt((chain) => ({
        decode: (bytes, part) => chain.decode(bytes, part) ?? chain.decode(bytes.subarray(0, -1), part),
      })),
  ],
  [
    'the seal hash counts the height alone',
    'signs all of the header',
    () =>
      spoilt((chain) => {
        const counting = (block: Block): Block =>
          withHeader(block, { sealHash: new Uint8Array(32).fill(block.header.height) });
        return {
          seal: (block, seal) => counting(chain.seal(block, seal)),
          decode(bytes, part) {
            const block = chain.decode(bytes, part);
            return block && counting(block);
          },
        };
      }),
  ],
  [
    'the body of a block does not count',
    'one body for an id',
    () =>
      spoilt((chain) => ({
        seal(block, seal) {
          last = chain.seal(block, seal);
          return last;
        },
        decode: (bytes, part) => chain.decode(bytes, part) ?? (part === 'block' ? last && { ...last, bytes } : null),
        execute: async (block, request) =>
          chain.decode(block.bytes, 'block') === null ? { kind: 'executed', facts: [] } : chain.execute(block, request),
      })),
  ],
  [
    'long seals are cut',
    'attaches seals of every length',
    () =>
      spoilt((chain) => ({
        seal: (block, seal) => chain.seal(block, seal.subarray(0, 97)),
      })),
  ],
  [
    'blocks claim another time',
    'builds what it is asked for',
    () =>
      spoilt((chain) => ({
        build: (request) => chain.build({ ...request, timestamp: request.timestamp + 1 }),
      })),
  ],
  [
    'directives are left out when it builds',
    'executes what it built',
    () =>
      spoilt((chain) => ({
        build: (request) => chain.build({ ...request, directives: [] }),
      })),
  ],
  [
    'certificates are sorted',
    'carries digests of every length',
    () =>
      spoilt((chain) => ({
        build: (request) =>
          chain.build({
            ...request,
            certificates: request.certificates.toSorted((a, b) => (a.protocol < b.protocol ? -1 : 1)),
          }),
      })),
  ],
  [
    'it builds on genesis instead',
    'builds nothing on a block',
    () =>
      spoilt((chain) => ({
        async build(request) {
          const genesis = await chain.read({ kind: 'genesis' });
          return (await chain.build(request)) ?? chain.build({ ...request, parentId: genesis?.block.header.id ?? '' });
        },
      })),
  ],
  [
    'facts are told once',
    'executes again with the same outcome',
    () =>
      spoilt((chain) => {
        const told = new Set<BlockId>();
        return {
          async execute(block, request) {
            const result = await chain.execute(block, request);
            if (result.kind !== 'executed' || told.has(block.header.id)) return result;
            told.add(block.header.id);
            return { ...result, facts: [...result.facts, EXTRA] };
          },
        };
      }),
  ],
  [
    'the parent has to be stored',
    'executes on blocks that were executed',
    () =>
      spoilt((chain) => ({
        async execute(block, request) {
          const isGenesis = block.header.height === 0;
          const parent = isGenesis || (await chain.read({ kind: 'id', id: block.header.parentId }));
          return parent ? chain.execute(block, request) : { kind: 'unavailable' };
        },
      })),
  ],
  [
    'facts depend on what was executed last',
    'executes branches in turns',
    () =>
      spoilt((chain) => {
        let last: BlockId | undefined;
        return {
          async execute(block, request) {
            const result = await chain.execute(block, request);
            const isNext = last === undefined || last === block.header.parentId || last === block.header.id;
            last = block.header.id;
            return result.kind === 'executed' && !isNext ? { ...result, facts: [...result.facts, EXTRA] } : result;
          },
        };
      }),
  ],
  [
    'a census can be read once',
    'tells the same census',
    () =>
      spoilt((chain) => ({
        async execute(block, request) {
          const result = await chain.execute(block, request);
          if (result.kind !== 'executed' || result.census === undefined) return result;
          return { ...result, census: result.census[Symbol.iterator]() as IterableIterator<Fact> };
        },
      })),
  ],
  [
    'a census holds everything',
    'tells the same census',
    () =>
      spoilt((chain) => ({
        async execute(block, request) {
          return chain.execute(block, { ...request, ...(request.census && { census: [...chain.provides] }) });
        },
      })),
  ],
  [
    'only the state of the head is kept',
    'keeps the states',
    () =>
      spoilt((chain) => {
        const unstored = new Set<BlockId>();
        return {
          async execute(block, request) {
            const head = await chain.read({ kind: 'head' });
            const { id, height, parentId } = block.header;
            const isKept = height === 0 || parentId === head?.block.header.id || unstored.has(parentId);
            unstored.add(id);
            return isKept ? chain.execute(block, request) : { kind: 'unavailable' };
          },
          async commit(update) {
            await chain.commit(update);
            unstored.clear();
          },
        };
      }),
  ],
  [
    'heights remember the first block',
    'leaves one branch for another',
    () =>
      spoilt((chain) => {
        const first = new Map<number, BlockId>();
        return {
          async read(locator) {
            if (locator.kind !== 'height') return chain.read(locator);
            const found = await chain.read(locator);
            const id = first.get(locator.height) ?? found?.block.header.id;
            if (id === undefined) return null;
            first.set(locator.height, id);
            return chain.read({ kind: 'id', id });
          },
          async commit(update) {
            await chain.commit(update);
            for (const { block } of update.store) {
              if (!first.has(block.header.height)) first.set(block.header.height, block.header.id);
            }
          },
        };
      }),
  ],
  [
    'blocks that were left are forgotten',
    'returns to a branch',
    () =>
      spoilt((chain) => {
        const left = new Set<BlockId>();
        return {
          async commit(update) {
            await chain.commit(update);
            for (const id of update.reverted) left.add(id);
          },
          async read(locator) {
            const stored = await chain.read(locator);
            return stored !== null && left.has(stored.block.header.id) ? null : stored;
          },
        };
      }),
  ],
  [
    'the first final block stays',
    'moves the final block on',
    () =>
      spoilt((chain) => {
        let final: BlockId | undefined;
        return {
          async commit(update) {
            await chain.commit(update);
            final ??= update.finalized?.id;
          },
          read: (locator) =>
            chain.read(locator.kind === 'finalized' && final !== undefined ? { kind: 'id', id: final } : locator),
        };
      }),
  ],
  ...['new blocks', 'a reorganisation', 'a final block with its checkpoint'].map(
    (what) => ['an update is several commits', `stores ${what}`, () => inSteps()] as const,
  ),
  [
    'the pool forgets what it was handed',
    'executes blocks with valid transactions',
    () => ({ ...storedLedger(), submit: () => undefined }),
  ],
  ['nobody counts how often a user signed', 'a transaction stands twice', () => without('TX_NONCE_USED')],
  ['blocks are executed without a look at signatures', 'any byte is changed', () => without('SIGNATURE_INVALID')],
  ['balances are for pools to check', 'what its own rules refuse', () => without('TX_BALANCE')],
  ['whoever leaves a branch begins with an empty pool', 'offers again what stood in a branch', forgetful],
];

describe('the suite of chains notices', () => {
  it.each(BROKEN)('%s: %s', async (fault, title, create) => {
    const subject: ChainSubject = { name: fault, ...LEDGER, create };
    const check = createChainChecks(subject).find((one) => one.title.includes(title));
    const failure = await check?.run().catch((thrown: unknown) => thrown);
    expect(isTestkitError(failure, 'NOT_CONFORMANT') && failure.message).toContain(
      `the chain ${fault} does not conform`,
    );
  });

  it('a fault against each of its requirements', () => {
    const subject: ChainSubject = { name: 'all', ...LEDGER, create: storedLedger };
    const titles = createChainChecks(subject).map(({ title }) => title);
    expect(titles.filter((title) => !BROKEN.some(([, part]) => title.includes(part)))).toEqual([]);
  });
});

/** A turn of the event loop, in which a disk makes progress. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A chain that shows a commit step by step, and then says that it failed. */
function failsHalfway(): ChainPlace {
  return spoilt((chain) => ({
    async commit(update) {
      const steps = await stepsOf(chain, update);
      for (const step of steps) {
        await turn();
        await chain.commit(step);
      }
      if (steps.length > 1) throw new Error('the disk is full');
    },
  }));
}

describe('the suite of chains', () => {
  it('leaves no rejected commit behind that nobody waits for', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const subject: ChainSubject = { name: 'halfway', ...LEDGER, create: failsHalfway };
    const check = createChainChecks(subject).find(({ title }) => title.startsWith('shows a commit in whole'));
    const failure = await check?.run().catch((thrown: unknown) => thrown);
    for (let count = 0; count < 10; count++) await turn();
    process.off('unhandledRejection', note);
    expect(isTestkitError(failure, 'NOT_CONFORMANT')).toBe(true);
    expect(unhandled).toEqual([]);
  });

  it('gives back the place of a chain that does not begin', async () => {
    const { open, ...place } = storedLedger();
    const cannotOpen = (): never => {
      throw new Error('no such directory');
    };
    const hasNoGenesis = spoilt(() => ({ read: () => null }));
    for (const [broken, text] of [
      [{ ...place, open: cannotOpen }, 'no such directory'],
      [hasNoGenesis, 'there is no genesis'],
    ] as const) {
      let given = 0;
      const dispose = async (): Promise<void> => {
        await broken.dispose?.();
        given += 1;
      };
      const [check] = createChainChecks({ name: 'none', ...LEDGER, create: () => ({ ...broken, dispose }) });
      await expect(check?.run()).rejects.toThrow(text);
      expect(given).toBe(1);
    }
  });
});
