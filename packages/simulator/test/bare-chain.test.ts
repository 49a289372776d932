import type { ActorId, FactKind, Validator } from '@fiducia/consensus';
import { pbft } from '@fiducia/consensus-pbft';
import { describe, expect, it } from 'vitest';
import { roundRobin } from '../../../examples/custom-plugin/src/round-robin.ts';
import {
  type BareChainOptions,
  createBareChain,
  createBareNode,
  createSimulation,
  createStubCrypto,
  isSimulationError,
} from '../src/index.ts';
import { sha256 } from './support/hash.ts';

const START = 1_700_000_000_000;
const SLOT_MS = 1_000;
const CHAIN: BareChainOptions = { genesisTimestamp: START, chainName: 'bare', sha256 };
const NETWORK = { delayMs: { min: 5, max: 200 }, lossPermille: 100, duplicatePermille: 50 };

const ROUND_ROBIN = { plugin: roundRobin(), config: { slotMs: SLOT_MS } };
const PBFT = { plugin: pbft(), config: { blockTimeMs: SLOT_MS, roundTimeoutMs: 2 * SLOT_MS } };

async function runNodes({ plugin, config }: typeof ROUND_ROBIN | typeof PBFT, seed: number, chainOptions = CHAIN) {
  const crypto = createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: START, sha256, network: NETWORK });
  const names = ['ada', 'ben', 'cleo', 'dan'];
  const genesisValidators: Validator[] = names.map((name) => ({ id: crypto.identity(name).address, weight: 1n }));
  const nodes = names.map((name) =>
    createBareNode({
      ports: simulation.addNode(name),
      chain: createBareChain(chainOptions),
      crypto,
      signer: crypto.createSigner(name),
      plugins: [plugin],
      eras: [{ fromHeight: 1, production: { name: plugin.name, config } }],
      genesisValidators,
    }),
  );
  for (const node of nodes) await node.start();
  await simulation.runUntil(START + 30 * SLOT_MS);
  return { simulation, nodes };
}

describe('nodes without accounts', () => {
  it('build one chain under round-robin in spite of loss', async () => {
    const { nodes } = await runNodes(ROUND_ROBIN, 1);
    const [first] = nodes;
    const at10 = await Promise.all(nodes.map(({ chain }) => chain.read({ kind: 'height', height: 10 })));
    expect(first?.host.head().header.height).toBeGreaterThan(20);
    expect(new Set(at10.map((stored) => stored?.block.header.id)).size).toBe(1);
    for (const node of nodes) await node.stop();
  });

  it('finalise blocks under PBFT', async () => {
    const { nodes } = await runNodes(PBFT, 1);
    for (const { host } of nodes) expect(host.finalized().height).toBeGreaterThan(10);
  });

  it('leave the same trace for one seed and another for another (simulation E4)', async () => {
    const runs = [await runNodes(PBFT, 2), await runNodes(PBFT, 2), await runNodes(PBFT, 3)];
    const [first, again, other] = runs.map(({ simulation }) => simulation.traceHash());
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('stop the run in the name of the node whose chain fails (simulation E6)', async () => {
    const failing: BareChainOptions = {
      ...CHAIN,
      payloadOf() {
        throw new Error('no payload');
      },
    };
    const failed = await runNodes(ROUND_ROBIN, 1, failing).catch((thrown: unknown) => thrown);
    expect(isSimulationError(failed) && failed.data).toMatchObject({ code: 'EVENT_FAILED' });
  });
});

describe('a chain without accounts', () => {
  it('can be spread, as its clock can: who changes one method keeps the others', async () => {
    const chain = createBareChain(CHAIN);
    const { read, decode } = { ...chain };
    const genesis = await read({ kind: 'genesis' });
    expect(genesis?.block.header.id).toBe(chain.genesis.header.id);
    expect(decode(chain.genesis.bytes, 'block')?.header.id).toBe(chain.genesis.header.id);
    const { clock } = createSimulation({ seed: 1, startTime: 5, sha256 }).addNode('ada');
    expect({ ...clock }.now()).toBe(5);
  });

  const ben: ActorId = 'ben';
  const request = {
    timestamp: START + 1,
    author: ben,
    protocol: 'p@1',
    digest: new Uint8Array(),
    directives: [],
    evidence: [],
    certificates: [],
    deadline: 0,
  } as const;

  it('is the same for one name and another for another', () => {
    const [chain, same, other] = [CHAIN, CHAIN, { ...CHAIN, chainName: 'other' }].map(createBareChain);
    expect(same?.genesis).toEqual(chain?.genesis);
    expect(other?.chainId).not.toEqual(chain?.chainId);
    expect(chain?.genesis.header.timestamp).toBe(START);
  });

  it('carries the payload that it was given, and nothing on a block that it does not have', async () => {
    const chain = createBareChain({ ...CHAIN, payloadOf: ({ author }) => new TextEncoder().encode(author) });
    const block = await chain.build({ ...request, parentId: chain.genesis.header.id });
    expect(new TextDecoder().decode(block?.bytes)).toContain('ben');
    expect(block?.header.height).toBe(1);
    expect(chain.decode(block?.bytes ?? new Uint8Array(), 'block')).toEqual(block);
    expect(await chain.build({ ...request, parentId: 'unknown' })).toBeNull();
  });

  it('establishes the facts that it was given, and no others in a census', async () => {
    const provides: FactKind[] = ['participation', 'exit'];
    const chain = createBareChain({
      ...CHAIN,
      provides,
      factsOf: ({ header }) => [
        { kind: 'exit', actor: ben },
        { kind: 'participation', actor: ben, round: header.height },
      ],
    });
    expect([...chain.provides]).toEqual(provides);
    const facts = [
      { kind: 'exit', actor: 'ben' },
      { kind: 'participation', actor: 'ben', round: 0 },
    ];
    expect(await chain.execute(chain.genesis, { directives: [], census: ['exit'] })).toEqual({
      kind: 'executed',
      facts,
      census: facts.slice(0, 1),
    });
    expect(await chain.execute(chain.genesis, { directives: [] })).toEqual({ kind: 'executed', facts });
  });

  it('has neither facts nor payload unless it is given some', async () => {
    const chain = createBareChain(CHAIN);
    expect(chain.provides.size).toBe(0);
    expect(await chain.execute(chain.genesis, { directives: [] })).toEqual({ kind: 'executed', facts: [] });
  });
});
