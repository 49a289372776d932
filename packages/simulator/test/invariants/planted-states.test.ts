/** Whole nodes that do something wrong, and the checker that notices, alone. */
import { MESSAGE_DOMAIN, SEAL_DOMAIN } from '@fiducia/consensus';
import { type ConsensusHost, encodeEnvelope } from '@fiducia/host';
import { decodeBlock } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import type { InvariantId, WorldNode } from '../../src/index.ts';
import { readMessage } from '../../src/invariants/wire.ts';
import { START } from '../support/chain.ts';
import { subjectOf } from '../support/subjects.ts';
import { withNumber, withRules } from '../support/tampered.ts';
import {
  createWatchedNetwork,
  required,
  type WatchedNetwork,
  type WatchedNetworkOptions,
} from '../support/watched-network.ts';

const { plugin } = subjectOf('round-robin');

/** Runs a network of four under one checker; the truth is that nothing is wrong. */
async function watch(
  id: InvariantId,
  options: Partial<WatchedNetworkOptions> = {},
  slots = 10,
): Promise<WatchedNetwork> {
  const network = await createWatchedNetwork({ subject: 'round-robin', size: 4, ids: [id], ...options });
  await network.runSlots(slots);
  return network;
}

async function reasonsOf(network: WatchedNetwork): Promise<string> {
  return (await network.finish()).map(({ node, reason }) => `${node}: ${reason}`).join('\n');
}

/** A host that answers one question in its own way. */
function lying(host: ConsensusHost, lies: Partial<ConsensusHost>): ConsensusHost {
  return new Proxy(host, {
    get(target, name) {
      if (name in lies) return lies[name as keyof ConsensusHost];
      const value = target[name as keyof ConsensusHost];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('simulation I3: validity', () => {
  it('simulation I3: a chain that pays rewards which no rule allows is refused by a fresh node', async () => {
    const generous = withRules(plugin, () => ({
      directives: (_state, { author }) => [{ kind: 'reward', actor: author, units: 2n }],
    }));
    const network = await watch('I3', { pluginAt: () => generous });
    expect(await reasonsOf(network)).toMatch(/a fresh node refuses block .* at height 1: STATE_ROOT_MISMATCH/);
  });

  it('simulation I3: a store that holds another chain than its head is noticed', async () => {
    const stale = ({ ledger }: WorldNode): Partial<WorldNode> => ({
      ledger: {
        ...ledger,
        read: (at) => ledger.read(at.kind === 'height' && at.height > 3 ? { kind: 'height', height: 3 } : at),
      },
    });
    expect(await reasonsOf(await watch('I3', { disguise: stale }))).toMatch(/at height 4: its parent is/);
  });
});

describe('simulation I4: books', () => {
  it('simulation I4: a transaction that a chain holds twice is found by reading it', async () => {
    const network = await createWatchedNetwork({ subject: 'round-robin', size: 4, ids: ['I4'] });
    await network.pay(0);
    await network.runSlots(6);
    expect(await network.finish()).toEqual([]);
    const first = required(network.nodes[0]);
    const { ledger } = first;
    const found = await firstWithTransactions(network);
    first.ledger = new Proxy(ledger, {
      get(target, name) {
        if (name !== 'read') {
          const value = target[name as keyof typeof target];
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return (at: Parameters<typeof ledger.read>[0]) =>
          target.read(at.kind === 'height' && at.height > found ? { kind: 'height', height: found } : at);
      },
    });
    expect(await reasonsOf(network)).toMatch(/transaction .* occurs twice/);
  });
});

async function firstWithTransactions({ chains }: WatchedNetwork): Promise<number> {
  const { ledger } = required(chains[0]);
  for (let height = 1; ; height++) {
    const stored = await ledger.read({ kind: 'height', height });
    const block = stored === null ? 'none' : decodeBlock(stored.block.bytes);
    if (typeof block === 'string') throw new Error('no transaction on the chain');
    if (block.transactions.length > 0) return height;
  }
}

describe('simulation I5: double signs', () => {
  /** A second block of node 0 for the slot of the first, sealed by `key`. */
  async function secondBlock(network: WatchedNetwork, key: string): Promise<Uint8Array> {
    const { ledger } = required(network.chains[1]);
    const author = network.crypto.identity('node-0').address;
    for (let height = 1; ; height++) {
      const stored = await ledger.read({ kind: 'height', height });
      if (stored === null) throw new Error('node 0 made no block');
      const { header } = stored.block;
      if (header.author !== author) continue;
      const { parentId, timestamp, protocol, digest } = header;
      const place = { parentId, timestamp, protocol, digest, author, deadline: timestamp };
      const directives = [{ kind: 'reward', actor: author, units: 7n } as const];
      const block = await ledger.build({ ...place, directives, evidence: [], certificates: [] });
      if (block === null) throw new Error('not built');
      const scope = { chainId: ledger.chainId, era: 0, protocol };
      return ledger.seal(block, network.crypto.identity(key).sign(scope, SEAL_DOMAIN, block.header.sealHash)).bytes;
    }
  }

  it('simulation I5: two blocks of an honest key for one slot are found on the wire, forged ones are not', async () => {
    const network = await watch('I5', {}, 6);
    const { net } = required(network.chains[1]).ports;
    net.send(null, 'blocks', await secondBlock(network, 'node-2'));
    await network.runSlots(1);
    expect(network.violations).toEqual([]);
    net.send(null, 'blocks', await secondBlock(network, 'node-0'));
    expect(await reasonsOf(network)).toMatch(/^null: \S+ signed block \S+ and block \S+ for 0\/round-robin@1\/header/);
  });

  it('simulation I5: however many forged ones come before, the second block of an honest key is found', async () => {
    const network = await watch('I5', {}, 6);
    const { net } = required(network.chains[1]).ports;
    for (let forgery = 0; forgery < 20; forgery++) {
      net.send(null, 'blocks', await secondBlock(network, `stranger-${forgery}`));
      await network.runSlots(1);
    }
    expect(network.violations).toEqual([]);
    net.send(null, 'blocks', await secondBlock(network, 'node-0'));
    expect(await reasonsOf(network)).toMatch(/^null: \S+ signed block \S+ and block \S+ for 0\/round-robin@1\/header/);
  });

  it('simulation I5: two votes of an honest key for one place are found among messages', async () => {
    const network = await createWatchedNetwork({ subject: 'pbft', size: 4, ids: ['I5'] });
    const seen: Uint8Array[] = [];
    network.simulation.onSend(({ channel, bytes, from }) => {
      if (channel === 'messages' && from === 'node-0') seen.push(bytes);
    });
    await network.runSlots(4);
    expect(network.violations).toEqual([]);
    // The last bytes of a vote are the digest that it is for.
    const votes = seen.flatMap((bytes) => readMessage(bytes) ?? []).filter(({ block }) => block.length === 0);
    const { era, protocol, message } = required(votes.find(({ message: { payload } }) => payload.length < 64));
    const payload = message.payload.slice();
    payload[payload.length - 1] = (payload.at(-1) ?? 0) ^ 1;
    const { chainId } = required(network.chains[0]).ledger;
    const scope = { chainId, era, protocol: protocol as 'pbft@1' };
    const signature = network.crypto.identity('node-0').sign(scope, MESSAGE_DOMAIN, payload);
    const envelope = { era, protocol: scope.protocol, height: 1, block: new Uint8Array() };
    const { net } = required(network.chains[1]).ports;
    net.send('node-2', 'messages', encodeEnvelope({ ...envelope, message: { ...message, payload, signature } }));
    expect(await reasonsOf(network)).toMatch(/signed message \S+ and message \S+ for 0\/pbft@1\/message/);
  });
});

describe('simulation I7: eligibility', () => {
  /** Every slot belongs to the member after its owner. */
  const shifted = withRules(plugin, (rules) => {
    const shift = (state: unknown) => {
      const own = state as { readonly authorities: readonly unknown[] };
      return { ...own, authorities: [...own.authorities.slice(1), ...own.authorities.slice(0, 1)] };
    };
    return { initialState: (start) => shift(rules.initialState(start)) };
  });

  it('simulation I7: blocks by others than the owners of slots are refused by fresh rules', async () => {
    const network = await watch('I7', { pluginAt: () => shifted });
    expect(await reasonsOf(network)).toMatch(/was taken although WRONG_LEADER/);
  });

  it('simulation I7: rules that are wrong everywhere are wrong for an oracle', async () => {
    const whyIneligible = (
      { header }: { header: { timestamp: number; author: string } },
      members: readonly string[],
    ) => {
      const slot = Math.floor(header.timestamp / 1_000);
      return header.author === members[slot % members.length] ? null : `slot ${slot} is not theirs`;
    };
    const run = async (wrong: boolean) => {
      const network = await createWatchedNetwork({
        subject: 'round-robin',
        size: 4,
        ids: ['I7'],
        ...(wrong && { pluginAt: () => shifted, checkedPlugin: shifted }),
        world: { oracle: { whyIneligible: (block) => whyIneligible(block, members) } },
      });
      const members = network.world.genesisValidators.map(({ id }) => id);
      await network.runSlots(8);
      return reasonsOf(network);
    };
    expect(await run(false)).toBe('');
    expect(await run(true)).toMatch(/was taken although slot \d+ is not theirs/);
  });

  it('simulation I7: a block that is taken before its time is noticed by the clock of its taker', async () => {
    const late = { now: () => START - 60_000 };
    const oracle = { aheadMaxMs: 15_000 };
    const options = { world: { oracle }, disguise: ({ index }: WorldNode) => (index === 2 ? late : {}) };
    expect(await reasonsOf(await watch('I7', options))).toMatch(/^node-2: .* was taken 6\d* ms before its time/);
  });
});

describe('simulation I8: fork choice', () => {
  /** Runs through a partition, so that there are two branches. */
  async function parted(options: Partial<WatchedNetworkOptions>): Promise<WatchedNetwork> {
    const network = await watch('I8', { size: 5, ...options }, 4);
    network.simulation.partition([['node-0', 'node-1']]);
    await network.runSlots(8);
    network.simulation.heal();
    await network.runSlots(8);
    return network;
  }

  it('simulation I8: a head that is not the heaviest is reported, also where rules prefer it', async () => {
    expect(await reasonsOf(await parted({}))).toBe('');
    const shortest = withRules(plugin, () => ({
      compareTips: (a, b) => (a.header.height > 6 && b.header.height > 6 ? b.header.height - a.header.height : 0),
    }));
    expect(await reasonsOf(await parted({ pluginAt: () => shortest }))).toMatch(
      /the head was .*, the best block known was/,
    );
  });

  it('simulation I8: weights that are wrong everywhere are wrong for an oracle', async () => {
    const members: string[] = [];
    const weightOf = ({ header }: { header: { author: string } }) => (members.indexOf(header.author) < 2 ? 100n : 1n);
    const options: Partial<WatchedNetworkOptions> = { world: { oracle: { weightOf } } };
    const network = await createWatchedNetwork({ subject: 'round-robin', size: 5, ids: ['I8'], ...options });
    members.push(...network.world.genesisValidators.map(({ id }) => id));
    await network.runSlots(4);
    network.simulation.partition([['node-0', 'node-1']]);
    await network.runSlots(8);
    network.simulation.heal();
    await network.runSlots(8);
    expect(await reasonsOf(network)).toMatch(/^node-[01]: at \d+ the head was/);
  });

  it('simulation I8: a host that names an old head is found out', async () => {
    const disguise = ({ index, host }: WorldNode): Partial<WorldNode> => {
      if (index !== 3) return {};
      let first: ReturnType<ConsensusHost['head']> | undefined;
      const head = () => {
        first ??= host.head();
        return first;
      };
      return { host: lying(host, { head }) };
    };
    expect(await reasonsOf(await watch('I8', { disguise }))).toMatch(/^node-3: at \d+ the head was/);
  });
});

describe('simulation I12: equal states', () => {
  it('simulation I12: a node with another state at the same block is named', async () => {
    const disguise = ({ index, host }: WorldNode): Partial<WorldNode> => {
      return index === 1 ? { host: lying(host, { consensusRoot: () => new Uint8Array(32) }) } : {};
    };
    expect(await reasonsOf(await watch('I12', { disguise }))).toMatch(/consensus state after .* is/);
  });

  it('simulation I12: rules that count their calls are caught', async () => {
    const counting = withNumber(plugin, () => {
      let calls = 0;
      return { next: () => (calls += 1) };
    });
    const options = { conditions: { lossPermille: 200 }, pluginAt: () => counting, checkedPlugin: counting };
    expect(await reasonsOf(await watch('I12', options, 20))).not.toBe('');
  });

  it('simulation I12: rules that follow a set of objects in the order of their receipt are caught', async () => {
    const listing = withNumber(plugin, (rules) => {
      const seen = new Set<object>();
      return {
        rules: {
          verifyHeader(header, parent, now) {
            seen.add(header);
            return rules.verifyHeader(header, parent, now);
          },
        },
        next: () => ([...seen][0] as { readonly height?: number } | undefined)?.height ?? seen.size,
      };
    });
    const options = { pluginAt: () => listing, checkedPlugin: listing };
    expect(await reasonsOf(await watch('I12', options))).not.toBe('');
  });
});

describe('simulation I13: purity', () => {
  it('simulation I13: a state that knows when its node heard of a block is no function of the chain', async () => {
    const clocked = withNumber(plugin, (rules) => {
      let heardAt = 0;
      return {
        rules: {
          verifyHeader(header, parent, now) {
            heardAt = now;
            return rules.verifyHeader(header, parent, now);
          },
        },
        next: () => heardAt,
      };
    });
    const options = { pluginAt: () => clocked, checkedPlugin: clocked };
    expect(await reasonsOf(await watch('I13', options))).toMatch(/does not follow from the chain alone/);
  });

  it('simulation I13: trust that one node credits for a vote of nobody is found at its head', async () => {
    const { plugin: dtDpos } = subjectOf('dt-dpos');
    const run = async (inventor: number | null) => {
      const inventive = withRules(dtDpos, (rules) => ({
        applyHeader(state, header, facts) {
          const vote = { kind: 'participation', actor: header.author, round: header.height } as const;
          return rules.applyHeader(state, header, header.height === 6 ? [...facts, vote] : facts);
        },
      }));
      const pluginAt: WatchedNetworkOptions['pluginAt'] = (index, own) => (index === inventor ? inventive : own);
      const network = await createWatchedNetwork({ subject: 'dt-dpos', ids: ['I13'], pluginAt });
      while (required(network.nodes[3]).host.head().header.height < 7) await network.runSlots(1);
      return reasonsOf(network);
    };
    expect(await run(null)).toBe('');
    expect(await run(3)).toMatch(/^node-3: the state at \S+ at height \d+ does not follow from the chain alone/);
  });
});

describe('simulation I14: honest answers about transactions', () => {
  async function paid(manner: 'honest' | 'eager' | 'fickle', subject: 'pbft' | 'dpos'): Promise<string> {
    let questions = 0;
    const disguise = ({ ledger, host }: WorldNode): Partial<WorldNode> => ({
      async readTransaction(id) {
        questions += 1;
        if (manner === 'fickle' && questions > 40) return { status: 'pending', blockId: null, height: null };
        for (let height = host.head().header.height; height > 0; height--) {
          const stored = await ledger.read({ kind: 'height', height });
          const block = stored === null ? 'none' : decodeBlock(stored.block.bytes);
          if (typeof block === 'string' || !block.transactions.some((own) => own.id === id)) continue;
          const isFinal = host.finalized().height >= height || manner === 'eager';
          return { status: isFinal ? 'final' : 'included', blockId: block.header.id, height };
        }
        return { status: 'unknown', blockId: null, height: null };
      },
    });
    const network = await createWatchedNetwork({ subject, size: 4, ids: ['I14'], disguise });
    for (let slot = 0; slot < 8; slot++) {
      await network.pay(slot % 4);
      await network.runSlots(1);
    }
    return reasonsOf(network);
  }

  it('simulation I14: a status may not go back from final', async () => {
    expect(await paid('honest', 'pbft')).toBe('');
    expect(await paid('fickle', 'pbft')).toMatch(/transaction \S+ was final and is pending/);
  });

  it('simulation I14: nothing is called final above the final block', async () => {
    expect(await paid('honest', 'dpos')).toBe('');
    expect(await paid('eager', 'dpos')).toMatch(/is said to be final at height \d+, above the final height 0/);
  });
});
