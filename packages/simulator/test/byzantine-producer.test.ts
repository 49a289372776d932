import type { ConsensusEngine, ConsensusPlugin, Effect } from '@fiducia/consensus';
import type { CryptoPort, MiningTask } from '@fiducia/consensus/ports';
import { describe, expect, it } from 'vitest';
import {
  type RoundRobinConfig,
  type RoundRobinState,
  roundRobin,
} from '../../../examples/custom-plugin/src/round-robin.ts';
import { createByzantineProducer, isSimulationError } from '../src/index.ts';
import { createTestChain, SLOT_MS } from './support/chain.ts';

type Plugin = ConsensusPlugin<RoundRobinConfig, RoundRobinState>;

/** Adds a Byzantine producer with the key of `node-1` and a changed engine to a chain of two. */
async function createChainWith(plugin: Plugin, mine?: CryptoPort['mine']) {
  const chain = await createTestChain({ size: 2 });
  const [node] = chain.nodes;
  if (node === undefined) throw new Error('a chain needs nodes');
  const adversary = createByzantineProducer({
    plugin,
    config: { slotMs: SLOT_MS },
    host: node.host,
    chain: node.ledger,
    signer: chain.crypto.createSigner('node-1'),
    net: node.ports.net,
    clock: node.ports.clock,
    crypto: mine === undefined ? chain.crypto : { ...chain.crypto, mine },
    chainId: node.ledger.chainId,
    alter: (request) => [request],
  });
  return { ...chain, adversary };
}

function withEffects(change: (effect: Effect) => Effect | readonly Effect[]): Plugin {
  const plugin = roundRobin();
  const changeAll = (effects: readonly Effect[]) => effects.flatMap(change);
  return {
    ...plugin,
    createEngine(...args) {
      const engine = plugin.createEngine?.(...args) as ConsensusEngine<RoundRobinState>;
      return {
        start: (start, now) => changeAll(engine.start(start, now)),
        on: (input, now) => changeAll(engine.on(input, now)),
      };
    },
  };
}

/** Seals by work instead of a signature, which the rules of the chain refuse. */
function mining(): Plugin {
  const plugin = roundRobin();
  return {
    ...plugin,
    createEngine(...args) {
      const engine = plugin.createEngine?.(...args) as ConsensusEngine<RoundRobinState>;
      const search = (effects: readonly Effect[]): readonly Effect[] =>
        effects.flatMap((effect) => {
          if (effect.kind !== 'publish') return effect;
          const { blockId } = effect;
          return [
            { kind: 'cancel', requestId: 'search' },
            { kind: 'mine', requestId: 'search', blockId, algorithm: 'sha256d', target: 1n },
          ];
        });
      return {
        start: (start, now) => search(engine.start(start, now)),
        on(input, now) {
          if (input.kind !== 'mined') return search(engine.on(input, now));
          return [{ kind: 'publish', blockId: input.blockId, sealing: { kind: 'attach', seal: input.seal } }];
        },
      };
    },
  };
}

describe('Byzantine producer', () => {
  it('searches a nonce for what it built, gives up what is cancelled, and seals with what was found (contract H-28)', async () => {
    const tasks: MiningTask[] = [];
    const aborted: number[] = [];
    const chain = await createChainWith(mining(), (task, signal) => {
      const number = tasks.push(task);
      signal.addEventListener('abort', () => aborted.push(number));
      // The first search never ends by itself.
      return number === 1
        ? new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)))
        : Promise.resolve(Uint8Array.of(7));
    });
    const refused: string[] = [];
    chain.nodes[1]?.host.events.on('blockRejected', ({ code }) => refused.push(code));
    chain.adversary.start();
    await chain.runSlots(8);
    chain.adversary.stop();
    expect(tasks[0]).toMatchObject({ algorithm: 'sha256d', target: 1n, startNonce: 0n });
    expect(tasks[0]?.data).toHaveLength(32);
    expect(aborted).toEqual([1]);
    expect(refused).toEqual(Array.from({ length: tasks.length - 1 }, () => 'SIGNATURE_MALFORMED'));
    expect(tasks.length).toBeGreaterThan(2);
  });

  it('ends the run if a search fails', async () => {
    const chain = await createChainWith(mining(), () => Promise.reject(new Error('no miner')));
    chain.adversary.start();
    await expect(chain.runSlots(4)).rejects.toMatchObject({
      data: { code: 'EVENT_FAILED' },
      cause: { message: 'no miner' },
    });
  });

  it('refuses a plugin that cannot produce', async () => {
    const { createEngine: _engine, ...followed } = roundRobin();
    await expect(createChainWith(followed)).rejects.toSatisfy((error) => isSimulationError(error, 'UNSUPPORTED'));
  });

  it('ends the run on an effect it cannot carry out, rather than being weaker than meant', async () => {
    const chain = await createChainWith(
      withEffects((effect) =>
        effect.kind === 'buildBlock' ? { kind: 'send', to: { kind: 'all' }, payload: new Uint8Array() } : effect,
      ),
    );
    chain.adversary.start();
    await expect(chain.runSlots(4)).rejects.toMatchObject({
      data: { code: 'EVENT_FAILED', node: 'node-0' },
      cause: { data: { code: 'UNSUPPORTED', operation: 'effect send of an adversary' } },
    });
  });

  it('attaches a seal of its own making, which others refuse by the code of the crypto port', async () => {
    const chain = await createChainWith(
      withEffects((effect) =>
        effect.kind === 'publish' ? { ...effect, sealing: { kind: 'attach', seal: Uint8Array.of(1) } } : effect,
      ),
    );
    const codes: string[] = [];
    chain.nodes[1]?.host.events.on('blockRejected', ({ code }) => codes.push(code));
    chain.adversary.start();
    chain.adversary.start();
    await chain.runSlots(4);
    expect(codes).toEqual(['SIGNATURE_MALFORMED', 'SIGNATURE_MALFORMED']);
  });

  it('does nothing if it is stopped before its first event', async () => {
    let asked = 0;
    const chain = await createChainWith(
      withEffects((effect) => {
        asked += 1;
        return effect;
      }),
    );
    chain.adversary.start();
    chain.adversary.stop();
    await chain.runSlots(4);
    expect(asked).toBe(0);
  });

  it('keeps one timer per name: a later one replaces it, and none disarms it', async () => {
    let asked = 0;
    const chain = await createChainWith(
      withEffects((effect) => {
        if (effect.kind !== 'setTimer') return effect;
        asked += 1;
        return asked <= 5 ? [effect, effect] : [effect, { ...effect, at: null }];
      }),
    );
    chain.adversary.start();
    await chain.runSlots(10);
    expect(asked).toBe(6);
  });
});
