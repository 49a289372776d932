import type { Artefact, ConsensusHeader, Directive, Evidence } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { encodeDigest } from '../src/index.ts';
import {
  configOf,
  equivocation,
  evidenceFact,
  exit,
  headerOf,
  membersCensus,
  nodeId,
  T0,
  TestChain,
} from './support.ts';

const n = nodeId;
const chainOf = (raw: object = {}, members = 6) => new TestChain(configOf(raw), membersCensus(members));
const verdictOf = (chain: TestChain, header: ConsensusHeader, now = header.timestamp) =>
  chain.rules.verifyHeader(header, chain.tip, now);
const rejection = (code: string) => ({ kind: 'reject', code });

describe('headers (pos-pow A2, P2)', () => {
  it('of the delegate of the slot are accepted, provided the signature over the seal hash is valid', () => {
    const chain = chainOf();
    const header = chain.next(1);
    expect(verdictOf(chain, header)).toEqual({
      kind: 'accept',
      claims: [
        {
          kind: 'signature',
          signer: header.author,
          domain: 'seal',
          data: header.sealHash,
          signature: header.seal,
        },
      ],
    });
  });

  it('must lie exactly on a slot after the parent (pos-pow A2)', () => {
    const chain = chainOf();
    chain.add(3);
    const header = chain.next(5);
    const now = header.timestamp + 60_000;
    for (const timestamp of [header.timestamp + 1, header.timestamp - 1, header.timestamp + 1_000]) {
      expect(verdictOf(chain, { ...header, timestamp }, now)).toEqual(rejection('SLOT_MISMATCH'));
    }
    for (const slot of [3, 2, 0]) {
      const old = { ...header, timestamp: T0 + slot * 1_000, digest: encodeDigest({ slot }) };
      expect(verdictOf(chain, old, now)).toEqual(rejection('SLOT_NOT_INCREASING'));
    }
    for (const digest of [new Uint8Array(), new Uint8Array(5), new Uint8Array(7), new Uint8Array(39)]) {
      expect(verdictOf(chain, { ...header, digest }, now)).toEqual(rejection('BAD_DIGEST'));
    }
  });

  it('of the future wait until they are close enough, and are not refused (pos-pow A2)', () => {
    const chain = chainOf({ maxSkewMs: 500 });
    const header = chain.next(4);
    const early = verdictOf(chain, header, T0 + 3_499);
    expect(early).toMatchObject({ kind: 'defer', until: T0 + 3_500, claims: [{ signer: header.author }] });
    expect(verdictOf(chain, header, T0 + 3_500).kind).toBe('accept');
    expect(verdictOf(chain, { ...header, author: n(9) }, T0 + 3_500)).toEqual(rejection('WRONG_DELEGATE'));
  });

  it('in the slot of another delegate are invalid (pos-pow P2)', () => {
    const chain = chainOf();
    const header = chain.next(1);
    for (let index = 0; index < 6; index++) {
      if (n(index) === header.author) continue;
      expect(verdictOf(chain, { ...header, author: n(index) })).toEqual(rejection('WRONG_DELEGATE'));
    }
  });

  it('name the election that they fix, on the first block of an epoch and no other (pos-pow V2)', () => {
    const chain = chainOf();
    chain.run(11);
    const first = chain.next(12);
    expect(first.digest).toHaveLength(38);
    const plain = { ...first, digest: first.digest.slice(0, 6) };
    const forged = { ...first, digest: encodeDigest({ slot: 12, electionHash: new Uint8Array(32) }) };
    for (const header of [plain, forged]) expect(verdictOf(chain, header)).toEqual(rejection('WRONG_ELECTION'));
    chain.add(12);
    const second = chain.next(13);
    expect(second.digest).toHaveLength(6);
    const surplus = encodeDigest({ slot: 13, electionHash: first.digest.slice(6) });
    expect(verdictOf(chain, { ...second, digest: surplus })).toEqual(rejection('WRONG_ELECTION'));
  });

  it('have one key per author and slot, whatever the height (pos-pow P2)', () => {
    const { rules } = chainOf();
    const keyOf = (header: ConsensusHeader) => rules.conflictKey?.({ kind: 'header', header });
    const header = headerOf({ author: n(1), height: 9, digest: encodeDigest({ slot: 44 }) });
    expect(keyOf(header)).toBe(`${n(1)}/44`);
    expect(keyOf({ ...header, height: 8, sealHash: new Uint8Array(32) })).toBe(`${n(1)}/44`);
    expect(keyOf({ ...header, digest: new Uint8Array(3) })).toBeUndefined();
    const message: Artefact = {
      kind: 'message',
      message: { author: n(1), payload: new Uint8Array(6), signature: new Uint8Array() },
    };
    expect(rules.conflictKey?.(message)).toBeUndefined();
  });
});

describe('two headers for one slot (pos-pow P2)', () => {
  const judge = (chain: TestChain, evidence: Evidence) => chain.rules.verifyEvidence?.(evidence, chain.state, []);

  it('are evidence against whoever is or lately was a candidate, once, and not too old', () => {
    const chain = chainOf({ evidenceMaxAge: 5, epochRounds: 3 });
    expect(judge(chain, equivocation(n(1), 1))).toEqual({ kind: 'accept', claims: [] });
    expect(judge(chain, equivocation('stranger', 1))).toEqual(rejection('UNKNOWN_OFFENDER'));
    expect(judge(chain, equivocation(n(1), 2))).toEqual(rejection('EVIDENCE_TOO_EARLY'));
    chain.run(6);
    expect(judge(chain, equivocation(n(1), 2))).toMatchObject({ kind: 'accept' });
    expect(judge(chain, equivocation(n(1), 1))).toEqual(rejection('EVIDENCE_TOO_OLD'));
    chain.add(7, [evidenceFact(equivocation(n(1), 6))]);
    expect(judge(chain, equivocation(n(1), 7))).toEqual(rejection('EVIDENCE_DUPLICATE'));
  });

  it('are the only offence: other evidence is the business of a finality gadget', () => {
    const chain = chainOf();
    const votes = equivocation(n(1), 1, { subject: 'message' });
    const custom = {
      kind: 'custom',
      id: 'x',
      data: new Uint8Array(),
      era: 0,
      protocol: 'dpos@1',
      offender: n(1),
      height: 1,
    };
    const header = { ...custom, kind: 'invalidHeader', header: new Uint8Array(), code: 'SLOT_MISMATCH' };
    for (const evidence of [votes, custom, header] as Evidence[]) {
      expect(judge(chain, evidence)).toEqual(rejection('EVIDENCE_KIND'));
      expect(directivesFor(chain, [evidence])).toEqual([]);
      chain.add(undefined, [evidenceFact(evidence)]);
      expect(chain.votesOf(n(1))).toBe(0n);
    }
  });

  it('cost the whole deposit and candidacy, once per offender', () => {
    const chain = chainOf();
    const offences = [equivocation(n(1), 1), equivocation(n(1), 0), equivocation(n(2), 1), equivocation('stranger', 1)];
    expect(directivesFor(chain, offences)).toEqual([
      { kind: 'slash', actor: n(1), partsPerMillion: 1_000_000, reason: 'EQUIVOCATION' },
      { kind: 'jail', actor: n(1), untilHeight: null, reason: 'EQUIVOCATION' },
      { kind: 'slash', actor: n(2), partsPerMillion: 1_000_000, reason: 'EQUIVOCATION' },
      { kind: 'jail', actor: n(2), untilHeight: null, reason: 'EQUIVOCATION' },
    ]);
  });

  it('empty the slots of the offender at once, until a standby takes its seat', () => {
    const chain = chainOf({ delegates: 4, standby: 2, epochRounds: 6 });
    const [offender = ''] = chain.state.epoch.election.delegates;
    chain.run(4, [offender]);
    const proof = evidenceFact(equivocation(offender, 1));
    if (chain.delegateOf(5) === offender) chain.add(6, [proof]);
    else chain.add(5, [proof]);
    const slot = chain.slotOf(offender);
    expect(slot).toBeLessThan(12);
    expect(verdictOf(chain, chain.next(slot))).toEqual(rejection('DELEGATE_EJECTED'));
    // Round 2 begins with slot 8, so that the standby serves from round 3 on.
    chain.run(11, [offender]);
    expect(chain.state.epoch.promotions).toEqual([{ suspended: offender, promoted: n(4), fromRound: 3 }]);
    chain.run(23);
    expect(chain.state.slot).toBe(23);
    // The elections of the next epochs stand; the offender still has a seat in them, but no block.
    chain.run(47, [offender]);
    expect(chain.state.epoch.number).toBe(1);
    chain.run(100, [offender]);
    expect(chain.state.epoch.election.delegates).not.toContain(offender);
  });

  it('an offender stays excluded, and its admission is refused', () => {
    const chain = chainOf({ delegates: 2, standby: 0, epochRounds: 3 }, 3);
    chain.add(1, [evidenceFact(equivocation(n(2), 1))]);
    chain.add(2, [exit(n(2)), { kind: 'admission', actor: n(2), deposit: 10n, category: 'wind' }, exit(n(0))]);
    chain.run(60);
    expect(chain.state.epoch.election.delegates).toEqual([n(1)]);
    expect(chain.votesOf(n(2))).toBe(0n);
  });

  it('a leaver answers while it serves and evidenceMaxAge blocks more, and is forgotten then', () => {
    const chain = chainOf({ delegates: 2, standby: 0, epochRounds: 3, evidenceMaxAge: 4 }, 3);
    chain.add(1, [exit(n(0))]);
    expect(chain.slotOf(n(0))).toBeLessThan(10);
    chain.run(18);
    expect(chain.state.epoch).toMatchObject({ number: 3, election: { delegates: [n(1), n(2)] } });
    // Block 18 opened the first epoch without it.
    chain.run(21);
    expect(judge(chain, equivocation(n(0), 22))).toMatchObject({ kind: 'accept' });
    chain.run(22);
    expect(judge(chain, equivocation(n(0), 22))).toEqual(rejection('UNKNOWN_OFFENDER'));
    chain.run(30);
    expect(chain.state.electorate.candidates.size).toBe(2);
    expect(chain.state.electorate.indexOf.get(n(0))).toBeUndefined();
  });

  it('a leaver answers for all of an epoch that is longer than evidenceMaxAge', () => {
    const chain = chainOf({ delegates: 2, standby: 0, epochRounds: 12, evidenceMaxAge: 2 }, 3);
    chain.add(1, [exit(n(0))]);
    chain.run(10);
    expect(chain.slotOf(n(0))).toBeLessThan(24);
    expect(judge(chain, equivocation(n(0), 10))).toMatchObject({ kind: 'accept' });
    expect(judge(chain, equivocation(n(0), 8))).toEqual(rejection('EVIDENCE_TOO_OLD'));
    chain.add(11, [evidenceFact(equivocation(n(0), 10))]);
    expect(chain.state.electorate.candidates.get(0)?.status).toBe('EJECTED');
    // The last epoch that elected it is number 2, which ends with slot 71.
    const honest = chainOf({ delegates: 2, standby: 0, epochRounds: 12, evidenceMaxAge: 2 }, 3);
    honest.add(1, [exit(n(0))]);
    honest.run(71);
    expect(judge(honest, equivocation(n(0), 71))).toMatchObject({ kind: 'accept' });
    honest.run(73);
    expect(judge(honest, equivocation(n(0), 73))).toMatchObject({ kind: 'accept' });
    honest.run(74);
    expect(judge(honest, equivocation(n(0), 74))).toEqual(rejection('UNKNOWN_OFFENDER'));
  });

  it('a leaver accused in the last block that may accuse it stays excluded, though that block opens an epoch', () => {
    const chain = chainOf({ delegates: 2, standby: 0, epochRounds: 3, evidenceMaxAge: 6 }, 3);
    chain.add(1, [exit(n(0))]);
    chain.run(23);
    expect(chain.state.electorate.candidates.get(0)).toMatchObject({ status: 'LEFT', accountableUntil: 24 });
    chain.add(24, [evidenceFact(equivocation(n(0), 20))]);
    expect(chain.state.epoch).toMatchObject({ number: 4, firstSlot: 24 });
    chain.add(25, [{ kind: 'admission', actor: n(0), deposit: 10n, category: 'wind' }]);
    expect(chain.state.electorate.candidates.get(0)?.status).toBe('EJECTED');
    expect(chain.state.electorate.indexOf.get(n(0))).toBe(0);
  });
});

describe('rewards (pos-pow P7)', () => {
  it('go to the producer, and nothing is paid for an empty slot', () => {
    const chain = chainOf({ blockReward: 25n });
    const header = chain.next(6);
    expect(chain.rules.directives?.(chain.state, header, [])).toEqual([
      { kind: 'reward', actor: header.author, units: 25n },
    ]);
    const withoutReward = chainOf({ blockReward: 0n });
    expect(directivesFor(withoutReward, [])).toEqual([]);
  });

  it('with equal stakes everybody is paid the same over whole epochs', () => {
    const chain = chainOf({ blockReward: 7n, delegates: 6, standby: 0 });
    const paid = new Map<string, bigint>();
    for (let slot = 1; slot <= 18 * 5 + 5; slot++) {
      for (const directive of directivesFor(chain, [])) {
        if (directive.kind !== 'reward' || slot < 6) continue;
        paid.set(directive.actor, (paid.get(directive.actor) ?? 0n) + directive.units);
      }
      chain.add(slot);
    }
    expect([...paid.values()]).toEqual(Array.from({ length: 6 }, () => 7n * 15n));
  });
});

describe('fork choice (pos-pow P6, K1, K2)', () => {
  it('prefers more blocks, then the lower slot of the tip, then leaves it to the smaller id', () => {
    const { rules } = chainOf();
    const tip = (blocks: number, slots: readonly number[]) => {
      const chain = chainOf();
      for (const slot of slots) chain.add(slot);
      expect(chain.state.height).toBe(blocks);
      return chain.tip;
    };
    const [long, early, late] = [tip(3, [1, 2, 9]), tip(2, [1, 4]), tip(2, [1, 5])];
    const compare = rules.compareTips ?? (() => Number.NaN);
    expect([compare(long, early), compare(early, long)]).toEqual([1, -1]);
    expect([compare(early, late), compare(late, early)]).toEqual([1, -1]);
    expect([compare(early, tip(2, [2, 4])), compare(late, late)]).toEqual([0, 0]);
    expect(rules.branchWeight).toBeUndefined();
  });
});

describe('irreversibility (pos-pow P8)', () => {
  it('is no matter of these rules: depth is a hint, and no proof is ever accepted', () => {
    const depthWith = (members: number) => {
      const { rules, state } = new TestChain(configOf({ delegates: 21 }), membersCensus(members));
      return rules.finality.kind === 'settle' ? rules.finality.depth(state) : -1;
    };
    expect([1, 3, 4, 7, 21].map(depthWith)).toEqual([1, 3, 3, 5, 15]);
    const { rules } = chainOf();
    expect(rules.verifyCertificate).toBeUndefined();
  });

  it('building on a block confirms nothing: producers that switch forks make two deep branches, none final (EOSIO/eos#2718)', () => {
    // A and B produce one height each at T and T+1; C extends the block of B, and A switches to that branch.
    const fork = () => new TestChain(configOf({ delegates: 3, standby: 0, epochRounds: 20 }), membersCensus(3));
    const [first, second] = [fork(), fork()];
    const authors = { first: new Set([first.add(1).author]), second: new Set([second.add(2).author]) };
    for (let slot = 3; slot <= 24; slot++) {
      if (slot % 2 === 0) authors.first.add(first.add(slot).author);
      else authors.second.add(second.add(slot).author);
    }
    // Every delegate built on both branches, so that "2/3+1 built on top" would have made both irreversible.
    expect([authors.first.size, authors.second.size]).toEqual([3, 3]);
    for (const { rules } of [first, second]) expect(rules.finality.kind).toBe('settle');
    expect(first.rules.compareTips?.(first.tip, second.tip)).not.toBe(0);
  });
});

describe('handover', () => {
  it('an era that starts late counts slots, rounds and epochs from its own parent (pos-pow A2, P1)', () => {
    const start = { height: 500, timestamp: T0 + 7 };
    const [late, early] = [new TestChain(configOf(), membersCensus(6), start), chainOf()];
    for (const slot of [1, 2, 5, 13, 40]) {
      expect(late.delegateOf(slot)).toBe(early.delegateOf(slot));
      expect(late.add(slot).timestamp).toBe(T0 + 7 + slot * 1_000);
      early.add(slot);
    }
    expect(late.state).toMatchObject({ height: 505, slot: 40, epoch: { number: 3 } });
  });

  it('does not export the ejected (pos-pow P2)', () => {
    const chain = chainOf({ delegates: 2, standby: 2 });
    chain.add(1, [evidenceFact(equivocation(n(1), 1))]);
    const { validators } = chain.rules.exportHandover(chain.state, chain.header);
    expect(validators).toEqual([{ id: n(0), weight: 1n }]);
    expect(chain.rules.validators(chain.state)).toContainEqual({ id: n(1), weight: 1n });
  });

  it('exports the ejected if there is nobody else, since an era needs members (pos-pow P2, contract H-26)', () => {
    const chain = chainOf({ delegates: 2, standby: 2 });
    chain.add(1, [evidenceFact(equivocation(n(0), 1)), evidenceFact(equivocation(n(1), 1))]);
    const { validators } = chain.rules.exportHandover(chain.state, chain.header);
    expect(validators.map(({ id }) => id)).toEqual([n(0), n(1)]);
  });

  it('exports the delegates with one vote each, and the seed', () => {
    const { rules, state, header } = chainOf({ delegates: 2, standby: 2 });
    const handover = rules.exportHandover(state, header);
    expect(handover.validators).toEqual([
      { id: n(0), weight: 1n },
      { id: n(1), weight: 1n },
    ]);
    expect(handover.randomness).toEqual(state.seed);
    expect(handover.extra.size).toBe(0);
  });
});

function directivesFor(chain: TestChain, evidence: readonly Evidence[]): readonly Directive[] {
  return chain.rules.directives?.(chain.state, chain.next(), evidence) ?? [];
}
