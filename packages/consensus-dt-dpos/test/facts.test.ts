import { ByteReader, ByteWriter, type Directive, type Evidence, type Fact } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { candidateScores, leadersBetween, TRUST_OFFENCE_ID } from '../src/index.ts';
import { candidateOf } from '../src/register.ts';
import {
  admission,
  configOf,
  equivocation,
  evidenceFact,
  invalidHeaderEvidence,
  keyedCensus,
  membersCensus,
  nodeId,
  participation,
  sha256,
  TestChain,
} from './support.ts';

const six = (raw: object = {}) => new TestChain(configOf(raw), membersCensus(6));

const recordOf = (chain: TestChain, id: string) => {
  const candidate = candidateOf(chain.state.register, id);
  if (candidate === undefined) throw new Error(`no candidate ${id}`);
  return candidate.trust;
};

const offenceFact = (actor: string, marketSlot: number): Fact => ({
  kind: 'custom',
  id: TRUST_OFFENCE_ID,
  data: new ByteWriter().text(actor).uint(marketSlot, 6).finish(),
});

describe('facts of a block (trust F1 to F9)', () => {
  it('a block counts for its author (trust F2, F7)', () => {
    const chain = six();
    const { author } = chain.add(1);
    expect(recordOf(chain, author)).toMatchObject({
      sums: { correct: 1, malicious: 0, participated: 0 },
      lastActive: 1,
    });
    expect(chain.state.window.total).toBe(1);
  });

  it('a vote counts in the block of its round only, once, and only for active candidates (trust F8)', () => {
    const chain = six();
    chain.add(1, [participation(nodeId(3), 1), participation(nodeId(3), 1), participation(nodeId(2), 2)]);
    expect(recordOf(chain, nodeId(3)).sums.participated).toBe(1);
    expect(recordOf(chain, nodeId(3)).dynamicBase).toBe(1_001_000);
    expect(recordOf(chain, nodeId(2)).sums.participated).toBe(0);
    chain.add(2, [participation(nodeId(2), 1), admission('late')]);
    expect(recordOf(chain, nodeId(2)).sums.participated).toBe(0);
    // Admitted in block 2, active from the next epoch, which is block 3.
    chain.add(3, [participation('late', 3)]);
    expect(recordOf(chain, 'late').sums.participated).toBe(1);
  });

  it('a vote of a candidate that is still pending is dropped (trust F8)', () => {
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(4));
    chain.add(1, [admission('late')]);
    chain.add(2, [participation('late', 2)]);
    expect(recordOf(chain, 'late').sums.participated).toBe(0);
  });

  it('facts about strangers are dropped and change nothing (trust F1)', () => {
    const plain = six();
    const noisy = six();
    plain.add(1);
    noisy.add(1, [
      participation('stranger', 1),
      evidenceFact(equivocation('stranger', 1)),
      offenceFact('stranger', 9),
      { kind: 'custom', id: TRUST_OFFENCE_ID, data: new Uint8Array([1, 2]) },
      { kind: 'custom', id: 'other/fact', data: new Uint8Array([1]) },
      { kind: 'deposit', actor: 'stranger', total: 5n },
      { kind: 'ballot', from: nodeId(0), to: 'stranger', weight: 5n },
      { kind: 'exit', actor: 'stranger' },
      { kind: 'key', actor: nodeId(0), role: 'transport', publicKey: new Uint8Array(33) },
      { kind: 'stake', actor: nodeId(0), total: 3n },
    ]);
    expect(noisy.root()).toBe(plain.root());
  });

  it('each leader of an empty slot before a block misses it, at most one committee long (trust F9)', () => {
    const chain = six();
    const gap = new TestChain(chain.config, membersCensus(6));
    const leaders = [1, 2, 3].map((slot) => chain.leaderOf(slot));
    chain.add(4);
    for (const leader of leaders) {
      expect(recordOf(chain, leader).dynamicBase).toBe(1_000_000 - 20_000);
      expect(recordOf(chain, leader).sums).toEqual({ correct: 0, malicious: 0, participated: 0 });
    }
    gap.add(100);
    const lost = [0, 1, 2, 3, 4, 5].reduce(
      (sum, index) => sum + 1_000_000 - recordOf(gap, nodeId(index)).dynamicBase,
      0,
    );
    expect(lost).toBe(6 * 20_000);
  });

  it.each(['wrr', 'lottery', 'permutation'])(
    'a long gap costs one committee of misses, the last ones: %s (trust F9)',
    (schedule) => {
      const chain = six({ schedule, committee: { size: 6, mode: 'all' } });
      const leaders = leadersBetween(chain.state, 100, chain.config, sha256).slice(-7, -1);
      chain.add(100);
      for (let index = 0; index < 6; index++) {
        const misses = leaders.filter((leader) => leader === nodeId(index)).length;
        expect(recordOf(chain, nodeId(index)).dynamicBase).toBe(1_000_000 - 20_000 * misses);
      }
    },
  );

  it('an offence voids the vote of its round and replaces a miss (trust F2, F9, S7)', () => {
    const chain = six();
    const bad = chain.next(1);
    const offender = bad.author;
    const proof = invalidHeaderEvidence({ ...bad, timestamp: bad.timestamp + 1 }, 'SLOT_MISMATCH');
    chain.add(2, [evidenceFact(proof), participation(offender, 1)]);
    expect(recordOf(chain, offender)).toMatchObject({
      dynamicBase: 800_000,
      sums: { correct: 0, malicious: 1, participated: 0 },
      faultCount: 1,
      lastActive: 0,
    });
  });

  it('an offence replaces one miss of its author, not all of them (trust F9)', () => {
    const chain = six({ schedule: 'lottery', committee: { mode: 'top', size: 2 } });
    const leaders = leadersBetween(chain.state, 60, chain.config, sha256);
    // A committee of two books the last two misses: find two in a row of one leader.
    const twice = leaders.findIndex((leader, at) => leader === leaders[at + 1]);
    const offender = leaders[twice] ?? '';
    chain.add(twice + 3, [evidenceFact(equivocation(offender, 1))]);
    expect(recordOf(chain, offender).dynamicBase).toBe(1_000_000 - 200_000 - 20_000);
    expect(recordOf(chain, offender).sums).toMatchObject({ malicious: 1, correct: 0 });
  });

  it('an offence proven by the ledger counts once per actor and market slot (trust F7, energy TF3)', () => {
    const chain = six();
    chain.add(1, [offenceFact(nodeId(3), 9), offenceFact(nodeId(3), 9)]);
    chain.add(2, [offenceFact(nodeId(3), 9)]);
    expect(recordOf(chain, nodeId(3)).faultCount).toBe(1);
    chain.add(3, [offenceFact(nodeId(3), 10)]);
    expect(recordOf(chain, nodeId(3)).faultCount).toBe(2);
  });

  it('evidence of a gadget counts as an invalid vote (trust F7)', () => {
    const chain = six();
    const base = { era: 0, protocol: 'checkpoint@1' as const, offender: nodeId(2), height: 1 };
    chain.add(1, [evidenceFact({ ...base, kind: 'custom', id: 'surround', data: new Uint8Array() })]);
    expect(recordOf(chain, nodeId(2)).faultCount).toBe(1);
  });

  it('two votes of one node for one place are an invalid vote: trust and the seat, nothing of the deposit (trust F7, X2, X3)', () => {
    const chain = six({
      preset: 'minimal',
      unbondingRounds: 100,
      slash: { invalidHeader: 500, equivocation: 1_000 },
      tombstone: true,
      jailBaseEpochs: 1,
    });
    const votes = { ...equivocation(nodeId(2), 1), protocol: 'checkpoint@1', subject: 'message' } as const;
    const headers = equivocation(nodeId(2), 1);
    const told = (evidence: Evidence) => {
      const context = chain.next(chain.state.slot + 1);
      const directives = chain.rules.directives?.(chain.state, context, [evidence]) ?? [];
      return directives.filter(({ kind }) => kind === 'slash' || kind === 'jail');
    };
    const jail = { kind: 'jail', actor: nodeId(2), untilHeight: expect.any(Number), reason: 'INVALID_VOTE' };
    expect(told(votes)).toEqual([jail]);
    chain.add(1, [evidenceFact(votes)]);
    expect(recordOf(chain, nodeId(2)).faultCount).toBe(1);
    // The height of a vote is the reporter's word, and hides no header of that height (trust F5).
    expect(told(headers)).toContainEqual(expect.objectContaining({ kind: 'slash', partsPerMillion: 100_000 }));
  });

  it('two votes that contradict each other are one offence, at however many heights a block tells of them (trust F5, contract H-31)', () => {
    const chain = six({ preset: 'minimal', unbondingRounds: 100, jailBaseEpochs: 1 });
    for (let slot = 1; slot <= 6; slot++) chain.add(slot);
    const votes = { ...equivocation(nodeId(2), 1), protocol: 'checkpoint@1', subject: 'message' } as const;
    const told: readonly Evidence[] = [1, 2, 3, 4, 5, 6].map((height) => ({ ...votes, height }));
    const once = chain.rules.directives?.(chain.state, chain.next(7), [votes]);
    expect(chain.rules.directives?.(chain.state, chain.next(7), told)).toEqual(once);
    chain.add(7, told.map(evidenceFact));
    expect(recordOf(chain, nodeId(2)).faultCount).toBe(1);
    // Nor in the blocks that follow, whoever builds them.
    for (const height of [7, 8]) chain.add(height + 1, [evidenceFact({ ...votes, height })]);
    expect(recordOf(chain, nodeId(2)).faultCount).toBe(1);
    chain.add(10, [evidenceFact({ ...votes, first: Uint8Array.of(9) } as Evidence)]);
    expect(recordOf(chain, nodeId(2)).faultCount).toBe(2);
  });

  it('two votes that contradict each other are booked whatever height the reporter gives them (trust F5)', () => {
    for (const height of [0, 1, 6, 20]) {
      const chain = six({ evidenceMaxAge: 1 });
      for (let slot = 1; slot <= 4; slot++) chain.add(slot);
      const votes = { ...equivocation(nodeId(2), height), protocol: 'checkpoint@1', subject: 'message' } as const;
      chain.add(5, [evidenceFact(votes)]);
      expect(recordOf(chain, nodeId(2)).faultCount).toBe(1);
      for (let slot = 6; slot <= 7; slot++) chain.add(slot);
      expect(chain.state.punished.size).toBe(0);
    }
  });

  it('two kinds of offence at one height are two offences (trust F5)', () => {
    const chain = six();
    const header = { ...chain.next(1), author: nodeId(2) };
    chain.add(1, [
      evidenceFact(equivocation(nodeId(2), 1)),
      evidenceFact(invalidHeaderEvidence(header, 'SLOT_MISMATCH')),
    ]);
    expect(recordOf(chain, nodeId(2)).sums.malicious).toBe(2);
  });

  it('evidence too old for the rules is not booked even if a block carries it (trust F5)', () => {
    const chain = six({ evidenceMaxAge: 1 });
    for (let slot = 1; slot <= 4; slot++) chain.add(slot);
    chain.add(5, [evidenceFact(equivocation(nodeId(2), 3))]);
    expect(recordOf(chain, nodeId(2)).faultCount).toBe(0);
    chain.add(6, [evidenceFact(equivocation(nodeId(2), 5))]);
    expect(recordOf(chain, nodeId(2)).faultCount).toBe(1);
    // Once it is too old to be accepted again, nobody has to remember it.
    expect(chain.state.punished.size).toBe(0);
    chain.add(7, [evidenceFact(equivocation(nodeId(2), 7))]);
    expect(chain.state.punished.size).toBe(1);
  });
});

describe('ballots, deposits, admission and exit (trust P3, F4, K1 to K5)', () => {
  const votesOf = (chain: TestChain) => candidateScores(chain.state, chain.config).map(({ votes }) => votes);

  it('ballots state totals, take effect at the boundary, and one for oneself is dropped (trust F4, Q10)', () => {
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(3));
    chain.add(1, [
      { kind: 'ballot', from: 'voter', to: nodeId(0), weight: 5n },
      { kind: 'ballot', from: nodeId(1), to: nodeId(1), weight: 9n },
    ]);
    chain.add(2, [{ kind: 'ballot', from: 'voter', to: nodeId(0), weight: 3n }]);
    chain.add(3, [{ kind: 'ballot', from: nodeId(0), to: nodeId(2), weight: 4n }]);
    expect(votesOf(chain)).toEqual([0n, 0n, 0n]);
    chain.add(4);
    expect(votesOf(chain)).toEqual([3n, 0n, 4n]);
    expect(chain.state.totalVotes).toBe(7n);
    chain.add(5, [{ kind: 'ballot', from: 'voter', to: nodeId(0), weight: 0n }]);
    for (let slot = 6; slot <= 8; slot++) chain.add(slot);
    expect(votesOf(chain)).toEqual([0n, 0n, 4n]);
    expect(chain.state.totalVotes).toBe(4n);
  });

  it('ballots applied at a boundary are scored at the next one: score comes before the queue (trust P3)', () => {
    const chain = six();
    const ratingOf = (index: number) => candidateOf(chain.state.register, nodeId(index))?.rating?.trust ?? 0;
    chain.add(1, [{ kind: 'ballot', from: 'voter', to: nodeId(0), weight: 5n }]);
    const before = ratingOf(5);
    chain.add(2);
    // All votes go to node 0 now, so V of node 5 falls from 1 to 0: 15 points of R.
    expect(before - ratingOf(5)).toBeGreaterThanOrEqual(149_000);
  });

  it('admission gives dense indices in ledger order, scores at the next boundary, seats after it (trust K4, P3)', () => {
    const chain = six();
    chain.add(1, [admission('b'), admission('a'), admission('b'), admission(nodeId(0))]);
    const scores = candidateScores(chain.state, chain.config);
    expect(scores.slice(6).map(({ id, index, status }) => [id, index, status])).toEqual([
      ['b', 6, 'ACTIVE'],
      ['a', 7, 'ACTIVE'],
    ]);
    expect(chain.state.election.seats).toHaveLength(6);
    chain.add(2);
    expect(chain.state.election.seats.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    // S1: entrants start behind everybody.
    expect(Math.max(...chain.state.priorities.slice(6))).toBeLessThan(Math.min(...chain.state.priorities.slice(0, 6)));
  });

  it('newcomers start with less trust than genesis members where the profile says so (trust X7, G4)', () => {
    const chain = new TestChain(configOf({ preset: 'default' }), keyedCensus(2));
    chain.add(1, [admission('late')]);
    expect(recordOf(chain, nodeId(0))).toMatchObject({ lastActive: expect.any(Number) });
    expect(candidateOf(chain.state.register, nodeId(1))?.trust.dynamicBase).toBeGreaterThanOrEqual(1_000_000);
    expect(recordOf(chain, 'late').dynamicBase).toBe(500_000);
    expect(recordOf(chain, 'late').lastActive).toBe(1);
  });

  it('the node kind never enters trust (trust K3)', () => {
    const kinds = ['wind', 'grid', 'user'].map((category) => {
      const chain = new TestChain(configOf(), [{ kind: 'admission', actor: 'x', deposit: 1n, category }]);
      chain.add(1);
      return candidateScores(chain.state, chain.config)[0]?.score;
    });
    expect(kinds[1]).toEqual(kinds[0]);
    expect(kinds[2]).toEqual(kinds[0]);
  });

  it('too small a deposit has no weight, from the boundary on (trust K1, R2)', () => {
    const chain = new TestChain(configOf({ depositMin: 10, depositTarget: 20 }), membersCensus(3, 10n));
    chain.add(1, [{ kind: 'deposit', actor: nodeId(1), total: 9n }]);
    expect(chain.state.election.seats.map(({ index }) => index)).toEqual([0, 2]);
    chain.add(2, [{ kind: 'deposit', actor: nodeId(1), total: 20n }]);
    expect(chain.state.election.seats.map(({ index }) => index)).toEqual([0, 1, 2]);
    const [half, full] = candidateScores(chain.state, chain.config);
    expect([half?.score.deposit, full?.score.deposit]).toEqual([500_000, 1_000_000]);
  });

  it('a leaver has no weight and no votes, is accountable until paid out, and returns under a new index (trust K4, X5)', () => {
    const chain = six();
    chain.add(1, [{ kind: 'ballot', from: 'voter', to: nodeId(1), weight: 5n }]);
    chain.add(2, [{ kind: 'exit', actor: nodeId(1) }]);
    expect(chain.state.election.seats.map(({ index }) => index)).toEqual([0, 2, 3, 4, 5]);
    expect(chain.state.totalVotes).toBe(0n);
    expect(chain.rules.verifyEvidence?.(equivocation(nodeId(1), 2), chain.state, [])).toMatchObject({ kind: 'accept' });
    chain.add(3, [{ kind: 'ballot', from: 'voter', to: nodeId(1), weight: 7n }]);
    expect(chain.state.totalVotes).toBe(0n);
    chain.add(4, [{ kind: 'deposit', actor: nodeId(1), total: 0n }]);
    expect(candidateScores(chain.state, chain.config)[1]?.status).toBe('EXITED');
    expect([...chain.state.live.entries()].map(([index]) => index)).toEqual([0, 2, 3, 4, 5]);
    expect(chain.rules.verifyEvidence?.(equivocation(nodeId(1), 4), chain.state, [])).toMatchObject({
      code: 'UNKNOWN_OFFENDER',
    });
    chain.add(5, [admission(nodeId(1))]);
    chain.add(6);
    expect(chain.state.election.seats.map(({ index }) => index)).toEqual([0, 2, 3, 4, 5, 6]);
    expect(candidateOf(chain.state.register, nodeId(1))?.index).toBe(6);
  });

  it('a block counts for the seat that led, not for the new index of a holder who left and came back (trust F7, K4)', () => {
    const chain = new TestChain(configOf({ preset: 'minimal', committee: { mode: 'all' } }), membersCensus(3));
    chain.add(1, [{ kind: 'exit', actor: nodeId(1) }]);
    chain.add(2, [admission(nodeId(1), 5n)]);
    expect(candidateOf(chain.state.register, nodeId(1))).toMatchObject({ index: 3, status: 'PENDING' });
    // The seats of this and the next epoch were filled before it left.
    const led = () => candidateScores(chain.state, chain.config).map(({ score }) => score.behaviour);
    const blocks = [3, 4, 5, 6, 7, 8].filter((slot) => chain.add(slot).author === nodeId(1));
    expect(blocks.length).toBeGreaterThan(0);
    expect(led()[3]).toBe(chain.config.trust.neutralA);
    expect(led()[1]).toBe(chain.config.trust.mu1);
  });

  it('whoever came back is published under its new index alone (trust C1, K4)', () => {
    const chain = six({ preset: 'minimal' });
    const published: Directive[][] = [];
    const add = (facts: readonly Fact[] = []) => {
      const directives = chain.rules.directives?.(chain.state, chain.next(chain.state.slot + 1), []) ?? [];
      published.push(directives.filter((told) => told.kind === 'trustChanged' && told.actor === nodeId(2)));
      chain.add(chain.state.slot + 1, facts);
    };
    add();
    add([{ kind: 'exit', actor: nodeId(2) }, admission(nodeId(2))]);
    for (let slot = 3; slot <= 20; slot++) add();
    expect(published.flat().length).toBeGreaterThan(2);
    expect(Math.max(...published.map(({ length }) => length))).toBe(1);
    const scores = chain.rules.exportHandover(chain.state, chain.header).extra.get('trust/scores') ?? new Uint8Array();
    const reader = new ByteReader(scores, 'trust/scores');
    const named = Array.from({ length: reader.uint(4) }, () => [reader.text(), reader.uint(6)][0]);
    expect(new Set(named).size).toBe(named.length);
  });

  it('a leaver may return while its deposit is still locked, once (trust K4)', () => {
    const chain = six();
    chain.add(1, [{ kind: 'exit', actor: nodeId(1) }]);
    expect(candidateOf(chain.state.register, nodeId(1))?.status).toBe('EXITING');
    chain.add(2, [admission(nodeId(1))]);
    chain.add(3, [admission(nodeId(1))]);
    expect(candidateOf(chain.state.register, nodeId(1))).toMatchObject({ index: 6, status: 'ACTIVE' });
    expect(chain.state.register.size).toBe(7);
  });

  it('leaving and returning fit into one block, in ledger order (trust F7, K4)', () => {
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(3, 5n));
    const exit = { kind: 'exit' as const, actor: nodeId(1) };
    const back = admission(nodeId(1), 9n);
    chain.add(1, [
      { kind: 'ballot', from: 'early', to: nodeId(1), weight: 3n },
      exit,
      back,
      back,
      { kind: 'ballot', from: 'late', to: nodeId(1), weight: 4n },
    ]);
    expect(chain.state.register.size).toBe(4);
    // The order [return, exit] is a member that stays until it leaves.
    chain.add(2, [admission(nodeId(2), 9n), { kind: 'exit', actor: nodeId(2) }]);
    expect(chain.state.register.size).toBe(4);
    for (let slot = 3; slot <= 4; slot++) chain.add(slot);
    const scores = candidateScores(chain.state, chain.config);
    expect(scores.map(({ index, status, deposit, votes }) => [index, status, deposit, votes])).toEqual([
      [0, 'ACTIVE', 5n, 0n],
      [1, 'EXITING', 5n, 0n],
      [2, 'EXITING', 5n, 0n],
      [3, 'ACTIVE', 9n, 4n],
    ]);
  });

  it('a payout in the block of the return is about the old index (trust F7, K4)', () => {
    const chain = new TestChain(configOf(), membersCensus(3, 5n));
    chain.add(1, [{ kind: 'exit', actor: nodeId(1) }]);
    chain.add(2, [{ kind: 'deposit', actor: nodeId(1), total: 0n }, admission(nodeId(1), 7n)]);
    const scores = candidateScores(chain.state, chain.config);
    expect(scores.map(({ index, status, deposit }) => [index, status, deposit]).slice(1)).toEqual([
      [1, 'EXITED', 0n],
      [2, 'ACTIVE', 5n],
      [3, 'ACTIVE', 7n],
    ]);
  });

  it('the census of genesis gives members in its order, with ballots, deposits and exits in force (trust K5, G4)', () => {
    const chain = new TestChain(configOf({ depositTarget: 4 }), [
      admission('z', 1n),
      admission('a', 1n),
      admission('m', 1n),
      { kind: 'deposit', actor: 'a', total: 4n },
      { kind: 'exit', actor: 'm' },
      { kind: 'ballot', from: 'v', to: 'z', weight: 3n },
      { kind: 'ballot', from: 'z', to: 'z', weight: 3n },
    ]);
    const scores = candidateScores(chain.state, chain.config);
    expect(scores.map(({ id, index, status, votes }) => [id, index, status, votes])).toEqual([
      ['z', 0, 'ACTIVE', 3n],
      ['a', 1, 'ACTIVE', 0n],
      ['m', 2, 'EXITING', 0n],
    ]);
    expect(scores[1]?.score.deposit).toBe(1_000_000);
    expect(chain.state.election.seats.map(({ id }) => id)).toEqual(['z', 'a']);
    expect(chain.state.priorities).toEqual([0, 0]);
  });

  it('a supervisor has no fact that writes trust (trust K2)', () => {
    // The only custom fact that counts is a proven offence; any other id leaves trust as it is.
    const chain = six();
    const scores = candidateScores(chain.state, chain.config);
    chain.add(1, [{ kind: 'custom', id: 'trust/set', data: new ByteWriter().text(nodeId(0)).uint(9, 6).finish() }]);
    expect(candidateScores(chain.state, chain.config)[0]?.score.dynamic).toBe(scores[0]?.score.dynamic);
  });

  it('a registered key is kept from the next epoch on', () => {
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(2));
    const publicKey = new Uint8Array(33).fill(2);
    chain.add(1, [{ kind: 'key', actor: nodeId(1), role: 'vrf', publicKey }]);
    expect(candidateOf(chain.state.register, nodeId(1))?.vrfKey).toBeNull();
    for (let slot = 2; slot <= 4; slot++) chain.add(slot);
    expect(candidateOf(chain.state.register, nodeId(1))?.vrfKey).toEqual(publicKey);
  });
});
