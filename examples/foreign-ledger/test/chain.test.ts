import type { Bytes } from '@fiducia/consensus';
import type { Block, BuildRequest } from '@fiducia/consensus/ports';
import type { ChainPlace, ChainTransactions } from '@fiducia/testkit';
import { describeChain } from '@fiducia/testkit/vitest';
import { describe } from 'vitest';
import { makeBlock } from '../src/kv/block.ts';
import { hashOf } from '../src/kv/hash.ts';
import { createMemoryDisk, type Disk } from '../src/kv/journal.ts';
import { Pool } from '../src/kv/pool.ts';
import { applyTransaction } from '../src/kv/rules.ts';
import { allocate } from '../src/kv/store.ts';
import { type Call, formatTransaction, parseTransaction, signedPart } from '../src/kv/transaction.ts';
import type { Tree } from '../src/kv/tree.ts';
import { KvChainPort } from '../src/port/chain-port.ts';
import { applyDirectives } from '../src/port/facts.ts';
import { attach, hexOf, toHost } from '../src/port/projection.ts';

const MEMBERS = ['ada', 'ben', 'cleo'];
const CHAIN_ID = new Uint8Array(32).fill(7);
const ALLOCATION = allocate(MEMBERS.map((id) => ({ id, balance: 10, stake: 20 })));

/** A disk whose power can be cut; what it is writing at that moment is torn. */
function createPoweredDisk() {
  const disk = createMemoryDisk();
  let left = Number.POSITIVE_INFINITY;
  const powered: Disk = {
    read: () => disk.read(),
    append(text) {
      if (left-- > 0) return disk.append(text);
      if (left === -1) disk.append(text.slice(0, text.length / 2));
      throw new Error('no power');
    },
  };
  const power = (writes: number): void => {
    left = writes;
  };
  return { powered, power };
}

const sign = (from: string, text: string): string => hashOf(`${from} signs ${text}`);

function signed(from: string, nonce: number, call: Call, signer = from) {
  const part = { from, nonce, call };
  return { ...part, signature: sign(signer, signedPart(part)) };
}

const bytesOf = (...args: Parameters<typeof signed>): Bytes =>
  new TextEncoder().encode(formatTransaction(signed(...args)));

const TRANSACTIONS: ChainTransactions = {
  valid: [
    bytesOf('ada', 0, ['put', 'colour', 'red']),
    bytesOf('ben', 0, ['put', 'colour', 'blue']),
    bytesOf('ada', 1, ['stake', 4]),
  ],
  invalid: {
    'leaves out a number': [bytesOf('ada', 1, ['put', 'colour', 'red'])],
    'locks more than there is': [bytesOf('ada', 0, ['stake', 11_000])],
    'locks more than is left': [bytesOf('ben', 0, ['stake', 8]), bytesOf('ben', 1, ['stake', 8])],
    'gives a vote without a deposit': [bytesOf('dan', 0, ['vote', 'ada', 1])],
    'has it signed by somebody else': [bytesOf('ada', 0, ['put', 'colour', 'red'], 'ben')],
    'unlocks a deposit that is in use': [bytesOf('ada', 0, ['withdraw'])],
  },
};

/** A keeper whose software checks nothing, on genesis and on what it made before. */
function createForger() {
  const states = new Map<string, Tree>();
  return ({ header }: Block, request: BuildRequest, given: readonly Bytes[]): Block | null => {
    const { parentId, timestamp: time, author, protocol: engine, digest, directives } = request;
    const before = header.height === 0 ? ALLOCATION : states.get(hexOf(header.sealHash));
    const transactions = given.flatMap((bytes) => parseTransaction(new TextDecoder().decode(bytes)) ?? []);
    if (before === undefined || transactions.length < given.length) return null;
    const place = { height: header.height + 1, parentId };
    let { state } = applyDirectives(before, directives);
    for (const transaction of transactions) {
      const outcome = applyTransaction(state, transaction, place);
      if ('state' in outcome) state = outcome.state;
    }
    const fields = { ...place, time, author, engine, extra: hexOf(digest), root: state.root };
    const block = toHost(hexOf(CHAIN_ID), makeBlock(fields, { transactions, attachments: attach(request) }));
    states.set(hexOf(block.header.sealHash), state);
    return block;
  };
}

function createPlace(): ChainPlace {
  const { powered, power } = createPoweredDisk();
  const createPool = () => new Pool((from, text, signature) => signature === sign(from, text));
  let pool = createPool();
  return {
    open() {
      power(Number.POSITIVE_INFINITY);
      pool = createPool();
      return new KvChainPort(CHAIN_ID, ALLOCATION, pool, powered);
    },
    fill(height) {
      pool.add(signed('ada', height - 1, ['put', 'height', String(height)]));
    },
    submit(bytes) {
      const transaction = parseTransaction(new TextDecoder().decode(bytes));
      if (transaction !== null) pool.add(transaction);
    },
    forge: createForger(),
    losePower: power,
  };
}

describe('the port meets what a host relies on (contract section 11)', () => {
  describeChain({
    name: 'kv',
    authors: MEMBERS,
    losesPower: true,
    transactions: TRANSACTIONS,
    create: createPlace,
  });
});
