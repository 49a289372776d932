import { type Fact, isConsensusError } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dpos } from '../src/index.ts';
import {
  admission,
  ballot,
  CONTEXT,
  configOf,
  deposit,
  equivocation,
  eraStart,
  evidenceFact,
  exit,
  membersCensus,
  nodeId,
  stake,
  TestChain,
} from './support.ts';

const n = nodeId;

describe('approvals (pos-pow V1)', () => {
  it('every approved candidate receives the whole voting stake, whatever the weight of the ballot', () => {
    const chain = new TestChain(configOf(), [
      ...membersCensus(4),
      stake('voter', 70n),
      ballot('voter', n(1), 1n),
      ballot('voter', n(2), 999n),
    ]);
    expect([0, 1, 2].map((index) => chain.votesOf(n(index)))).toEqual([0n, 70n, 70n]);
  });

  it('moving stake moves the vote, and withdrawing an approval takes it back', () => {
    const chain = new TestChain(configOf(), membersCensus(4));
    chain.add(1, [stake('voter', 5n), ballot('voter', n(0)), ballot('voter', n(1))]);
    chain.add(2, [stake('voter', 8n)]);
    expect([chain.votesOf(n(0)), chain.votesOf(n(1))]).toEqual([8n, 8n]);
    chain.add(3, [ballot('voter', n(0), 0n), stake('voter', 3n)]);
    expect([chain.votesOf(n(0)), chain.votesOf(n(1))]).toEqual([0n, 3n]);
  });

  it('facts are totals: applying one twice changes nothing', () => {
    const facts = [stake('voter', 5n), ballot('voter', n(0)), deposit(n(1), 4n), exit(n(3))];
    const once = new TestChain(configOf(), [...membersCensus(4), ...facts]);
    const twice = new TestChain(configOf(), [...membersCensus(4), ...facts, ...facts]);
    expect([...once.rules.codec.encode(once.state)]).toEqual([...twice.rules.codec.encode(twice.state)]);
  });

  it('without a stated stake the deposit of a candidate is its voting stake', () => {
    const chain = new TestChain(configOf(), [...membersCensus(4), ballot(n(0), n(1)), ballot('nobody', n(1))]);
    expect(chain.votesOf(n(1))).toBe(10n);
    chain.add(1, [deposit(n(0), 25n)]);
    expect(chain.votesOf(n(1))).toBe(25n);
    chain.add(2, [stake(n(0), 7n), deposit(n(0), 99n)]);
    expect(chain.votesOf(n(1))).toBe(7n);
  });

  it('an account approves at most maxApprovals, and those who left make room', () => {
    const chain = new TestChain(configOf({ maxApprovals: 2 }), [
      ...membersCensus(5),
      stake('voter', 1n),
      ...[0, 1, 2].map((index) => ballot('voter', n(index))),
    ]);
    expect([0, 1, 2].map((index) => chain.votesOf(n(index)))).toEqual([1n, 1n, 0n]);
    chain.add(1, [exit(n(0)), ballot('voter', n(3))]);
    expect([1, 3].map((index) => chain.votesOf(n(index)))).toEqual([1n, 1n]);
    chain.add(2, [ballot('voter', n(4))]);
    expect(chain.votesOf(n(4))).toBe(0n);
  });

  it('approvals end with the admission: whoever comes back begins without votes', () => {
    const chain = new TestChain(configOf(), [...membersCensus(5), stake('voter', 9n), ballot('voter', n(0))]);
    chain.add(1, [exit(n(0))]);
    chain.add(2, [admission(n(0), 10n)]);
    expect(chain.votesOf(n(0))).toBe(0n);
    chain.add(3, [ballot('voter', n(0))]);
    expect(chain.votesOf(n(0))).toBe(9n);
  });

  it('facts about strangers, and values without an encoding, change nothing', () => {
    const chain = new TestChain(configOf(), membersCensus(4));
    const before = chain.state.electorate;
    chain.add(1, [
      ballot('voter', 'stranger'),
      ballot('\ud800', n(0)),
      deposit('stranger', 5n),
      deposit(n(0), -1n),
      deposit(n(0), 1n << 128n),
      stake('x'.repeat(129), 1n),
      stake('voter', -1n),
      admission('\ud800'),
      admission('newcomer', 1n << 200n),
      admission(n(0), 99n),
      exit('stranger'),
      evidenceFact(equivocation('stranger', 1)),
      { kind: 'parameter', name: 'dpos/delegates', value: '1' },
    ]);
    expect(chain.state.electorate).toEqual(before);
  });
});

describe('tally (pos-pow V2)', () => {
  it('orders by votes, then by address: first K delegates, then standby', () => {
    const chain = new TestChain(configOf({ delegates: 3, standby: 2 }), [
      ...membersCensus(8).toReversed(),
      stake('voter', 5n),
      stake('other', 2n),
      ballot('voter', n(7)),
      ballot('other', n(5)),
      ballot('other', n(4)),
    ]);
    const { delegates, standby } = chain.state.epoch.election;
    expect(delegates).toEqual([n(4), n(5), n(7)]);
    expect(standby).toEqual([n(0), n(1)]);
  });

  it('ranks like a full sort of all candidates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 4n }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 6 }),
        (votes, delegates, standby) => {
          const census = votes.flatMap((worth, index) => [
            admission(n(index)),
            stake(`voter-${index}`, worth),
            ballot(`voter-${index}`, n(index)),
          ]);
          const admissions = census.filter(({ kind }) => kind === 'admission');
          const rest = census.filter(({ kind }) => kind !== 'admission');
          const chain = new TestChain(configOf({ delegates, standby }), [...admissions, ...rest]);
          const ranked = votes
            .map((worth, index) => ({ worth, id: n(index) }))
            .sort((a, b) => Number(b.worth - a.worth) || (a.id < b.id ? -1 : 1))
            .map(({ id }) => id);
          const { election } = chain.state.epoch;
          expect(election.delegates).toEqual(ranked.slice(0, delegates).toSorted());
          expect(election.standby).toEqual(ranked.slice(delegates, delegates + standby));
        },
      ),
    );
  });

  it('equal votes are decided by address, whatever the order of admission (pos-pow V2, A5)', () => {
    const census = [3, 1, 0, 2, 4].map((index) => admission(n(index)));
    const chain = new TestChain(configOf({ delegates: 2, standby: 1 }), census);
    expect(chain.state.epoch.election).toMatchObject({ delegates: [n(0), n(1)], standby: [n(2)] });
  });

  it('with K > candidates K is reduced for the epoch, and a round has as many slots', () => {
    const chain = new TestChain(configOf({ delegates: 21, standby: 10, epochRounds: 3 }), membersCensus(2));
    expect(chain.state.epoch.election).toMatchObject({ delegates: [n(0), n(1)], standby: [] });
    chain.run(5);
    expect(chain.state.epoch.number).toBe(0);
    chain.add(6, [admission(n(2))]);
    expect(chain.state.epoch.number).toBe(1);
    // The snapshot of epoch 1 elects for epoch 4: six slots up to then, nine within.
    chain.run(24);
    expect(chain.state.epoch).toMatchObject({ number: 4, firstSlot: 24, firstRound: 12 });
    expect(chain.state.epoch.election.delegates).toEqual([n(0), n(1), n(2)]);
    chain.run(33);
    expect(chain.state.epoch).toMatchObject({ number: 5, firstSlot: 33, firstRound: 15 });
  });

  it('epoch x is elected by the snapshot at the end of epoch x-3, and nothing later', () => {
    const chain = new TestChain(configOf({ delegates: 1, standby: 0, epochRounds: 4 }), membersCensus(2));
    chain.run(2);
    // Last slot of epoch 0.
    chain.add(3, [stake('voter', 5n), ballot('voter', n(1))]);
    chain.add(4, [stake('voter', 0n)]);
    expect(chain.state.epoch.number).toBe(1);
    const elected: string[] = [];
    for (let slot = 5; slot < 20; slot++) {
      elected[chain.state.epoch.number] = String(chain.state.epoch.election.delegates);
      chain.add(slot);
    }
    expect(elected.slice(1)).toEqual([n(0), n(0), n(1), n(0)]);
  });

  it('a gap of several epochs elects as if its epochs had been empty ones', () => {
    const config = configOf({ delegates: 2, standby: 1, epochRounds: 3 });
    const chain = new TestChain(config, membersCensus(4));
    chain.add(1, [stake('voter', 5n), ballot('voter', n(3)), admission(n(4))]);
    // Epochs 1 and 2 are elected by genesis, all later ones by the state before the gap.
    expect([6, 12, 18, 24, 600, 601].map((slot) => chain.schedule.spansTo(chain.state, slot).at(-1))).toMatchObject([
      { number: 1, election: { delegates: [n(0), n(1)] } },
      { number: 2, election: { delegates: [n(0), n(1)] } },
      { number: 3, firstSlot: 18, firstRound: 9, election: { delegates: [n(0), n(3)] } },
      { number: 4, firstSlot: 24, firstRound: 12, election: { delegates: [n(0), n(3)] } },
      { number: 100, firstSlot: 600, firstRound: 300 },
      { number: 100, firstSlot: 600, firstRound: 300 },
    ]);
    chain.add(600);
    expect(chain.state.epoch).toMatchObject({ number: 100, firstSlot: 600, firstRound: 300 });
    expect(chain.state.upcoming.map(({ delegates }) => delegates)).toEqual([
      [n(0), n(3)],
      [n(0), n(3)],
    ]);
  });

  it('candidates below the deposit and those who left are not elected', () => {
    const config = configOf({ candidateDeposit: 10n });
    const chain = new TestChain(config, [admission(n(0), 9n), admission(n(1)), admission(n(2)), exit(n(2))]);
    expect(chain.state.epoch.election.delegates).toEqual([n(1)]);
    const free = new TestChain(configOf({ candidateDeposit: 0n }), [
      admission(n(0), 0n),
      ...membersCensus(3),
      exit(n(2)),
    ]);
    expect(free.state.epoch.election.delegates).toEqual([n(0), n(1)]);
  });

  it('if nobody can be elected the last election continues, and an era cannot begin', () => {
    const chain = new TestChain(configOf({ delegates: 1, epochRounds: 3 }), membersCensus(1));
    chain.add(1, [exit(n(0))]);
    chain.run(12);
    expect(chain.state.epoch).toMatchObject({ number: 4, election: { delegates: [n(0)], emergency: true } });
    const rules = dpos().createRules(configOf(), CONTEXT);
    const short = {
      ...eraStart(membersCensus(3)),
      handover: { validators: [], randomness: new Uint8Array(31), extra: new Map() },
    };
    for (const start of [eraStart([]), eraStart(membersCensus(3), { timestamp: -1 }), short]) {
      try {
        rules.initialState(start);
        expect.unreachable();
      } catch (error) {
        expect(isConsensusError(error, 'INVALID_HANDOVER')).toBe(true);
      }
    }
  });
});

describe('incremental votes (pos-pow V3)', () => {
  /** Full recount from scratch, by the words of V1 and nothing of the package. */
  function recount(blocks: readonly (readonly Fact[])[], maxApprovals: number): Map<string, bigint> {
    const deposits = new Map<string, bigint>();
    const stakes = new Map<string, bigint>();
    const approvals = new Map<string, Set<string>>();
    const ejected = new Set<string>();
    const leave = (actor: string): void => {
      deposits.delete(actor);
      for (const approved of approvals.values()) approved.delete(actor);
    };
    const admitted = new Set<string>();
    const facts = blocks.flatMap((block) => {
      // Evidence is judged before the block, so it only reaches those who were admitted by then.
      const kept = block.filter((fact) => fact.kind !== 'evidence' || admitted.has(fact.evidence.offender));
      for (const fact of block) if (fact.kind === 'admission') admitted.add(fact.actor);
      return kept;
    });
    for (const fact of facts) {
      if (fact.kind === 'admission' && !deposits.has(fact.actor) && !ejected.has(fact.actor)) {
        deposits.set(fact.actor, fact.deposit);
      }
      if (fact.kind === 'deposit' && deposits.has(fact.actor)) deposits.set(fact.actor, fact.total);
      if (fact.kind === 'stake') stakes.set(fact.actor, fact.total);
      if (fact.kind === 'exit') leave(fact.actor);
      if (fact.kind === 'evidence') {
        leave(fact.evidence.offender);
        ejected.add(fact.evidence.offender);
      }
      if (fact.kind !== 'ballot' || !deposits.has(fact.to)) continue;
      const approved = approvals.get(fact.from) ?? new Set();
      approvals.set(fact.from, approved);
      if (fact.weight === 0n) approved.delete(fact.to);
      else if (approved.size < maxApprovals) approved.add(fact.to);
    }
    const votes = new Map([...deposits.keys()].map((id) => [id, 0n]));
    for (const [from, approved] of approvals) {
      const worth = stakes.get(from) ?? deposits.get(from) ?? 0n;
      for (const to of approved) votes.set(to, (votes.get(to) ?? 0n) + worth);
    }
    return votes;
  }

  const actor = fc.integer({ min: 0, max: 6 }).map(nodeId);
  const amount = fc.bigInt({ min: 0n, max: 100n });
  const anyFact: fc.Arbitrary<Fact> = fc.oneof(
    { weight: 2, arbitrary: fc.tuple(actor, amount).map(([id, value]) => admission(id, value)) },
    { weight: 2, arbitrary: fc.tuple(actor, amount).map(([id, value]) => deposit(id, value)) },
    { weight: 2, arbitrary: fc.tuple(actor, amount).map(([id, value]) => stake(id, value)) },
    { weight: 6, arbitrary: fc.tuple(actor, actor, amount).map(([from, to, weight]) => ballot(from, to, weight % 3n)) },
    { weight: 1, arbitrary: actor.map(exit) },
    { weight: 1, arbitrary: fc.nat(3).map((index) => evidenceFact(equivocation(nodeId(index), 1))) },
  );

  it('equal a full recount at every block, so at every epoch', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyFact, { maxLength: 6 }), { maxLength: 14 }), (blocks) => {
        const census = [...membersCensus(1), admission('fallback', 1n), ...[0, 1].map((i) => admission(`f${i}`))];
        const chain = new TestChain(configOf({ maxApprovals: 3, delegates: 2 }), census);
        const applied: (readonly Fact[])[] = [census];
        for (const block of blocks) {
          // Evidence against one offender counts once, and blocks of the ejected are refused.
          let slot = chain.state.slot + 1;
          while (chain.rules.verifyHeader(chain.next(slot), chain.tip, Number.MAX_SAFE_INTEGER).kind !== 'accept') {
            if (++slot > chain.state.slot + 40) return;
          }
          chain.add(slot, block);
          applied.push(block);
          for (const [id, votes] of recount(applied, 3)) expect(chain.votesOf(id)).toBe(votes);
        }
      }),
      { numRuns: 300 },
    );
  });
});
