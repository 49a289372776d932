import type { Directive, Evidence } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { computePenalty } from '../src/penalties.ts';
import { candidateAt } from '../src/register.ts';
import type { Candidate } from '../src/state.ts';
import {
  admission,
  casesOf,
  configOf,
  equivocation,
  evidenceFact,
  invalidHeaderEvidence,
  keyedCensus,
  membersCensus,
  nodeId,
  participation,
  TestChain,
} from './support.ts';

const minimal = (raw: object = {}, members = 6) =>
  new TestChain(configOf({ preset: 'minimal', ...raw }), membersCensus(members));

const directivesFor = (chain: TestChain, evidence: readonly Evidence[] = [], slot = chain.state.slot + 1) =>
  chain.rules.directives?.(chain.state, chain.next(slot), evidence) ?? [];

const ofKind = (directives: readonly Directive[], ...kinds: readonly Directive['kind'][]) =>
  directives.filter(({ kind }) => kinds.includes(kind));

const badHeader = (chain: TestChain, author: string, height = chain.header.height + 1) =>
  invalidHeaderEvidence({ ...chain.next(chain.state.slot + 1), author, height }, 'SLOT_MISMATCH');

describe('penalties for evidence (trust P1, X2 to X5)', () => {
  it('slash and jail come in the block with the evidence (trust X2, X3)', () => {
    const chain = minimal();
    const directives = directivesFor(chain, [badHeader(chain, nodeId(3))]);
    expect(ofKind(directives, 'slash', 'jail')).toEqual([
      { kind: 'slash', actor: nodeId(3), partsPerMillion: 50_000, reason: 'INVALID_HEADER' },
      { kind: 'jail', actor: nodeId(3), untilHeight: 1 + 4, reason: 'INVALID_HEADER' },
    ]);
  });

  it.each(casesOf('TV16'))('TV16: $in.deposit at $in.bp bp (trust X2)', ({ in: input, out }) => {
    const chain = minimal({ slash: { invalidHeader: input.bp } });
    const [slash] = ofKind(directivesFor(chain, [badHeader(chain, nodeId(3))]), 'slash');
    const parts = slash?.kind === 'slash' ? slash.partsPerMillion : 0;
    expect((BigInt(input.deposit) * BigInt(parts)) / 1_000_000n).toBe(BigInt(out));
  });

  it('several offences of one epoch cost the maximum, not the sum (trust X2)', () => {
    const chain = minimal({ tombstone: false, jailBaseEpochs: 0 });
    const both = [badHeader(chain, nodeId(3)), equivocation(nodeId(3), 1)];
    expect(ofKind(directivesFor(chain, both), 'slash', 'jail')).toEqual([
      { kind: 'slash', actor: nodeId(3), partsPerMillion: 100_000, reason: 'EQUIVOCATION' },
    ]);
    const first = badHeader(chain, nodeId(3));
    chain.add(1, [evidenceFact(first)]);
    const second = badHeader(chain, nodeId(3));
    expect(ofKind(directivesFor(chain, [second]), 'slash')).toEqual([]);
    expect(ofKind(directivesFor(chain, [equivocation(nodeId(3), 2)]), 'slash')).toEqual([
      { kind: 'slash', actor: nodeId(3), partsPerMillion: 50_000, reason: 'EQUIVOCATION' },
    ]);
    while (chain.state.election.epoch === 0) chain.add();
    expect(ofKind(directivesFor(chain, [badHeader(chain, nodeId(3))]), 'slash')).toHaveLength(1);
  });

  it('a smaller offence after a larger one costs nothing and forgets nothing (trust X2)', () => {
    const chain = minimal({ tombstone: false, jailBaseEpochs: 0 });
    chain.add(1, [evidenceFact(equivocation(nodeId(3), 1))]);
    const smaller = badHeader(chain, nodeId(3));
    expect(ofKind(directivesFor(chain, [smaller]), 'slash')).toEqual([]);
    chain.add(2, [evidenceFact(smaller)]);
    expect(candidateAt(chain.state.register, 3)?.slashed).toEqual({ epoch: 0, bp: 1_000 });
    expect(ofKind(directivesFor(chain, [equivocation(nodeId(3), 3)]), 'slash')).toEqual([]);
  });

  it('jail doubles with every offence, removes weight, and ends by itself (trust X3)', () => {
    const chain = minimal({ electionLagEpochs: 0, committee: { mode: 'all' } });
    const untilOf = (directives: readonly Directive[]) =>
      directives.flatMap((directive) => (directive.kind === 'jail' ? [directive.untilHeight] : []));
    const first = badHeader(chain, nodeId(3));
    expect(untilOf(directivesFor(chain, [first]))).toEqual([5]);
    chain.add(1, [evidenceFact(first)]);
    expect(candidateAt(chain.state.register, 3)).toMatchObject({ status: 'JAILED', jailedUntil: 5 });
    const second = badHeader(chain, nodeId(3));
    expect(untilOf(directivesFor(chain, [second]))).toEqual([2 + 8]);
    chain.add(2, [evidenceFact(second), participation(nodeId(3), 2)]);
    const seated: boolean[] = [];
    for (let epoch = 0; epoch < 4; epoch++) {
      seated.push(chain.state.election.seats.some(({ index }) => index === 3));
      while (chain.state.election.epoch === epoch) {
        chain.add(chain.state.slot + 1, [participation(nodeId(3), chain.header.height + 1)]);
      }
    }
    // In jail up to height 9: without a seat in the epochs of heights 5 to 8 and 9 to 12.
    expect(seated).toEqual([true, false, false, true]);
    expect(candidateAt(chain.state.register, 3)?.trust.sums.participated).toBe(7);
  });

  it('several offences of one block double together, sixteen times at most (trust X3)', () => {
    const chain = minimal({ tombstone: false });
    const untilOf = (offender: Candidate, proofs: readonly Evidence[]) =>
      computePenalty(offender, proofs, 1, chain.config).jailedUntil;
    const offender = candidateAt(chain.state.register, 3);
    if (offender === undefined) throw new Error('candidate 3 is registered');
    const [one, two] = [badHeader(chain, nodeId(3)), equivocation(nodeId(3), 1)];
    expect(untilOf(offender, [one, two])).toBe(1 + 4 * 2);
    const hardened = (faultCount: number) => ({ ...offender, trust: { ...offender.trust, faultCount } });
    expect(untilOf(hardened(15), [one])).toBe(1 + 4 * 2 ** 15);
    expect(untilOf(hardened(16), [one])).toBe(1 + 4 * 2 ** 16);
    expect(untilOf(hardened(17), [one])).toBe(1 + 4 * 2 ** 16);
  });

  it('a term that ends with the epoch gives a seat in the next one (trust X3, E3)', () => {
    const chain = minimal({ electionLagEpochs: 0, committee: { mode: 'all' } });
    const isSeated = () => chain.state.election.seats.some(({ index }) => index === 3);
    chain.add(1, [evidenceFact(badHeader(chain, nodeId(3)))]);
    expect(candidateAt(chain.state.register, 3)?.jailedUntil).toBe(5);
    for (let slot = 2; slot <= 4; slot++) chain.add(slot);
    expect(isSeated()).toBe(true);

    const longer = minimal({ electionLagEpochs: 0, committee: { mode: 'all' } });
    longer.add(1);
    longer.add(2, [evidenceFact(badHeader(longer, nodeId(3)))]);
    for (let slot = 3; slot <= 4; slot++) longer.add(slot);
    expect(longer.state.election.seats.some(({ index }) => index === 3)).toBe(false);
  });

  it('equivocation tombstones for ever (trust X4)', () => {
    const chain = minimal({ electionLagEpochs: 0 });
    chain.add(1, [{ kind: 'ballot', from: 'voter', to: nodeId(3), weight: 5n }]);
    for (let slot = 2; slot <= 4; slot++) chain.add(slot);
    expect(chain.state.totalVotes).toBe(5n);
    const proof = equivocation(nodeId(3), 4);
    expect(ofKind(directivesFor(chain, [proof]), 'slash', 'jail')).toEqual([
      { kind: 'slash', actor: nodeId(3), partsPerMillion: 100_000, reason: 'EQUIVOCATION' },
      { kind: 'jail', actor: nodeId(3), untilHeight: null, reason: 'EQUIVOCATION' },
    ]);
    chain.add(5, [evidenceFact(proof), { kind: 'exit', actor: nodeId(3) }, admission(nodeId(3))]);
    chain.add(6, [{ kind: 'exit', actor: nodeId(3) }]);
    chain.add(7, [admission(nodeId(3))]);
    for (let slot = 8; slot <= 20; slot++) chain.add(slot);
    expect(candidateAt(chain.state.register, 3)?.status).toBe('TOMBSTONED');
    expect(chain.state.register.size).toBe(6);
    expect(chain.state.totalVotes).toBe(0n);
    expect(chain.state.election.seats.some(({ index }) => index === 3)).toBe(false);
    expect(chain.state.live.get(3)).toBeUndefined();
  });

  it('a tombstone outlasts an exit that waited for the boundary (trust X4)', () => {
    const chain = minimal();
    chain.add(1, [{ kind: 'exit', actor: nodeId(3) }]);
    chain.add(2, [evidenceFact(equivocation(nodeId(3), 1))]);
    for (let slot = 3; slot <= 8; slot++) chain.add(slot);
    expect(candidateAt(chain.state.register, 3)?.status).toBe('TOMBSTONED');
    chain.add(9, [admission(nodeId(3))]);
    expect(chain.state.register.size).toBe(6);
  });

  it('a tombstone outlasts later offences, a longer term a shorter one (trust X3, X4)', () => {
    const tombstoned = minimal();
    tombstoned.add(1, [evidenceFact(equivocation(nodeId(3), 1))]);
    tombstoned.add(2, [evidenceFact(badHeader(tombstoned, nodeId(3)))]);
    expect(candidateAt(tombstoned.state.register, 3)).toMatchObject({ status: 'TOMBSTONED', jailedUntil: null });

    const jailed = minimal({ jailBaseEpochs: 8 });
    const shorter = { kind: 'parameter' as const, name: 'dt-dpos/jailBaseEpochs', value: '1' };
    jailed.add(1, [evidenceFact(badHeader(jailed, nodeId(3))), shorter]);
    for (let slot = 2; slot <= 4; slot++) jailed.add(slot);
    jailed.add(5, [evidenceFact(badHeader(jailed, nodeId(3)))]);
    expect(candidateAt(jailed.state.register, 3)?.jailedUntil).toBe(1 + 8 * 4);
  });

  it('a leaver is slashed but stays a leaver, and nobody leaves a jail by leaving (trust X2, X3)', () => {
    const chain = minimal();
    chain.add(1, [{ kind: 'exit', actor: nodeId(2) }]);
    for (let slot = 2; slot <= 4; slot++) chain.add(slot);
    const late = badHeader(chain, nodeId(2));
    expect(ofKind(directivesFor(chain, [late]), 'slash')).toHaveLength(1);
    chain.add(5, [evidenceFact(late), evidenceFact(badHeader(chain, nodeId(3)))]);
    expect(candidateAt(chain.state.register, 2)?.status).toBe('EXITING');
    chain.add(6, [{ kind: 'exit', actor: nodeId(3) }]);
    chain.add(7, [admission(nodeId(3))]);
    expect(chain.state.register.size).toBe(6);
  });

  it.each(['before', 'after'])(
    'a term outlasts an exit %s the offence, whatever a ledger admits (trust X3, K4)',
    (when) => {
      const votes = { ...equivocation(nodeId(3), 1), protocol: 'checkpoint@1', subject: 'message' } as const;
      const chain = minimal({ jailBaseEpochs: 3 });
      const exit = { kind: 'exit' as const, actor: nodeId(3) };
      if (when === 'before') chain.add(1, [exit]);
      while (chain.state.slot < 4) chain.add();
      chain.add(5, [evidenceFact(votes)]);
      if (when === 'after') chain.add(6, [exit]);
      while (chain.state.slot < 15) chain.add();
      expect(candidateAt(chain.state.register, 3)).toMatchObject({ status: 'EXITING', jailedUntil: 17 });
      const decoded = chain.rules.codec.decode(chain.rules.codec.encode(chain.state));
      expect(candidateAt(decoded.register, 3)).toEqual(candidateAt(chain.state.register, 3));
      chain.add(16, [admission(nodeId(3))]);
      expect(chain.state.register.size).toBe(6);
      chain.add(17, [admission(nodeId(3))]);
      expect(chain.state.register.size).toBe(7);
      expect(candidateAt(chain.state.register, 6)).toMatchObject({ status: 'PENDING', jailedUntil: null });
    },
  );

  it('whose term is over may leave and come back within one epoch, whose is not may not (trust X3, K4)', () => {
    const returnAt = (slot: number) => {
      const chain = minimal({ jailBaseEpochs: 1 });
      chain.add(1);
      chain.add(2, [evidenceFact(badHeader(chain, nodeId(3)))]);
      expect(candidateAt(chain.state.register, 3)?.jailedUntil).toBe(6);
      while (chain.state.slot < slot - 1) chain.add();
      chain.add(slot, [{ kind: 'exit', actor: nodeId(3) }, admission(nodeId(3))]);
      return chain.state.register.size;
    };
    expect(returnAt(5)).toBe(6);
    expect(returnAt(6)).toBe(7);
  });

  it('under the paper profile an offence costs trust and nothing else (trust P1, X2, X3, X4)', () => {
    const chain = new TestChain(configOf(), membersCensus(6));
    const proof = equivocation(nodeId(3), 1);
    expect(ofKind(directivesFor(chain, [proof]), 'slash', 'jail', 'reward')).toEqual([]);
    chain.add(1, [evidenceFact(proof)]);
    expect(candidateAt(chain.state.register, 3)).toMatchObject({ status: 'ACTIVE', trust: { dynamicBase: 800_000 } });
  });

  it('evidence that is not booked is not punished (trust F5)', () => {
    const chain = minimal();
    const proof = badHeader(chain, nodeId(3));
    chain.add(1, [evidenceFact(proof)]);
    const ignored = [proof, equivocation('stranger', 2), equivocation(nodeId(2), 9)];
    expect(ofKind(directivesFor(chain, ignored), 'slash', 'jail')).toEqual([]);
    const fresh = badHeader(chain, nodeId(2));
    expect(ofKind(directivesFor(chain, [fresh, fresh]), 'slash')).toHaveLength(1);
  });
});

describe('rewards and publications (trust P2, C1)', () => {
  it('the author earns the block reward by its tier (trust P2)', () => {
    const share = (SUSPECT: number) => {
      const chain = new TestChain(
        configOf({ blockReward: 101, tierWeights: { SUSPECT, MALICIOUS: 0 }, committee: { mode: 'all' } }),
        membersCensus(1),
      );
      for (let height = 1; height <= 9; height++) chain.add(height, [participation(nodeId(0), height)]);
      chain.add(
        10,
        [6, 7, 8, 9].map((height) => evidenceFact(equivocation(nodeId(0), height))),
      );
      expect(candidateAt(chain.state.register, 0)?.rating?.tier).toBe('SUSPECT');
      return ofKind(directivesFor(chain), 'reward');
    };
    expect(share(10_000)).toEqual([{ kind: 'reward', actor: nodeId(0), units: 101n }]);
    expect(share(5_000)).toEqual([{ kind: 'reward', actor: nodeId(0), units: 50n }]);
    expect(share(0)).toEqual([]);
  });

  it('the ledger learns trust and tier one block after the boundary, and only what changed (trust C1)', () => {
    const chain = new TestChain(configOf({ preset: 'minimal', electionLagEpochs: 0 }), membersCensus(3));
    const first = ofKind(directivesFor(chain), 'trustChanged', 'tierChanged');
    expect(first).toHaveLength(6);
    expect(first[1]).toMatchObject({ kind: 'tierChanged', actor: nodeId(0), from: 'NONE' });
    for (let slot = 1; slot <= 3; slot++) {
      chain.add(slot, slot === 1 ? [evidenceFact(equivocation(nodeId(2), 1))] : []);
      expect(ofKind(directivesFor(chain), 'trustChanged', 'tierChanged')).toEqual([]);
    }
    chain.add(4);
    const second = ofKind(directivesFor(chain), 'tierChanged', 'trustChanged');
    // The tombstoned offender is not rated any more, the others are.
    expect(second.some((directive) => 'actor' in directive && directive.actor === nodeId(2))).toBe(false);
    expect(second.length).toBeGreaterThan(0);
    chain.add(5);
    expect(ofKind(directivesFor(chain), 'trustChanged', 'tierChanged')).toEqual([]);
  });

  it('a change of tier names both tiers (trust C1)', () => {
    const chain = new TestChain(configOf(), membersCensus(3));
    const everybody = [0, 1, 2].map((index) => participation(nodeId(index), 1));
    chain.add(1, [...everybody, evidenceFact(equivocation(nodeId(2), 1))]);
    expect(ofKind(directivesFor(chain), 'tierChanged')).toEqual([
      { kind: 'tierChanged', actor: nodeId(2), from: 'TRUSTED', to: 'MALICIOUS' },
    ]);
  });

  it('what waits is published before what changed later, with the tier the ledger knows (trust C1)', () => {
    const chain = new TestChain(configOf({ committee: { size: 3, mode: 'top' } }), membersCensus(16_400));
    chain.add(1);
    const [trust, tier] = directivesFor(chain);
    expect(trust).toMatchObject({ kind: 'trustChanged', actor: nodeId(16_384) });
    expect(tier).toMatchObject({ kind: 'tierChanged', actor: nodeId(16_384), from: 'NONE' });
    const known = directivesFor(chain).filter(({ kind }) => kind === 'tierChanged');
    expect(known.some((item) => item.kind === 'tierChanged' && item.actor === nodeId(0) && item.from === 'NONE')).toBe(
      false,
    );
  });

  it('more ratings than fit into a block are published over several, each once (contract section 9)', () => {
    const members = 20_000;
    const chain = new TestChain(configOf({ preset: 'default', committee: { size: 3 } }), keyedCensus(members));
    const published: string[] = [];
    for (let slot = 1; slot <= 3; slot++) {
      const directives = ofKind(directivesFor(chain), 'trustChanged');
      expect(directives.length).toBeLessThanOrEqual(16_384);
      published.push(
        ...directives.flatMap((directive) => (directive.kind === 'trustChanged' ? [directive.actor] : [])),
      );
      chain.add(slot);
    }
    expect(published).toHaveLength(members);
    expect(new Set(published).size).toBe(members);
  });
});
