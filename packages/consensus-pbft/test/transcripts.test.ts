import type { ConsensusHeader } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { encodeSeals } from '../src/message.ts';
import { equivocating, silent } from './adversaries.ts';
import { certificateOf, holds, nodeId, roundChangesOf, signatureOf, signed } from './support.ts';
import { alone, isKind, transcript } from './transcript.ts';
import type { World } from './world.ts';

describe('pbft PT-22: transcripts, byte by byte', () => {
  it('pbft PT-01: four validators, three delays', async () => {
    const { world, check } = transcript('PT-01: four validators make a block in three delays (P, R1 to R4)');
    world.start().runFor(4_500);
    expect(world.height()).toBe(2);
    await check('pt-01');
  });

  it('pbft PT-02: pbft R6, R8, P: a silent proposer costs one round', async () => {
    const { world, note, check } = transcript('PT-02: the proposer of height 1 is down (R6, R7, R8, J1, J4)');
    note('node-00 never starts');
    for (const node of world.nodes.slice(1)) node.start();
    world.runFor(8_000, () => world.height() === 1);
    expect(world.height()).toBe(1);
    expect(world.node(1).tip.header.author).toBe(nodeId(1));
    await check('pt-02');
  });

  it('pbft PT-03: pbft M3, R2: of two blocks for two halves at most one is final, and the proposer is found out', async () => {
    const { world, note, check } = transcript('PT-03: node-00 sends two blocks to two halves (R2, M3)', {
      byzantine: new Map([[0, equivocating]]),
      gossips: true,
    });
    note('node-00 proposes and votes two ways; nodes pass on what they hear');
    world.start().runFor(8_000, () => world.height() === 1);
    expect(world.height()).toBe(1);
    expect([...world.offenders]).toEqual([nodeId(0)]);
    await check('pt-03');
  });

  it('pbft PT-04: pbft R3, R8, J3: a value that one node was prepared for is proposed again', async () => {
    const { world, note, check } = transcript('PT-04: one node is prepared, its COMMIT is lost (R3, R8, J3, M1)');
    note('in round 0 PREPAREs reach node-03 only, COMMITs nobody; then node-00 goes down');
    world.isLost = (message, _from, to) =>
      message.round === 0 && (message.kind === 'prepare' ? to !== world.node(3) : message.kind === 'commit');
    world.start().runFor(3_000);
    const [value] = [...world.node(3).held.keys()];
    world.node(0).crash();
    world.runFor(10_000, () => world.node(1).height === 1);
    expect(world.node(1).tip.header.id).toBe(value);
    expect(world.node(1).tip.header.author).toBe(nodeId(0));
    await check('pt-04');
  });

  it('pbft PT-09: pbft J1, J4: a quorum without the prepared node may choose anew, and only that is final', async () => {
    const { world, note, check } = transcript('PT-09: the quorum of round 1 lacks the node that is prepared (J1, J4)');
    note('in round 0 PREPAREs reach node-03 only; its ROUND-CHANGE comes late');
    world.isLost = (message, from, to) => {
      if (message.round === 0 && isKind('prepare')(message)) return to !== world.node(3);
      return (
        (message.round === 0 && message.kind === 'commit') ||
        (from === world.node(3) && world.now < world.genesis.header.timestamp + 6_100)
      );
    };
    world.start().runFor(12_000, () => world.height() === 1);
    expect(world.height()).toBe(1);
    expect(world.node(3).tip.header.author).toBe(nodeId(1));
    await check('pt-09');
  });

  it('pbft PT-12: pbft R5: a block with its seals ends any round', async () => {
    const { world, note, check } = alone('PT-12: node-03 is alone until round 7 (R5, R6)', 3);
    world.runUntil(world.genesis.header.timestamp + 2_000 + 4_000 * 127 + 100);
    note('the block of round 1 comes with its seals, though node-03 is in round 7');
    const block = world.makeBlock('genesis', nodeId(1), world.genesis.header.timestamp + 6_000);
    const { signatures } = certificateOf('commit', 1, 1, block.sealHash, [0, 1, 2]);
    world.node(3).importBlock(block, encodeSeals({ round: 1, signatures }), world.node(1));
    expect(world.node(3).height).toBe(1);
    note('height 2 starts in round 0; nobody proposes');
    world.runFor(6_100);
    await check('pt-12');
  });

  it('pbft PT-05: pbft J5: a claim of round 2 with PREPAREs of round 1 counts for nothing', async () => {
    const { world, note, check } = alone(
      'PT-05: node-03 proposes in round 3, if three ROUND-CHANGEs are valid (J1, J5)',
      3,
    );
    const value = world.makeBlock('genesis', nodeId(1), world.now + 2_000);
    const { sealHash: digest } = value;
    note('node-01 asks for round 3, and claims to be prepared in round 2');
    const change = (node: number, claim: number | null) => {
      const prepared = claim === null ? null : { round: claim, digest };
      return signed(nodeId(node), { kind: 'roundChange', height: 1, round: 3, prepared });
    };
    world.inject(world.node(3), change(1, 2));
    note('what is to prove that: PREPAREs of round 1 under the name of round 2');
    const old = { ...certificateOf('prepare', 1, 1, digest, [0, 1, 2]), round: 2 };
    world.inject(world.node(3), signed(nodeId(1), { kind: 'prepared', height: 1, round: 2, certificate: old }), value);
    note('PREPAREs of round 1 as what they are, which is not what was claimed');
    const certificate = certificateOf('prepare', 1, 1, digest, [0, 1, 2]);
    world.inject(world.node(3), signed(nodeId(1), { kind: 'prepared', height: 1, round: 1, certificate }), value);
    note('node-02 asks for round 3 too, so that node-03 follows; with its own there are three');
    world.inject(world.node(3), change(2, null));
    world.runFor(500);
    note('but one of the three claims what nobody proved; the PREPAREs of round 2 prove it');
    const proper = certificateOf('prepare', 1, 2, digest, [0, 1, 2]);
    world.inject(
      world.node(3),
      signed(nodeId(1), { kind: 'prepared', height: 1, round: 2, certificate: proper }),
      value,
    );
    world.runFor(500);
    await check('pt-05');
  });

  it('pbft PT-06, PT-07, J3, J5: PREPAREs of another height or chain, or of one signer twice, prove nothing', async () => {
    const { world, note, check } = alone('PT-06, PT-07: certificates that prove nothing (J3, J5)', 3);
    const value = world.makeBlock('genesis', nodeId(1), world.now + 2_000);
    const { sealHash: digest } = value;
    const tell = (certificate: ReturnType<typeof certificateOf>) =>
      world.inject(
        world.node(3),
        signed(nodeId(1), { kind: 'prepared', height: 1, round: certificate.round, certificate }),
        value,
      );
    for (const node of [1, 2]) {
      const prepared = node === 1 ? { round: 0, digest } : null;
      world.inject(world.node(3), signed(nodeId(node), { kind: 'roundChange', height: 1, round: 3, prepared }));
    }
    note('PREPAREs of another height');
    tell(certificateOf('prepare', 2, 0, digest, [0, 1, 2]));
    note('PREPAREs signed for another chain');
    const foreign = certificateOf('prepare', 1, 0, digest, [0, 1, 2]).signatures.map(({ author, signature }) => ({
      author,
      signature: signatureOf(author, signature),
    }));
    tell({ round: 0, digest, signatures: foreign });
    note('PREPAREs with one signer twice');
    tell(certificateOf('prepare', 1, 0, digest, [0, 1, 1]));
    note('PREPAREs with one of node-07, which has no seat: no answer');
    tell(certificateOf('prepare', 1, 0, digest, [0, 1, 7]));
    note('PREPAREs of two: no answer');
    tell(certificateOf('prepare', 1, 0, digest, [0, 1]));
    world.runFor(500);
    note('PREPAREs of a quorum, and node-03 proposes what they are for');
    tell(certificateOf('prepare', 1, 0, digest, [0, 1, 2]));
    world.runFor(500);
    await check('pt-06-07');
  });

  it('pbft PT-08: pbft J3: the value of the lower round is refused, the one of the higher accepted', async () => {
    const { world, note, check } = alone('PT-08: two prepared values in the quorum of round 2 (R2, J2, J3)', 0, {
      byzantine: new Map([[2, silent]]),
    });
    const blocks = [0, 1].map((node) => world.makeBlock('genesis', nodeId(node), world.now + 2_000));
    const [low, high] = [blocks[0] ?? expect.unreachable(), blocks[1] ?? expect.unreachable()];
    const roundChanges = roundChangesOf(1, 2, [
      [1, { round: 0, digest: low.sealHash }],
      [2, { round: 1, digest: high.sealHash }],
      [3, null],
    ]);
    const certificates = [
      certificateOf('prepare', 1, 0, low.sealHash, [0, 1, 2]),
      certificateOf('prepare', 1, 1, high.sealHash, [1, 2, 3]),
    ];
    world.runFor(2_500);
    for (const block of [low, high]) {
      note(`the proposer of round 2 offers the value of round ${block === low ? 0 : 1}`);
      const proposal = {
        kind: 'proposal',
        height: 1,
        round: 2,
        digest: block.sealHash,
        roundChanges,
        certificates,
      } as const;
      world.inject(world.node(0), signed(nodeId(2), proposal), block);
      world.runFor(100);
    }
    await check('pt-08');
  });

  it('pbft PT-10, PT-11, R7, N4: f + 1 ROUND-CHANGEs move a node to the smallest of their rounds, f do not', async () => {
    const { world, note, check } = alone('PT-10, PT-11: jumps (R7, N4)', 0);
    const ask = (node: number, round: number) =>
      world.inject(world.node(0), signed(nodeId(node), { kind: 'roundChange', height: 1, round, prepared: null }));
    note('one validator asks for round 50, and for one far beyond: no answer');
    ask(3, 50);
    ask(3, 500);
    note('another one asks for round 5: two ask for rounds above 0, and 5 is the lower one');
    ask(1, 5);
    note('a third one asks for round 9: two ask for rounds above 5');
    ask(2, 9);
    world.runFor(100);
    await check('pt-10-11');
  });

  it('pbft PT-13: pbft R4, R5, M2: what is no proof: too few seals, a signer twice, another block, two rounds', async () => {
    const { world, note, check } = alone('PT-13: proofs (R4, R5, M2)', 0);
    const [block, other] = [0, 1].map((node) => world.makeBlock('genesis', nodeId(node), world.now + 2_000));
    if (block === undefined || other === undefined) throw new Error('two were made');
    const { sealHash: digest } = block;
    const commits = (round: number, authors: readonly number[], sealed = digest) =>
      certificateOf('commit', 1, round, sealed, authors).signatures;
    const offer = (line: string, round: number, signatures: ReturnType<typeof commits>) => {
      note(line);
      world.node(0).importBlock(block, encodeSeals({ round, signatures }), world.node(1));
      expect(world.node(0).height).toBe(line === 'COMMITs of a quorum' ? 1 : 0);
    };
    world.runFor(2_100);
    offer('COMMITs of two', 0, commits(0, [1, 2]));
    offer('COMMITs with one signer twice', 0, commits(0, [1, 2, 2]));
    offer('COMMITs with one of node-08, which has no seat', 0, commits(0, [1, 2, 8]));
    offer('COMMITs for another block', 0, commits(0, [1, 2, 3], other.sealHash));
    offer('PREPAREs said to be COMMITs', 0, certificateOf('prepare', 1, 0, digest, [1, 2, 3]).signatures);
    offer('COMMITs of rounds 0 and 2 said to be of round 2', 2, [...commits(0, [1]), ...commits(2, [2, 3])]);
    offer('COMMITs of a quorum', 2, commits(2, [1, 2, 3]));
    await check('pt-13');
  });

  it('pbft PT-15: pbft S1, S2: a crash between write and send sends the same bytes again', async () => {
    const { world, note, check } = transcript(
      'PT-15a: node-02 dies after it wrote its PREPARE down, before it is sent (S1, S2)',
    );
    note('node-03 is down, so that nothing happens without node-02');
    world.node(2).crashBefore = (effect) => effect.kind === 'send';
    for (const node of world.nodes.slice(0, 3)) node.start();
    world.runFor(2_500);
    note('node-02 starts again');
    world.node(2).start();
    world.runFor(1_500, () => world.node(0).height === 1);
    expect(world.node(0).height).toBe(1);
    await check('pt-15a');
  });

  it('pbft PT-15: pbft S1, S2: a crash between PREPARE and COMMIT', async () => {
    const { world, note, check } = transcript(
      'PT-15b: node-02 dies after its PREPARE, before its COMMIT is written down (S1, S2)',
    );
    note('node-03 is down, so that nothing happens without node-02');
    let persists = 0;
    world.node(2).crashBefore = (effect) => effect.kind === 'persist' && ++persists === 2;
    for (const node of world.nodes.slice(0, 3)) node.start();
    world.runFor(2_500);
    note('node-02 starts again');
    world.node(2).start();
    world.runFor(3_000, () => world.node(0).height === 1);
    expect(world.node(0).height).toBe(1);
    await check('pt-15b');
  });

  it('pbft PT-15: pbft S2, S3: after a crash of all the lock is kept, and the block with it', async () => {
    const { world, note, check } = transcript('PT-15c: all are prepared, COMMITs are lost, and all die (S1 to S3, R8)');
    world.isLost = isKind('commit');
    world.start().runFor(2_500);
    const [value] = [...world.node(3).held.keys()];
    note('power cut: what is in the logs and guard records stays');
    for (const node of world.nodes) node.crash();
    world.isLost = () => false;
    note('all but node-00, which made the block, start again');
    for (const node of world.nodes.slice(1)) node.start();
    world.runFor(10_000, () => world.node(1).height === 1);
    expect(world.node(1).tip.header.id).toBe(value);
    await check('pt-15c');
  });

  it('pbft PT-16: pbft S4: without guard records nothing is signed; without the log no lower lock is', async () => {
    const { world, note, check } = transcript('PT-16: the signing log is lost (S4)');
    note('all are prepared in round 0, COMMITs are lost');
    world.isLost = (message) => message.kind === 'commit';
    world.start().runFor(2_500);
    note('node-02 loses its guard records: its signer refuses everything');
    world.node(2).crash();
    world.node(2).log = [];
    world.node(2).isSigning = false;
    world.node(2).start();
    note('node-03 loses its log alone: its guard knows the lock that it committed to');
    world.node(3).crash();
    world.node(3).log = [];
    world.node(3).start();
    world.runFor(10_000);
    expect(world.height()).toBe(0);
    note('node-02 gets its records back, and COMMITs arrive again when nodes repeat them');
    world.isLost = () => false;
    world.node(2).isSigning = true;
    world.runFor(30_000, () => world.height() === 1);
    expect(world.height()).toBe(1);
    await check('pt-16');
  });

  it('pbft PT-16: pbft S3, S4: a node that lost its log leaves no round with a lower lock', async () => {
    const { world, note, check } = transcript('PT-16b: the log is lost, the guard records are not (S3, S4)');
    note('all are prepared in round 0, COMMITs are lost');
    world.isLost = isKind('commit');
    world.start().runFor(2_500);
    note('node-03 loses its log, and hears nobody when it starts again');
    world.node(3).crash();
    world.node(3).log = [];
    world.isLinked = (_from, to) => to !== world.node(3);
    world.node(3).start();
    world.runFor(4_100);
    await check('pt-16b');
  });

  it('pbft PT-18: pbft Q1: who leaves in a block votes on it, and not on the next one', async () => {
    const { world, note, check } = transcript('PT-18: five validators; node-04 leaves in block 1 (Q1)', {
      validators: 5,
      facts: ({ height }) => (height === 1 ? [{ kind: 'exit', actor: nodeId(4) }] : []),
    });
    note('node-03 is down: of five seats four are needed for block 1, of four seats three for block 2');
    for (const index of [0, 1, 2, 4]) world.node(index).start();
    world.runFor(4_500);
    const running = [0, 1, 2].map((index) => world.node(index));
    expect(running.map(({ height }) => height)).toEqual([2, 2, 2]);
    await check('pt-18');
    const { finality } = world.rules;
    const [, first, second] = running[0]?.chain ?? [];
    if (finality.kind !== 'proof' || first === undefined || second === undefined) throw new Error('two blocks');
    const judge = (proof: Uint8Array, parent: typeof first.tip) =>
      finality.verifyProof(proof, second.tip.header, parent).kind;
    expect(judge(second.proof, first.tip)).toBe('accept');
    const withLeaver = encodeSeals({
      round: 0,
      signatures: certificateOf('commit', 2, 0, second.tip.header.sealHash, [0, 1, 4]).signatures,
    });
    expect(judge(withLeaver, first.tip)).toBe('reject');
  });

  it('pbft M2, R4: seals of two rounds would prove a block that another one replaced', async () => {
    const { world, note, check } = transcript(
      'M2: three rounds in which one node each is prepared, and a fourth (M2, R4)',
    );
    note('PREPAREs of rounds 0, 1 and 2 reach node-03, node-01 and node-02 only, COMMITs of these rounds nobody');
    note('of whom was prepared last, the next proposer does not hear in time');
    const preparedIn = [3, 1, 2].map((index) => world.node(index));
    world.isLost = (message, from, to) => {
      const { round } = message;
      if (message.kind === 'prepare') return round < 3 && to !== preparedIn[round];
      if (message.kind === 'commit') return round < 3;
      const isLate = from === preparedIn[world.node(1).height === 0 ? highest(lines) - 1 : -1] && to !== from;
      return isLate && (message.kind === 'roundChange' || message.kind === 'prepared');
    };
    const lines: string[] = [];
    const record = world.line.bind(world);
    world.line = (node, line) => {
      lines.push(line);
      record(node, line);
    };
    world.start();
    world.runFor(60_000, () => world.height() === 1);
    const [x, y] = [1, 2].map((nth) => blockOf(world, nth - 1));
    if (x === undefined || y === undefined) throw new Error('two blocks were made');
    for (const committed of ['COMMIT 1/0 1a', 'COMMIT 1/1 1b', 'COMMIT 1/2 1a'])
      expect(lines).toContain(`sends ${committed}`);
    expect(world.nodes.map(({ tip }) => world.label(tip.header))).toEqual(['1b', '1b', '1b', '1b']);
    note('1b is final; node-03 sealed 1a in round 0, node-02 in round 2, and node-00 may sign what it likes');
    const signatures = [
      ...certificateOf('commit', 1, 2, x.sealHash, [0, 2]).signatures,
      ...certificateOf('commit', 1, 0, x.sealHash, [3]).signatures,
    ];
    const { finality } = world.rules;
    if (finality.kind !== 'proof') throw new Error('pbft proves finality');
    for (const round of [0, 2]) {
      const verdict = finality.verifyProof(encodeSeals({ round, signatures }), x, world.genesis);
      expect(verdict.kind === 'accept' && verdict.claims.every(holds)).toBe(false);
    }
    await check('m2');
  });
});

function highest(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => Number(/roundEntered height=1 round=(\d+)/.exec(line)?.[1] ?? 0)));
}

function blockOf(world: World, nth: number): ConsensusHeader | undefined {
  const labels = ['1a', '1b'];
  const held = world.nodes.flatMap((node) => [...node.held.values()]);
  return held.find((header) => world.label(header) === labels[nth]);
}
