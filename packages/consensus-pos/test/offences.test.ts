import type { Artefact, Directive, Evidence } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { encodeDigest } from '../src/index.ts';
import { admission, census, configOf, deposit, equivocation, exit, headerOf, nodeId, TestChain } from './support.ts';

const OFFENDER = nodeId(1);
const config = configOf({ blockReward: 50, evidenceEpochs: 2, unbondEpochs: 4 });

/** Two headers of the offender for one slot, as the host hands them over after checking signatures. */
function headersAt(slot: number): readonly Artefact[] {
  const digest = encodeDigest({ slot, output: new Uint8Array(32), proof: new Uint8Array(81) });
  const header = headerOf({ height: 1, author: OFFENDER, digest });
  return [
    { kind: 'header', header },
    { kind: 'header', header: { ...header, id: 'other' } },
  ];
}

function judge(chain: TestChain, evidence: Evidence, subjects = headersAt(1)): string {
  const verdict = chain.rules.verifyEvidence?.(evidence, chain.state, subjects);
  return verdict?.kind === 'reject' ? verdict.code : (verdict?.kind ?? 'missing');
}

/** What a block with this evidence tells the ledger. */
function directives(chain: TestChain, evidence: readonly Evidence[]): readonly Directive[] {
  const header = chain.next(chain.firstFreeSlot(chain.state.slot + 1));
  return chain.rules.directives?.(chain.state, header, evidence) ?? [];
}

function include(chain: TestChain, evidence: Evidence): void {
  chain.add(chain.firstFreeSlot(chain.state.slot + 1), [{ kind: 'evidence', evidence }]);
}

describe('pos-pow N1: two headers of one validator for one slot', () => {
  it('have one conflict key, and no two slots share one', () => {
    const chain = new TestChain(config);
    const keyOf = (artefact: Artefact) => chain.rules.conflictKey?.(artefact);
    const [first, second] = headersAt(7);
    if (first === undefined || second === undefined) return expect.unreachable();
    expect(keyOf(first)).toBe(`${OFFENDER}/7`);
    expect(keyOf(second)).toBe(keyOf(first));
    expect(headersAt(8).map(keyOf)).not.toContain(keyOf(first));
    expect(keyOf({ kind: 'header', header: headerOf({}) })).toBeUndefined();
    const message = { author: OFFENDER, payload: new Uint8Array(3), signature: new Uint8Array(1) };
    expect(keyOf({ kind: 'message', message })).toBeUndefined();
  });

  it('cost a part of the stake, the right to produce, and a way back for the time of an ejection', () => {
    const chain = new TestChain(config);
    chain.add(1);
    const author = chain.next(chain.firstFreeSlot(2)).author;
    expect(directives(chain, [equivocation(OFFENDER, 1)])).toEqual([
      { kind: 'reward', actor: author, units: 50n },
      { kind: 'slash', actor: OFFENDER, partsPerMillion: 50_000, reason: 'DOUBLE_SIGN' },
      { kind: 'jail', actor: OFFENDER, untilHeight: 2 + 4 * 30, reason: 'DOUBLE_SIGN' },
      { kind: 'reward', actor: author, units: 7n },
    ]);
    include(chain, equivocation(OFFENDER, 1));
    expect(chain.state.bonds.get(OFFENDER)?.ejectedUntil).toBe(4);
    expect(chain.judge(chain.next(chain.firstSlotOf(OFFENDER)))).toBe('LEADER_EJECTED');
  });

  it('keep the offender out of the lottery for `unbondEpochs`, also if it leaves and comes back', () => {
    const chain = new TestChain(config);
    chain.add(1);
    include(chain, equivocation(OFFENDER, 1));
    chain.add(chain.firstFreeSlot(3), [exit(OFFENDER)]);
    chain.add(chain.firstFreeSlot(chain.state.slot + 1), [admission(OFFENDER, 9_000n)]);
    const isIn: boolean[] = [];
    for (let epoch = 0; epoch <= 8; epoch++) {
      chain.addUntil(epoch * 30 + 29);
      isIn.push(OFFENDER in chain.stakes());
    }
    // Ejected in epochs 0 to 3; the end of epoch 4 counts for epoch 7.
    expect(isIn).toEqual([true, true, true, false, false, false, false, true, true]);
    const own = chain.firstSlotOf(OFFENDER);
    expect(chain.judge(chain.next(own))).toBe('accept');
  });
});

describe('pos-pow N2: contradicting votes under another protocol, as far as no gadget charges for them', () => {
  it('cost a part of the stake of their own, and the right to produce', () => {
    const chain = new TestChain(config);
    chain.add(1);
    const evidence = equivocation(OFFENDER, 1, { protocol: 'finality-checkpoint@1' });
    expect(directives(chain, [evidence])[1]).toEqual({
      kind: 'slash',
      actor: OFFENDER,
      partsPerMillion: 100_000,
      reason: 'FINALITY_VOTE',
    });
    include(chain, evidence);
    expect(chain.state.bonds.get(OFFENDER)?.ejectedUntil).toBe(4);
    const custom: Evidence = {
      kind: 'custom',
      era: 0,
      protocol: 'finality-checkpoint@1',
      offender: nodeId(0),
      height: 5,
      id: 'surround',
      data: new Uint8Array(),
    };
    expect(directives(chain, [custom])).toContainEqual(expect.objectContaining({ kind: 'slash', actor: nodeId(0) }));
  });
});

describe('pos-pow N3: evidence', () => {
  it('counts once for an offence, in one block and ever after', () => {
    const chain = new TestChain(config);
    chain.add(1);
    const evidence = equivocation(OFFENDER, 1);
    const again = equivocation(OFFENDER, 1, { first: Uint8Array.of(9) } as Partial<Evidence>);
    expect(judge(chain, evidence)).toBe('accept');
    expect(directives(chain, [evidence, again])).toEqual(directives(chain, [evidence]));
    include(chain, evidence);
    expect(judge(chain, again)).toBe('EVIDENCE_DUPLICATE');
    expect(directives(chain, [again])).toHaveLength(1);
    expect(judge(chain, equivocation(OFFENDER, 2))).toBe('accept');
  });

  it('counts for `evidenceEpochs` after the epoch of the offence', () => {
    const chain = new TestChain(config);
    const verdicts: string[] = [];
    for (let epoch = 0; epoch <= 4; epoch++) {
      chain.addUntil(epoch * 30 + 29);
      verdicts.push(judge(chain, equivocation(OFFENDER, 1), headersAt(35)));
    }
    expect(verdicts).toEqual(['EVIDENCE_TOO_EARLY', 'accept', 'accept', 'accept', 'EVIDENCE_TOO_OLD']);
  });

  it('is remembered until nobody can report it again', () => {
    const chain = new TestChain(config);
    chain.add(1);
    include(chain, equivocation(OFFENDER, 1));
    const sizes: number[] = [];
    for (let epoch = 0; epoch <= 4; epoch++) {
      chain.addUntil(epoch * 30 + 29);
      sizes.push(chain.state.punished.size);
    }
    expect(sizes).toEqual([1, 1, 1, 0, 0]);
    expect(judge(chain, equivocation(OFFENDER, 1), headersAt(5))).toBe('EVIDENCE_TOO_OLD');
  });

  it('pays the author of the block its part of what was cut, rounded down', () => {
    const chain = new TestChain(configOf({ slashDoublePpm: 333_333, reporterPpm: 500_000 }), census(10_000n, 1_000n));
    chain.add(1);
    const paid = directives(chain, [equivocation(OFFENDER, 1), equivocation(OFFENDER, 2)]);
    // 333 of 1000, then 222 of 667: halves 166 and 111.
    expect(paid.at(-1)).toEqual({ kind: 'reward', actor: chain.leaderOf(2), units: 277n });
    const free = new TestChain(configOf({ slashDoublePpm: 0 }));
    free.add(1);
    expect(directives(free, [equivocation(OFFENDER, 1)])).toEqual([expect.objectContaining({ kind: 'jail' })]);
  });

  it.each<[string, Evidence, readonly Artefact[], string]>([
    ['a stranger', equivocation('stranger', 1), headersAt(1), 'UNKNOWN_OFFENDER'],
    ['two messages', equivocation(OFFENDER, 1), [], 'EVIDENCE_NOT_PROVABLE'],
    [
      'headers without a slot',
      equivocation(OFFENDER, 1),
      [{ kind: 'header', header: headerOf({}) }],
      'EVIDENCE_NOT_PROVABLE',
    ],
    [
      'a header that breaks a rule',
      { ...equivocation(OFFENDER, 1), kind: 'invalidHeader', header: new Uint8Array(1), code: 'X' } as Evidence,
      headersAt(1),
      'EVIDENCE_NOT_PROVABLE',
    ],
  ])('is refused about %s', (_case, evidence, subjects, code) => {
    const chain = new TestChain(config);
    chain.add(1);
    expect(judge(chain, evidence, subjects)).toBe(code);
    expect(chain.rules.directives?.(chain.state, chain.next(2), [equivocation('stranger', 1)])).toHaveLength(1);
  });
});

describe('pos-pow N4: two forks in different slots', () => {
  it('are no offence', () => {
    const chain = new TestChain(config);
    const leader = chain.leaderOf(3);
    const fork = chain.fork();
    const first = chain.add(3);
    const second = fork.add(fork.firstSlotOf(leader, 4));
    const keys = [first, second].map((header) => chain.rules.conflictKey?.({ kind: 'header', header }));
    expect(new Set(keys).size).toBe(2);
  });
});

describe('pos-pow N5: whoever leaves', () => {
  it('stays accountable until its stake is released, without a reward on stake that is no longer bonded', () => {
    const chain = new TestChain(config);
    chain.add(1, [exit(OFFENDER)]);
    expect(judge(chain, equivocation(OFFENDER, 1))).toBe('accept');
    const told = directives(chain, [equivocation(OFFENDER, 1)]);
    expect(told.map(({ kind }) => kind)).toEqual(['reward', 'slash', 'jail']);
  });

  it('does not escape by withdrawing: the cut is computed from the stake at that time', () => {
    const chain = new TestChain(config);
    chain.add(1, [deposit(OFFENDER, 400_000n)]);
    expect(directives(chain, [equivocation(OFFENDER, 1)]).at(-1)).toMatchObject({ units: 1_250n });
  });
});
