import { type ConsensusHeader, compareBytes, compareHeads } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { decodeDigest, dtDpos, encodeDigest, leadersBetween } from '../src/index.ts';
import {
  CONTEXT,
  configOf,
  equivocation,
  eraStart,
  evidenceFact,
  headerOf,
  invalidHeaderEvidence,
  membersCensus,
  nodeId,
  sha256,
  T0,
  TestChain,
} from './support.ts';

const six = (raw: object = {}) => new TestChain(configOf(raw), membersCensus(6));

describe('header rules (trust S4, S5)', () => {
  it('accepts the leader with one signature claim over the seal hash', () => {
    const chain = six();
    const header = chain.next(1);
    expect(chain.rules.verifyHeader(header, chain.tip, header.timestamp)).toEqual({
      kind: 'accept',
      claims: [
        { kind: 'signature', signer: header.author, domain: 'seal', data: header.sealHash, signature: header.seal },
      ],
    });
  });

  it('checks in the order of S5: digest, slot, progress, time, leader (trust S5)', () => {
    const chain = six();
    chain.add(1);
    chain.add(2);
    const good = chain.next(3);
    const verdictOf = (changes: object, now = good.timestamp) =>
      chain.rules.verifyHeader({ ...good, ...changes }, chain.tip, now);
    const wrongAuthor = { author: 'nobody' };
    const past = { digest: encodeDigest({ slot: 2 }), timestamp: T0 + 2_000 };

    expect(verdictOf({ digest: new Uint8Array(5), timestamp: 1, ...wrongAuthor })).toEqual({
      kind: 'reject',
      code: 'BAD_DIGEST',
      provable: true,
    });
    expect(verdictOf({ timestamp: good.timestamp - 1, ...wrongAuthor })).toEqual({
      kind: 'reject',
      code: 'SLOT_MISMATCH',
      provable: true,
    });
    expect(verdictOf({ ...past, ...wrongAuthor })).toEqual({ kind: 'reject', code: 'SLOT_NOT_INCREASING' });
    // The time comes before the leader, which costs a run of the schedule.
    const deferred = { kind: 'defer', until: good.timestamp - 500 };
    expect(verdictOf(wrongAuthor, 0)).toMatchObject({ ...deferred, claims: [{ signer: 'nobody' }] });
    expect(verdictOf(wrongAuthor)).toEqual({ kind: 'reject', code: 'WRONG_LEADER' });
    expect(verdictOf({}, good.timestamp - 501)).toMatchObject({ ...deferred, claims: [{ signer: good.author }] });
    expect(verdictOf({}, good.timestamp - 500).kind).toBe('accept');
  });

  it('every member but the leader is a wrong leader (trust S4)', () => {
    const chain = six();
    const good = chain.next(7);
    const codes = [0, 1, 2, 3, 4, 5].map((index) =>
      chain.rules.verifyHeader({ ...good, author: nodeId(index) }, chain.tip, good.timestamp),
    );
    expect(codes.filter(({ kind }) => kind === 'accept')).toHaveLength(1);
    expect(codes.filter((verdict) => verdict.kind === 'reject' && verdict.code === 'WRONG_LEADER')).toHaveLength(5);
  });

  it.each([2 ** 48 - 1, 2 ** 40])('a slot of %s cannot fake a timestamp by rounding (trust S4)', (slot) => {
    const chain = six({ slotMs: 3_600_000 });
    const header = headerOf({ height: 1, author: nodeId(0), digest: encodeDigest({ slot }), timestamp: 2 ** 53 - 1 });
    expect(chain.rules.verifyHeader(header, chain.tip, 0)).toMatchObject({ code: 'SLOT_MISMATCH' });
  });

  it('the era starts at slot 0, and slot 0 itself is no slot for a block (trust S4)', () => {
    const chain = six();
    const header = headerOf({ height: 1, author: nodeId(0), digest: encodeDigest({ slot: 0 }), timestamp: T0 });
    expect(chain.rules.verifyHeader(header, chain.tip, T0)).toMatchObject({ code: 'SLOT_NOT_INCREASING' });
  });

  it('with a lag, exactly the last block of an epoch names the next committee (trust E3, S5)', () => {
    const chain = new TestChain(configOf({ preset: 'minimal' }), membersCensus(8));
    for (let slot = 1; slot <= 9; slot++) {
      const header = chain.next(slot);
      const digest = decodeDigest(header.digest);
      expect(digest?.nextValidators !== undefined).toBe(header.height % 4 === 0);
      const other = digest?.nextValidators === undefined ? { slot, nextValidators: new Uint8Array(32) } : { slot };
      expect(chain.rules.verifyHeader({ ...header, digest: encodeDigest(other) }, chain.tip, header.timestamp)).toEqual(
        {
          kind: 'reject',
          code: 'BAD_DIGEST',
          provable: true,
        },
      );
      if (digest?.nextValidators !== undefined) {
        const forged = encodeDigest({ slot, nextValidators: digest.nextValidators.map((byte) => byte ^ 1) });
        expect(chain.rules.verifyHeader({ ...header, digest: forged }, chain.tip, header.timestamp)).toEqual({
          kind: 'reject',
          code: 'WRONG_VALIDATORS',
        });
      }
      chain.add(slot);
    }
  });

  it('digests have one form (trust S5)', () => {
    const hash = new Uint8Array(32).fill(9);
    expect(decodeDigest(encodeDigest({ slot: 77 }))).toEqual({ slot: 77 });
    expect(decodeDigest(encodeDigest({ slot: 77, nextValidators: hash }))).toEqual({ slot: 77, nextValidators: hash });
    for (const length of [0, 1, 5, 7, 32, 37, 39]) expect(decodeDigest(new Uint8Array(length))).toBeUndefined();
    for (const bytes of [new Uint8Array(6).fill(255), new Uint8Array(38).fill(3)]) {
      const digest = decodeDigest(bytes);
      expect(digest).toBeDefined();
      if (digest !== undefined) expect(compareBytes(encodeDigest(digest), bytes)).toBe(0);
    }
  });

  it('settles after two thirds of the seats plus one, and conflicts by author and slot (trust S8)', () => {
    const { rules, state } = six();
    expect(rules.finality).toMatchObject({ kind: 'settle' });
    if (rules.finality.kind === 'settle') expect(rules.finality.depth(state)).toBe(5);
    const header = headerOf({ author: 'a', digest: encodeDigest({ slot: 12 }) });
    expect(rules.conflictKey?.({ kind: 'header', header })).toBe('a/12');
    expect(rules.conflictKey?.({ kind: 'header', header: { ...header, digest: new Uint8Array(1) } })).toBeUndefined();
    const message = { author: 'a', payload: new Uint8Array(), signature: new Uint8Array() };
    expect(rules.conflictKey?.({ kind: 'message', message })).toBeUndefined();
  });
});

describe('fork choice (trust S9)', () => {
  it('no leader displaces the block before its own by trying ids (trust S9, contract H-20)', () => {
    const tipAt = (slot: number, id: string) => {
      const chain = six();
      chain.add(1);
      chain.add(slot);
      return { ...chain.tip, header: { ...chain.header, id }, totalWeight: 2n };
    };
    const [inTime, ground] = [tipAt(2, 'ff'), tipAt(3, '00')];
    const { rules } = six();
    expect(compareHeads(rules, inTime, ground)).toBe(1);
    expect(compareHeads(rules, ground, inTime)).toBe(-1);
    expect(compareHeads(rules, { ...ground, totalWeight: 3n }, inTime)).toBe(1);
    expect(compareHeads(rules, tipAt(2, '00'), inTime)).toBe(1);
  });
});

describe('evidence (trust F5, S6)', () => {
  const offence = (chain: TestChain) => {
    const honest = chain.next(chain.state.slot + 1);
    return { ...honest, timestamp: honest.timestamp + 1 };
  };
  const judge = (chain: TestChain, evidence: ReturnType<typeof invalidHeaderEvidence>, header = offence(chain)) =>
    chain.rules.verifyEvidence?.(evidence, chain.state, [{ kind: 'header', header }]);

  it('re-runs the provable checks and demands the same code (trust S6)', () => {
    const chain = six();
    const bad = offence(chain);
    expect(judge(chain, invalidHeaderEvidence(bad, 'SLOT_MISMATCH'), bad)).toMatchObject({ kind: 'accept' });
    expect(judge(chain, invalidHeaderEvidence(bad, 'BAD_DIGEST'), bad)).toMatchObject({
      code: 'EVIDENCE_NOT_PROVABLE',
    });
    const empty = { ...bad, digest: new Uint8Array() };
    expect(judge(chain, invalidHeaderEvidence(empty, 'BAD_DIGEST'), empty)).toMatchObject({ kind: 'accept' });
  });

  it.each(['WRONG_LEADER', 'SLOT_NOT_INCREASING'])('%s needs the parent and proves nothing (trust S6)', (code) => {
    const chain = six();
    const header = { ...chain.next(1), author: nodeId(3) };
    expect(judge(chain, invalidHeaderEvidence(header, code), header)).toMatchObject({ code: 'EVIDENCE_NOT_PROVABLE' });
  });

  it('an honest header is no evidence against anybody (trust S6)', () => {
    const chain = six();
    const header = chain.next(1);
    for (const code of ['BAD_DIGEST', 'SLOT_MISMATCH']) {
      expect(judge(chain, invalidHeaderEvidence(header, code), header)).toMatchObject({
        code: 'EVIDENCE_NOT_PROVABLE',
      });
    }
  });

  it('holds any registered candidate accountable, leader or not, and nobody else (trust S6, F1)', () => {
    const chain = six();
    for (const author of [nodeId(0), nodeId(4)]) {
      const bad = { ...offence(chain), author };
      expect(judge(chain, invalidHeaderEvidence(bad, 'SLOT_MISMATCH'), bad)).toMatchObject({ kind: 'accept' });
    }
    const stranger = { ...offence(chain), author: 'stranger' };
    expect(judge(chain, invalidHeaderEvidence(stranger, 'SLOT_MISMATCH'), stranger)).toMatchObject({
      code: 'UNKNOWN_OFFENDER',
    });
  });

  it('accepts an age of 0 to evidenceMaxAge (trust F5)', () => {
    const chain = six({ evidenceMaxAge: 3 });
    const codeAt = (height: number) =>
      chain.rules.verifyEvidence?.(equivocation(nodeId(1), height), chain.state, []) ?? { kind: 'none' };
    for (let slot = 1; slot <= 9; slot++) chain.add(slot);
    // The including block has height 10.
    expect(codeAt(11)).toMatchObject({ code: 'EVIDENCE_TOO_EARLY' });
    expect(codeAt(10)).toMatchObject({ kind: 'accept' });
    expect(codeAt(7)).toMatchObject({ kind: 'accept' });
    expect(codeAt(6)).toMatchObject({ code: 'EVIDENCE_TOO_OLD' });
  });

  it('refuses an offence already punished (trust F5)', () => {
    const chain = six();
    const proof = equivocation(nodeId(1), 1);
    chain.add(1, [evidenceFact(proof)]);
    expect(chain.rules.verifyEvidence?.(proof, chain.state, [])).toMatchObject({ code: 'EVIDENCE_DUPLICATE' });
    expect(chain.rules.verifyEvidence?.(equivocation(nodeId(1), 2), chain.state, [])).toMatchObject({ kind: 'accept' });
    expect(chain.rules.verifyEvidence?.(equivocation(nodeId(2), 1), chain.state, [])).toMatchObject({ kind: 'accept' });
  });

  it('cannot judge headers of another era, whose slot 0 is unknown (trust S6)', () => {
    const chain = six();
    const bad = offence(chain);
    const foreign = { ...invalidHeaderEvidence(bad, 'SLOT_MISMATCH'), era: 1 };
    expect(judge(chain, foreign, bad)).toMatchObject({ code: 'EVIDENCE_NOT_PROVABLE' });
  });

  it('a border may have two last blocks, so off its slot proves nothing in a later era (trust S6)', () => {
    const context = { ...CONTEXT, era: 1 };
    const config = configOf();
    const rules = dtDpos().createRules(config, context);
    const [ours, theirs] = [T0 + 60_000, T0 + 61_400].map((timestamp) => {
      const start = { ...eraStart(membersCensus(6), { height: 9, timestamp }), era: 1 };
      return { header: start.parent, state: rules.initialState(start), totalWeight: 0n };
    });
    if (ours === undefined || theirs === undefined) throw new Error('two borders');
    const author = leadersBetween(theirs.state, 1, config, sha256)[0] ?? '';
    const honest = headerOf({
      height: 10,
      timestamp: theirs.header.timestamp + config.slotMs,
      author,
      digest: encodeDigest({ slot: 1 }),
    });
    expect(rules.verifyHeader(honest, theirs, honest.timestamp)).toMatchObject({ kind: 'accept' });
    const judge = (header: ConsensusHeader, code: string) =>
      rules.verifyEvidence?.({ ...invalidHeaderEvidence(header, code), era: 1 }, ours.state, [
        { kind: 'header', header },
      ]);
    expect(judge(honest, 'SLOT_MISMATCH')).toEqual({ kind: 'reject', code: 'EVIDENCE_NOT_PROVABLE' });
    // On its own parent it stays refused, and what no parent has a say in stays provable.
    const late = { ...honest, timestamp: honest.timestamp + 1 };
    expect(rules.verifyHeader(late, theirs, late.timestamp)).toEqual({ kind: 'reject', code: 'SLOT_MISMATCH' });
    const odd = { ...honest, digest: new Uint8Array(5) };
    expect(rules.verifyHeader(odd, theirs, odd.timestamp)).toEqual({
      kind: 'reject',
      code: 'BAD_DIGEST',
      provable: true,
    });
    expect(judge(odd, 'BAD_DIGEST')).toMatchObject({ kind: 'accept' });
  });

  it('leaves custom evidence to the gadget that understands it (trust F7)', () => {
    const chain = six();
    const base = { era: 0, protocol: 'dt-dpos@1' as const, offender: nodeId(0), height: 1 };
    const custom = { ...base, kind: 'custom' as const, id: 'vote', data: new Uint8Array() };
    expect(chain.rules.verifyEvidence?.(custom, chain.state, [])).toMatchObject({ code: 'EVIDENCE_NOT_PROVABLE' });
  });
});
