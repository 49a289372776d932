import type { Evidence } from '@fiducia/consensus';
import type { HostRecord } from '@fiducia/host';
import { createTransaction, transfer } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import { type RoundRobinState, roundRobin } from '../../../examples/custom-plugin/src/round-robin.ts';
import {
  type ChainNode,
  createChainNode,
  monitorDoubleSigns,
  requireCommonPrefix,
  requireEqualHeads,
  requireEqualStates,
} from '../src/index.ts';
import { addWorkload, createTestChain, SLOT_MS, START, type TestChain } from './support/chain.ts';

const BAD_NETWORK = { delayMs: { min: 20, max: 300 }, lossPermille: 200, duplicatePermille: 200 };

function throwDefect(): never {
  throw new Error('defect');
}

const headOf = (node: ChainNode | undefined) => node?.host.head().header;

function createMonitor(chain: TestChain) {
  const config = { slotMs: SLOT_MS };
  const scope = {
    chainId: new Uint8Array(32),
    era: 0,
    protocol: 'round-robin@1',
    sha256: chain.crypto.sha256,
  } as const;
  const [first] = chain.nodes;
  if (first === undefined) throw new Error('a chain needs nodes');
  const rules = roundRobin().createRules(config, scope);
  return monitorDoubleSigns({ simulation: chain.simulation, chain: first.ledger, rules });
}

describe('a round-robin chain in the simulator', () => {
  it('grows by one block per slot on a good network, with equal states everywhere (simulation I10, I12)', async () => {
    const chain = await createTestChain({ size: 4 });
    addWorkload(chain, 18);
    await chain.runSlots(20.5);
    requireEqualHeads(chain.nodes);
    expect(headOf(chain.nodes[0])?.height).toBe(20);
    requireEqualStates(chain.nodes, headOf(chain.nodes[0])?.id ?? '');
    const nonces = chain.nodes.map((node) => chain.nodes[0]?.ledger.nonceOf(chain.crypto.identity(node.name).address));
    expect(nonces).toEqual([18, 18, 18, 18]);
  });

  it('converges to one head under loss, duplication and reordering, after a partition healed (simulation I1, I5, I10)', async () => {
    const chain = await createTestChain({ size: 5, network: BAD_NETWORK });
    const monitor = createMonitor(chain);
    addWorkload(chain, 60);
    let reverted = 0;
    for (const node of chain.nodes) node.host.events.on('headChanged', (event) => (reverted += event.reverted.length));

    await chain.runSlots(10);
    chain.simulation.partition([['node-0', 'node-1']]);
    await chain.runSlots(30);
    const [left, right] = [headOf(chain.nodes[0]), headOf(chain.nodes[4])];
    expect(left?.id).not.toBe(right?.id);
    // The larger side has three of five leaders, so its branch is the longer one.
    expect(right?.height).toBeGreaterThan(left?.height ?? 0);

    chain.simulation.heal();
    await chain.runSlots(40);
    const agreed = await requireCommonPrefix(chain.nodes, 3);
    expect(agreed).toBeGreaterThan(40);
    const block = await chain.nodes[0]?.ledger.read({ kind: 'height', height: agreed });
    requireEqualStates(chain.nodes, block?.block.header.id ?? '');
    expect(reverted).toBeGreaterThan(5);
    monitor.requireNoneBy(chain.nodes.map((node) => chain.crypto.identity(node.name).address));
    expect(chain.simulation.networkCounts().lost).toBeGreaterThan(100);
  });

  it('records every engine call of every node (simulation E4)', async () => {
    const chain = await createTestChain({ size: 2 });
    const kinds: string[] = [];
    const { simulation, crypto, genesis, eras, validators } = chain;
    const ports = simulation.addNode('recorded');
    const recorder = (record: HostRecord): void => {
      kinds.push(record.kind === 'inputHandled' ? record.input.kind : record.kind);
      const before = simulation.traceHash();
      ports.recorder(record);
      expect(simulation.traceHash()).not.toBe(before);
    };
    const plugins = [roundRobin()];
    const node = createChainNode({
      ports: { ...ports, recorder },
      genesis,
      crypto,
      signer: null,
      plugins,
      eras,
      genesisValidators: validators,
    });
    await node.start();
    await chain.runSlots(1.5);
    await node.stop();
    expect(kinds).toEqual(['engineStarted', 'syncChanged', 'timerElapsed', 'headChanged', 'engineStopped']);
  });

  it('has equal traces for equal seeds and different ones otherwise (simulation E4)', async () => {
    const run = async (seed: number): Promise<string> => {
      const chain = await createTestChain({ seed, size: 4, network: BAD_NETWORK });
      addWorkload(chain, 20);
      chain.simulation.partition([['node-0']]);
      await chain.runSlots(10);
      chain.simulation.heal();
      await chain.runSlots(15);
      return chain.simulation.traceHash();
    };
    const first = await run(11);
    expect(await run(11)).toBe(first);
    expect(await run(12)).not.toBe(first);
  });
});

describe('simulation E6: defects', () => {
  it('end the run in the name of the node whose host stopped', async () => {
    const chain = await createTestChain({ size: 2 });
    const plugin = roundRobin();
    const { simulation, crypto } = chain;
    const broken = createChainNode({
      ports: simulation.addNode('broken'),
      genesis: chain.genesis,
      crypto,
      signer: null,
      plugins: [{ ...plugin, createEngine: () => ({ start: () => [], on: () => throwDefect() }) }],
      eras: chain.eras,
      genesisValidators: chain.validators,
    });
    await broken.start();
    await expect(chain.runSlots(3)).rejects.toMatchObject({
      data: { code: 'EVENT_FAILED', node: 'broken', seed: 1 },
      cause: { data: { code: 'PLUGIN_DEFECT' } },
    });
    await broken.stop();
    await simulation.runUntil(START + 6.5 * SLOT_MS);
    requireEqualHeads(chain.nodes);
  });
});

describe('double-sign monitor', () => {
  it('does not mistake a repeated block for a second one (simulation I5)', async () => {
    const chain = await createTestChain({ size: 2 });
    const monitor = createMonitor(chain);
    await chain.runSlots(2.5);
    const head = await chain.nodes[0]?.ledger.read({ kind: 'head' });
    chain.nodes[1]?.ports.net.send(null, 'blocks', head?.block.bytes ?? new Uint8Array());
    chain.nodes[1]?.ports.net.send(null, 'blocks', Uint8Array.of(1, 2, 3));
    expect(monitor.found()).toEqual([]);
    monitor.stop();
  });
});

describe('Byzantine producers', () => {
  it('are caught when they sign two blocks for one slot, and the evidence lands on the chain', async () => {
    const chain = await createTestChain({
      size: 4,
      alter: (request) => [request, { ...request, timestamp: request.timestamp + 1 }],
    });
    const monitor = createMonitor(chain);
    const offender = chain.crypto.identity('node-3').address;
    const accusers = new Set<string>();
    chain.simulation.onSend(({ from, channel }) => channel === 'evidence' && accusers.add(from));
    const booked: Evidence[] = [];
    chain.honest[0]?.host.events.on('blockImported', ({ facts }) => {
      for (const fact of facts) if (fact.kind === 'evidence') booked.push(fact.evidence);
    });

    await chain.runSlots(30.5);
    requireEqualHeads(chain.honest);
    expect(booked).toMatchObject([{ kind: 'equivocation', offender }]);
    // The honest find it by themselves: no accusation starts at the adversary.
    expect(accusers.size).toBeGreaterThan(0);
    expect(accusers).not.toContain('node-3');
    const state = chain.honest[0]?.host.head().state as RoundRobinState;
    expect(state.authorities.map(({ id }) => id)).not.toContain(offender);
    // Expelled with its first offence, so it led exactly one slot, and no other slot stayed empty.
    expect(monitor.found()).toMatchObject([{ author: offender }]);
    expect(headOf(chain.honest[0])?.height).toBe(30);
    monitor.requireNoneBy(chain.honest.map((node) => chain.crypto.identity(node.name).address));
    expect(() => monitor.requireNoneBy([offender])).toThrow(/I5/);
  });

  it('may act between two blocks, so that their bodies differ', async () => {
    const chain = await createTestChain({
      size: 4,
      async *alter(request, node, crypto) {
        const signer = crypto.identity(node.name);
        const { chainId } = node.ledger;
        const payload = { to: signer.address, amount: 1n };
        yield request;
        await node.ledger.submit(
          createTransaction(transfer, {
            chainId,
            nonce: node.ledger.nonceOf(signer.address),
            fee: 1n,
            payload,
            signer,
          }),
        );
        yield request;
        yield request;
      },
    });
    const monitor = createMonitor(chain);
    let sent = 0;
    chain.simulation.onSend(({ from, channel }) => {
      if (from === 'node-3' && channel === 'blocks') sent += 1;
    });
    // Before anything can have come back from the network, its own host has adopted one of the two.
    await chain.simulation.runUntil(START + 3 * SLOT_MS + 1);
    expect(headOf(chain.nodes[3])?.author).toBe(chain.crypto.identity('node-3').address);
    await chain.runSlots(7);
    expect(monitor.found()).toHaveLength(1);
    expect(sent).toBe(2);
  });

  it('achieve nothing with a block of a foreign slot', async () => {
    const chain = await createTestChain({
      size: 4,
      alter: (request) => [{ ...request, timestamp: request.timestamp - SLOT_MS }],
    });
    const codes = new Map<string, number>();
    chain.honest[0]?.host.events.on('blockRejected', ({ code }) => codes.set(code, (codes.get(code) ?? 0) + 1));
    await chain.runSlots(20.5);
    requireEqualHeads(chain.honest);
    expect([...codes]).toEqual([['SLOT_NOT_INCREASING', 5]]);
    expect(headOf(chain.honest[0])?.height).toBe(15);
  });

  it('stop when they are told to', async () => {
    const chain = await createTestChain({ size: 3, alter: () => [] });
    let sent = 0;
    chain.simulation.onSend(({ from, channel }) => {
      if (from === 'node-2' && channel === 'blocks') sent += 1;
    });
    await chain.runSlots(4);
    chain.adversary?.stop();
    await chain.runSlots(4);
    expect(sent).toBe(0);
    expect(headOf(chain.nodes[0])?.height).toBeGreaterThan(3);
  });
});

describe('invariant checkers', () => {
  it('name the nodes that disagree', async () => {
    const chain = await createTestChain({ size: 2 });
    chain.simulation.partition([['node-0']]);
    await chain.runSlots(6);
    expect(() => requireEqualHeads(chain.nodes)).toThrow(/INVARIANT_BROKEN.*I10.*node-0.*node-1/);
    await expect(requireCommonPrefix(chain.nodes, 0)).rejects.toThrow(/INVARIANT_BROKEN.*I1.*node-0.*node-1/);
    expect(await requireCommonPrefix(chain.nodes, 100)).toBe(0);
    expect(() => requireEqualStates(chain.nodes, headOf(chain.nodes[0])?.id ?? '')).toThrow(/I12.*node-1 has no state/);
  });
});
