import type { ConsensusHeader } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { decodeSeals, encodeMessage, encodeSeals } from '../src/message.ts';
import { certificateOf, hex, nodeId, sha256, signatureOf, signed } from './support.ts';
import { alone, transcript } from './transcript.ts';
import type { TestNode } from './world.ts';

describe('pbft PT-22: transcripts of faults', () => {
  it('pbft PT-14: pbft M2: nodes that store seals of different signers and rounds have one block and state', async () => {
    const { world, note, check } = transcript('PT-14: node-00 has seals of round 0, the others of round 1 (M2, R4)');
    note('COMMITs of round 0 reach node-00 only; then nobody hears node-00 until height 1 is over');
    world.isLost = (message, _from, to) => message.kind === 'commit' && message.round === 0 && to !== world.node(0);
    world.isLinked = (from) => from !== world.node(0) || world.now < world.genesis.header.timestamp + 2_030;
    world.start();
    expect(world.runFor(8_000, () => world.height() === 1)).toBe(true);
    note('what the nodes store');
    const first = world.nodes.map((node) => stored(node, 1));
    world.isLinked = () => true;
    note('node-00 is heard again, and all go on from there together');
    expect(world.runFor(8_000, () => world.height() === 2)).toBe(true);
    note('what the nodes store');
    const second = world.nodes.map((node) => stored(node, 2));
    for (const kept of [first, second]) {
      expect(new Set(kept.map(({ block }) => block)).size).toBe(1);
      expect(new Set(kept.map(({ state }) => state)).size).toBe(1);
    }
    expect(first.map(({ round }) => round)).toEqual([0, 1, 1, 1]);
    await check('pt-14');
  });

  it('pbft PT-17: pbft N2, N3: a flood of one validator takes the room of nobody else', async () => {
    const { world, note, check, node } = alone(
      'PT-17: node-02 floods node-03 with messages of later heights (N2, N3)',
      3,
    );
    let kept = 0;
    const record = world.line.bind(world);
    world.line = (name, line) => {
      if (line.includes('claimRefused')) kept += 1;
      record(name, line);
    };
    const at = world.genesis.header.timestamp;
    const first = world.makeBlock('genesis', nodeId(0), at + 2_000);
    const second = world.makeBlock(first.id, nodeId(1), at + 4_000, undefined, first);
    world.runFor(4_000);
    note('node-02 sends 100000 ROUND-CHANGEs, 10000 each of heights 2 to 11. Each claims to be prepared in the very');
    note('round that it asks for: each one that is kept is refused aloud (~ claimRefused) when its height has come');
    for (let count = 0; count < 100_000; count++) {
      const round = Math.floor(count / 10);
      const payload = encodeMessage({
        kind: 'roundChange',
        height: 2 + (count % 10),
        round,
        prepared: { round, digest: second.sealHash },
      });
      const message = { author: nodeId(2), payload, signature: signatureOf(nodeId(2), payload) };
      node.deliver({ kind: 'messageReceived', from: nodeId(2), message });
    }
    note('of height 13 nothing is kept, whoever sends it');
    world.inject(node, signed(nodeId(0), { kind: 'commit', height: 13, round: 0, digest: second.sealHash }));
    note('the others are at height 2 already; node-03 must keep what they say, and has no room left for node-02');
    const votes = { height: 2, round: 0, digest: second.sealHash };
    const proposal = { ...votes, kind: 'proposal', roundChanges: [], certificates: [] } as const;
    world.inject(node, signed(nodeId(1), proposal), second);
    for (const author of [1, 0, 2]) world.inject(node, signed(nodeId(author), { ...votes, kind: 'prepare' }));
    for (const author of [1, 0, 2]) world.inject(node, signed(nodeId(author), { ...votes, kind: 'commit' }));
    note('block 1 arrives, and with it what was kept for height 2');
    importSealed(node, first);
    world.runFor(100);
    expect(node.height).toBe(2);
    note('2b is final by what was kept of node-00 and node-01; the other heights come with their blocks');
    let last = second;
    while (node.height < 10) {
      last = world.makeBlock(last.id, nodeId(0), last.timestamp + 2_000);
      importSealed(node, last);
    }
    note(`kept of node-02: ${kept} messages of 100000`);
    expect(kept).toBe(250);
    await check('pt-17');
  }, 60_000);

  it('pbft PT-19: pbft R6, R8, P: a proposer that hears all and is heard by nobody costs one round', async () => {
    const { world, note, check } = transcript('PT-19: node-00 hears everybody, and nobody hears node-00 (R6, R8, P)');
    note('so it stays, and node-00 is the proposer of round 0 of height 1');
    world.isLinked = (from) => from !== world.node(0);
    world.start();
    expect(world.runFor(60_000, () => world.height() === 2)).toBe(true);
    const rounds = world
      .node(1)
      .chain.slice(1)
      .map(({ proof }) => roundOf(proof) + 1);
    note(`height 1 took ${rounds[0]} rounds, height 2 took ${rounds[1]}; f + 2 = 3 is the most that it may take`);
    expect(Math.max(...rounds)).toBeLessThanOrEqual(3);
    await check('pt-19');
  });
});

/** Writes down what a node has at a height. */
function stored(node: TestNode, height: number): { block: string; state: string; round: number } {
  const entry = node.chain[height] ?? expect.unreachable();
  const { header, state } = entry.tip;
  const root = sha256(Buffer.concat([...node.rules.codec.encode(state)]));
  const result = { block: header.id.slice(0, 12), state: hex(root).slice(0, 12), round: roundOf(entry.proof) };
  const { world } = node;
  world.line(
    node.name,
    `stores ${world.label(header)} ${world.describeProof(entry.proof)}; block hash ${result.block}…, state ${result.state}…`,
  );
  return result;
}

function roundOf(proof: Uint8Array): number {
  return decodeSeals(proof)?.round ?? expect.unreachable();
}

/** Hands a block with a quorum of COMMITs to a node. */
function importSealed(node: TestNode, block: ConsensusHeader): void {
  const { signatures } = certificateOf('commit', block.height, 0, block.sealHash, [0, 1, 2]);
  node.importBlock(block, encodeSeals({ round: 0, signatures }), node.world.node(1));
}
