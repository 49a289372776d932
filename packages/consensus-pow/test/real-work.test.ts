import type { Bytes } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { createCrypto } from '@fiducia/crypto';
import { createWorkerMiner } from '@fiducia/crypto/miner';
import { type ChainNode, createChainNode, createSimulation } from '@fiducia/simulator';
import { expect, it } from 'vitest';
import { encodeTarget, meetsTarget, pow, powHash } from '../src/index.ts';
import { createGenesis } from './support/network.ts';
import { GENESIS_TIME } from './support/rules.ts';

const SPACING = 10_000;
/** Some 1,000 hashes for a block. */
const TARGET = 2n ** 246n - 1n;
const never = new AbortController().signal;
const crypto = await createCrypto();

async function createNode(): Promise<ChainNode> {
  const simulation = createSimulation({ seed: 1, startTime: GENESIS_TIME + 100 * SPACING, sha256: crypto.sha256 });
  const eras = [{ fromHeight: 1, production: { name: 'pow', config: { powLimit: `${TARGET}`, fixedTarget: true } } }];
  const ports = simulation.addNode('node');
  const node = createChainNode({ ports, genesis: createGenesis(eras), crypto, signer: null, plugins: [pow()], eras });
  await node.start();
  return node;
}

async function build({ host, ledger }: ChainNode): Promise<Block> {
  const { id, height } = host.head().header;
  const block = await ledger.build({
    parentId: id,
    timestamp: GENESIS_TIME + (height + 1) * SPACING,
    author: '00'.repeat(20),
    protocol: 'pow@1',
    digest: encodeTarget(TARGET),
    directives: [],
    evidence: [],
    certificates: [],
    deadline: GENESIS_TIME + 200 * SPACING,
  });
  return block ?? expect.unreachable();
}

const taskFor = (data: Bytes) => ({ algorithm: 'sha256d', data, target: TARGET, startNonce: 0n });

it('pos-pow H1, H2, M1: real double SHA-256 of worker threads carries a chain, and nothing else does', async () => {
  const node = await createNode();
  const miner = createWorkerMiner({ workers: 2 });
  try {
    for (let height = 1; height <= 5; height++) {
      const block = await build(node);
      const { sealHash } = block.header;
      const nonce = (await miner.mine(taskFor(sealHash), never)) ?? expect.unreachable();
      expect(meetsTarget(powHash(sealHash, nonce, crypto.sha256), TARGET)).toBe(true);

      // One other nonce in a thousand would do as well.
      const wrong = node.ledger.seal(
        block,
        nonce.map((byte, index) => (index === 0 ? byte ^ 1 : byte)),
      );
      if (!meetsTarget(powHash(sealHash, wrong.header.seal, crypto.sha256), TARGET)) {
        const { id } = wrong.header;
        expect(await node.host.importBlock(wrong.bytes)).toEqual({ kind: 'rejected', id, code: 'WORK_INSUFFICIENT' });
      }
      const sealed = node.ledger.seal(block, nonce);
      expect((await node.host.importBlock(sealed.bytes)).kind).toBe('adopted');
      expect(node.host.head().header.height).toBe(height);
    }
  } finally {
    await miner.close();
  }
});
