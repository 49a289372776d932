import { ConsensusError, type ConsensusPlugin } from '@fiducia/consensus';
import { createCrypto, createMemoryGuardStore, keyPairFromSeed } from '@fiducia/crypto';
import { pluginModule, portModule, TOKENS } from '@fiducia/di';
import { createLoopbackNetwork, type HostRecord, isHostError } from '@fiducia/host';
import { createTransaction, genesisChainId, readBalance, transfer } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import { createNode, defaultModule, encodeEras, NODE_TOKENS } from '../src/index.ts';
import { createTestNode, eras, even, GENESIS_TIME, genesis, odd, slotTime, type TestNode } from './support/chain.ts';
import { createStoppedClock, settle } from './support/clock.ts';
import { turns } from './support/turns.ts';

async function startTwo() {
  const network = createLoopbackNetwork();
  const clock = createStoppedClock(GENESIS_TIME);
  const nodes = await Promise.all([even, odd].map((keyPair) => createTestNode({ keyPair, network, clock })));
  const [first, second] = nodes as [TestNode, TestNode];
  for (const node of nodes) await node.start();
  await settle();
  return { clock, first, second, stop: () => Promise.all(nodes.map((node) => node.stop())) };
}

/** The rules of {@link turns}, except that no era can start with them. */
const failingRules: ConsensusPlugin['createRules'] = (config, context) => ({
  ...turns().createRules(config as never, context),
  initialState: () => {
    throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: 'turns', reason: 'no authorities' });
  },
});

const headOf = (node: TestNode) => node.host.head().header;

describe('two nodes', () => {
  it('take turns and agree on blocks and state', async () => {
    const { clock, first, second, stop } = await startTwo();
    await clock.advanceTo(slotTime(6));
    expect(headOf(first).height).toBe(6);
    expect(headOf(second).id).toBe(headOf(first).id);
    expect(headOf(first).author).toBe(even.address);
    expect(second.ledger.stateAt()?.root).toEqual(first.ledger.stateAt()?.root);
    expect(second.host.consensusRoot()).toEqual(first.host.consensusRoot());
    await stop();
  });

  it('carry out a transaction that either of them got', async () => {
    const { clock, first, second, stop } = await startTwo();
    const crypto = await createCrypto();
    const bytes = createTransaction(transfer, {
      chainId: second.ledger.chainId,
      nonce: second.ledger.nonceOf(even.address),
      fee: 1n,
      payload: { to: odd.address, amount: 25n },
      signer: { address: even.address, sign: (...place) => crypto.sign(even, ...place) },
    });
    expect(await second.ledger.submit(bytes)).toMatchObject({ kind: 'added' });
    await settle();
    await clock.advanceTo(slotTime(2));
    for (const node of [first, second]) {
      const state = node.ledger.stateAt();
      if (state === undefined) return expect.unreachable();
      expect(readBalance(state, odd.address)).toBe(25n);
    }
    await stop();
  });

  it('do nothing before they are started, and nothing after they are stopped', async () => {
    const clock = createStoppedClock(GENESIS_TIME);
    const node = await createTestNode({ keyPair: odd, network: createLoopbackNetwork(), clock });
    await clock.advanceTo(slotTime(3));
    await node.start();
    await node.start();
    expect(headOf(node).height).toBe(0);
    await clock.advanceTo(slotTime(5));
    expect(headOf(node).height).toBe(1);
    await node.stop();
    await clock.advanceTo(slotTime(9));
    expect(headOf(node).height).toBe(1);
  });
});

describe('starting and stopping', () => {
  it('is one start, however often it is asked for', async () => {
    const node = await createTestNode({ keyPair: odd, network: createLoopbackNetwork() });
    await Promise.all([node.start(), node.start()]);
    await settle();
    expect(node.votes).toHaveLength(1);
    await node.stop();
  });

  it('stops a node whose start is still under way, and leaves it readable', async () => {
    const clock = createStoppedClock(GENESIS_TIME);
    const node = await createTestNode({ keyPair: odd, network: createLoopbackNetwork(), clock });
    const started = node.start();
    await node.stop();
    await started;
    await clock.advanceTo(slotTime(3));
    expect(headOf(node).height).toBe(0);
    expect(node.ledger.stateAt()?.height).toBe(0);
  });

  it('reports a start that fails, every time', async () => {
    const modules = [
      defaultModule({ genesis, keyPair: odd }),
      pluginModule({ ...turns(), createRules: failingRules }),
      portModule({ clock: createStoppedClock(GENESIS_TIME) }),
    ];
    const node = await createNode({ modules, eras });
    await expect(node.start()).rejects.toSatisfy((error) => isHostError(error, 'HANDOVER_INVALID'));
    await expect(node.start()).rejects.toSatisfy((error) => isHostError(error, 'HANDOVER_INVALID'));
    await node.stop();
  });
});

describe('trust F8: participation of running nodes', () => {
  it('books the vote of both nodes for every height in the block of that height', async () => {
    const { clock, first, second, stop } = await startTwo();
    const booked = new Map<number, string[]>();
    second.host.events.on('blockImported', ({ header, facts }) => {
      const actors = facts.flatMap((fact) =>
        fact.kind === 'participation' && fact.round === header.height ? [fact.actor] : [],
      );
      booked.set(header.height, actors.sort());
    });
    await clock.advanceTo(slotTime(4));
    expect([...booked.keys()]).toEqual([1, 2, 3, 4]);
    for (const actors of booked.values()) expect(actors).toEqual([even.address, odd.address].sort());
    for (const { votes } of [first, second]) {
      expect(votes.map(({ height }) => height)).toEqual([1, 2, 3, 4, 5]);
      expect(votes.every(({ result }) => result?.kind === 'added')).toBe(true);
    }
    await stop();
  });

  it('lets votes wait while slots stay empty', async () => {
    const { clock, first, second, stop } = await startTwo();
    const rounds: number[] = [];
    first.host.events.on('blockImported', ({ header, facts }) => {
      const votes = facts.filter((fact) => fact.kind === 'participation' && fact.round === header.height);
      if (votes.length === 2) rounds.push(header.timestamp);
    });
    await second.stop();
    await clock.advanceTo(slotTime(4));
    // Slot 1 is empty. The vote of the stopped node for height 1 waits for slot 2; it has none for height 2.
    expect(headOf(first).height).toBe(2);
    expect(rounds).toEqual([slotTime(2)]);
    await stop();
  });

  it('votes on the new head when a reorganisation brings one', async () => {
    const { clock, first, second, stop } = await startTwo();
    const reverted: number[] = [];
    first.host.events.on('headChanged', (event) => reverted.push(event.reverted.length));

    second.net.setConnected(false);
    await clock.advanceTo(slotTime(4));
    const abandoned = headOf(first);
    expect([abandoned.height, headOf(second).height]).toEqual([2, 2]);
    expect(abandoned.id).not.toBe(headOf(second).id);

    second.net.setConnected(true);
    await clock.advanceTo(slotTime(5));
    const adopted = headOf(first);
    expect(adopted.id).toBe(headOf(second).id);
    expect(reverted).toContain(2);
    const voted = first.votes.map(({ height, parentId }) => `${height} on ${parentId}`);
    expect(voted).toContain(`3 on ${abandoned.id}`);
    expect(voted.at(-1)).toBe(`4 on ${adopted.id}`);
    expect(new Set(voted).size).toBe(voted.length);

    await clock.advanceTo(slotTime(6));
    expect(headOf(second)).toMatchObject({ height: 4, author: even.address });
    await stop();
  });
});

describe('replacing what the default module registers', () => {
  it('replaces the clock and nothing else', async () => {
    const clock = createStoppedClock(slotTime(41));
    const network = createLoopbackNetwork();
    const node = await createTestNode({ keyPair: odd, network, modules: [portModule({ clock })] });
    await node.start();
    await clock.advanceTo(slotTime(43));
    expect(headOf(node).timestamp).toBe(slotTime(43));
    expect(node.signer?.self).toBe(odd.address);
    await node.stop();
  });

  it('follows without a signer when a module says so', async () => {
    const clock = createStoppedClock(GENESIS_TIME);
    const network = createLoopbackNetwork();
    const follower = await createTestNode({ keyPair: odd, network, clock, modules: [portModule({ signer: null })] });
    await follower.start();
    await clock.advanceTo(slotTime(3));
    expect(follower.signer).toBeNull();
    expect(headOf(follower).height).toBe(0);
    await follower.stop();
  });

  it('reaches all users of a port, whichever asked first', async () => {
    const clock = createStoppedClock(GENESIS_TIME);
    const seen: unknown[] = [];
    const network = createLoopbackNetwork();
    await createTestNode({
      keyPair: odd,
      network,
      clock,
      modules: [
        (container) => {
          seen.push(
            container.resolve(TOKENS.clock),
            container.resolve(TOKENS.chain),
            container.resolve(NODE_TOKENS.ledger),
          );
        },
      ],
    });
    expect(seen[0]).toBe(clock);
    expect(seen[1]).toBe(seen[2]);
  });

  it('takes the last of two plugins with one name', async () => {
    const older = { ...turns(), version: '0.9.0' as const };
    const modules = [defaultModule({ genesis }), pluginModule(older), pluginModule(turns())];
    const node = await createNode({ modules, eras });
    expect(node.ledger.chainId).toEqual(genesisChainId({ ...genesis, consensus: encodeEras(eras, [turns()]) }));
  });

  it('names a plugin of another contract before it reads its configuration (contract H-37)', async () => {
    const parseConfig = () => {
      throw new TypeError('configuration of another contract');
    };
    const foreign = { ...turns(), contract: 2 as never, parseConfig };
    const expected = { name: 'HostError', data: { code: 'CONTRACT_MISMATCH', plugin: 'turns' } };
    await expect(
      createNode({ modules: [defaultModule({ genesis }), pluginModule(foreign)], eras }),
    ).rejects.toMatchObject(expected);
    expect(() => encodeEras(eras, [foreign])).toThrow('CONTRACT_MISMATCH: plugin=turns');
  });

  it('hands guard records, recorder and limits on to their users', async () => {
    const clock = createStoppedClock(GENESIS_TIME);
    const guardStore = createMemoryGuardStore();
    const records: HostRecord[] = [];
    const options = { guardStore, host: { recorder: (record: HostRecord) => records.push(record) } };
    const module = defaultModule({ genesis, keyPair: odd, participates: () => false, ...options });
    const node = await createNode({ modules: [module, pluginModule(turns()), portModule({ clock })], eras });
    await node.start();
    await clock.advanceTo(slotTime(1));
    expect(records.length).toBeGreaterThan(0);
    expect(await guardStore.isOpen(node.ledger.chainId)).toBe(true);
    await node.stop();

    const limited = defaultModule({ genesis, ledgerLimits: { roundVotes: 0 } });
    await expect(createNode({ modules: [limited, pluginModule(turns())], eras })).rejects.toThrow('INVALID_LIMIT');
  });

  it('signs nothing on a stored chain whose guard records are lost, until it is told to (contract H-27)', async () => {
    const guardStore = createMemoryGuardStore();
    const module = defaultModule({ genesis, keyPair: odd, guardStore, headHeight: 7 });
    const { signer, ledger } = await createNode({ modules: [module, pluginModule(turns())], eras });
    const scope = { chainId: ledger.chainId, era: 0, protocol: 'turns@1' } as const;
    const guard = { lane: 'seal', sequence: [8] };
    const request = { scope, domain: 'seal', data: new Uint8Array(32), guard };
    expect(await signer?.sign(request)).toEqual({ kind: 'refused', code: 'DISABLED' });
    await guardStore.openChain(ledger.chainId);
    expect((await signer?.sign(request))?.kind).toBe('signed');
  });

  it('hands the key of the random function on to the signer', async () => {
    const vrf = keyPairFromSeed('vrf');
    const module = defaultModule({ genesis, keyPair: odd, vrfSecretKey: vrf.secretKey });
    const node = await createNode({ modules: [module, pluginModule(turns())], eras });
    expect(node.signer?.vrfPublicKey).toEqual(vrf.publicKey);
  });

  it('runs on ports of its own when nothing is replaced', async () => {
    const node = await createNode({ modules: [defaultModule({ genesis }), pluginModule(turns())], eras });
    await node.start();
    expect(node.signer).toBeNull();
    expect(node.host.head().header.height).toBe(0);
    await node.stop();
  });
});

describe('the identity of the chain', () => {
  it('covers the eras unless the genesis configuration brings its own encoding', async () => {
    const make = async (slotMs: number, consensus?: Uint8Array) => {
      const era = { fromHeight: 1, production: { name: 'turns', config: { slotMs, authorities: [even.address] } } };
      const module = defaultModule({ genesis: consensus === undefined ? genesis : { ...genesis, consensus } });
      return (await createNode({ modules: [module, pluginModule(turns())], eras: [era] })).ledger.chainId;
    };
    const consensus = Uint8Array.of(1);
    expect(await make(1_000)).toEqual(await make(1_000));
    expect(await make(1_000)).not.toEqual(await make(2_000));
    expect(await make(1_000, consensus)).toEqual(await make(2_000, consensus));
    expect(await make(1_000, consensus)).toEqual(genesisChainId({ ...genesis, consensus }));
    const node = await createNode({ modules: [defaultModule({ genesis }), pluginModule(turns())], eras });
    expect(node.ledger.chainId).toEqual(genesisChainId({ ...genesis, consensus: encodeEras(eras, [turns()]) }));
  });
});

describe('a node that cannot run is refused when it is put together', () => {
  it('contract H-37: an era names a plugin that nobody registered', async () => {
    await expect(createNode({ modules: [defaultModule({ genesis })], eras })).rejects.toThrow('PLUGIN_MISSING: turns');
    const consensus = new Uint8Array();
    const withOwnBytes = createNode({ modules: [defaultModule({ genesis: { ...genesis, consensus } })], eras });
    await expect(withOwnBytes).rejects.toSatisfy((error) => isHostError(error));
  });

  it('the ledger refuses its genesis', async () => {
    const module = defaultModule({ genesis: { ...genesis, chainName: '' } });
    await expect(createNode({ modules: [module, pluginModule(turns())], eras })).rejects.toThrow('INVALID_GENESIS');
  });
});
