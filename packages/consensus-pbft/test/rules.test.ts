import { readFileSync } from 'node:fs';
import type { ConsensusHeader, Fact, Tip } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { faultyWeightMax, type PbftState, pbft, proposerAt, quorumWeight } from '../src/index.ts';
import { justificationFault } from '../src/justification.ts';
import {
  decodeMessage,
  decodeSeals,
  encodeMessage,
  encodeSeals,
  HEIGHT_MAX,
  type ProposalMessage,
  ROUND_MAX,
} from '../src/message.ts';
import { councilAfter } from '../src/rules.ts';
import {
  CHAIN_ID,
  certificateOf,
  childOf,
  configOf,
  GENESIS,
  genesisTip,
  hex,
  holds,
  nodeId,
  roundChangesOf,
  rulesOf,
  seats,
  sha256,
  signed,
  startOf,
  text,
} from './support.ts';

const vectors: { readonly quorum: readonly { n: number; f: number; quorum: number; weightQuorum: number }[] } =
  JSON.parse(readFileSync(new URL('../testdata/chain-math.json', import.meta.url), 'utf8'));

describe('quorums', () => {
  it.each(vectors.quorum)('pbft Q1, Q2, Q3: $n seats tolerate $f, need $quorum, weighted $weightQuorum', (vector) => {
    const total = BigInt(vector.n);
    expect(faultyWeightMax(total)).toBe(BigInt(vector.f));
    expect(quorumWeight(total, false)).toBe(BigInt(vector.quorum));
    expect(quorumWeight(total, true)).toBe(BigInt(vector.weightQuorum));
  });

  it('pbft Q2: two quorums share an honest seat, and the honest alone are a quorum, for every size', () => {
    for (let n = 1n; n <= 1_000n; n++) {
      const [f, quorum] = [faultyWeightMax(n), quorumWeight(n, false)];
      expect(2n * quorum - n).toBeGreaterThan(f);
      expect(n - f).toBeGreaterThanOrEqual(quorum);
    }
  });

  it('pbft Q3: weights count where the configuration says so, and seats where it does not', () => {
    const validators = [5n, 1n, 1n, 1n].map((weight, index) => ({ id: nodeId(index), weight }));
    const weighted = configOf({ weighted: true });
    const council = councilAfter(genesisTip(validators, weighted).state, weighted);
    expect([council.quorum, council.honest, council.weightOf(nodeId(0))]).toEqual([6n, 3n, 5n]);
    const plain = councilAfter(genesisTip(validators).state, configOf());
    expect([plain.quorum, plain.honest, plain.weightOf(nodeId(0))]).toEqual([3n, 2n, 1n]);
  });
});

describe('pbft P: proposers', () => {
  const stateAfter = (proposer: string, validators = seats(4)): PbftState => ({
    ...genesisTip(validators).state,
    proposer,
  });
  const turns = (state: PbftState, count = 5) =>
    Array.from({ length: count }, (_, round) => proposerAt(state, round, configOf()).slice(-1)).join('');

  it('take turns in order of address, from the first one after genesis', () => {
    expect(turns(stateAfter(''))).toBe('01230');
    expect(turns(genesisTip(seats(4).toReversed()).state)).toBe('01230');
  });

  it('go on after the author of the last block, by one more for every round', () => {
    expect(turns(stateAfter(nodeId(1)))).toBe('23012');
    expect(turns(stateAfter(nodeId(3)))).toBe('01230');
  });

  it('go on after the place of an author that has no seat any more', () => {
    const without = seats(4).filter(({ id }) => id !== nodeId(1));
    expect(turns(stateAfter(nodeId(1), without))).toBe('23023');
    expect(turns(stateAfter('node-99', without))).toBe('02302');
  });

  it('are never those without weight', () => {
    const validators = seats(4).map((validator, index) => ({ ...validator, weight: index === 1 ? 0n : 1n }));
    expect(turns(stateAfter('', validators))).toBe('02302');
  });
});

describe('headers', () => {
  const parent = genesisTip();
  const rules = rulesOf();
  const judge = (overrides: Partial<ConsensusHeader>, now = GENESIS.timestamp + 2_000) => {
    const verdict = rules.verifyHeader(childOf(GENESIS, nodeId(2), 'a', overrides), parent, now);
    return verdict.kind === 'reject' ? verdict.code : verdict.kind;
  };

  it.each<[string, Partial<ConsensusHeader>, string]>([
    ['of any seat', {}, 'accept'],
    ['with data of its own: M1', { digest: Uint8Array.of(0) }, 'BAD_DIGEST'],
    ['with a seal inside: M2', { seal: Uint8Array.of(0) }, 'BAD_SEAL'],
    ['of nobody with a seat', { author: 'node-77' }, 'NOT_A_VALIDATOR'],
    ['before the block time is over: R1', { timestamp: GENESIS.timestamp + 1_999 }, 'TIME_TOO_EARLY'],
  ])('pbft M1, M2, R1: %s', (_title, overrides, expected) => {
    expect(judge(overrides)).toBe(expected);
  });

  it('contract H-18: no local clock decides on what a quorum vouches for', () => {
    const timestamp = GENESIS.timestamp + 9_000_000;
    for (const now of [0, timestamp]) expect(judge({ timestamp }, now)).toBe('accept');
  });
});

describe('proofs', () => {
  const parent = genesisTip();
  const block = childOf(GENESIS, nodeId(0));
  const judge = (proof: Uint8Array, tip: Tip<PbftState> = parent) => {
    const { finality } = rulesOf();
    if (finality.kind !== 'proof') throw new Error('pbft proves finality');
    const verdict = finality.verifyProof(proof, block, tip);
    if (verdict.kind !== 'accept') return verdict.kind === 'reject' ? verdict.code : verdict.kind;
    return verdict.claims.every(holds) ? verdict.claims.length : 'forged';
  };
  const seal = (authors: readonly (number | string)[], round = 0, sealed = block.sealHash) =>
    encodeSeals(certificateOf('commit', 1, round, sealed, authors));

  it('are attached to every block', () => {
    expect(rulesOf().finality).toMatchObject({ kind: 'proof', attached: true });
    expect(pbft().traits).toMatchObject({ finality: 'instant', forks: false, leader: 'round' });
  });

  it.each<[string, Uint8Array, number | string]>([
    ['R4: a quorum of COMMITs', seal([0, 1, 2]), 3],
    ['R4: all of them, of any round', seal([0, 1, 2, 3], 7), 4],
    ['R5: one less than a quorum', seal([0, 1]), 'SEALS_MISSING'],
    ['R5: one signer twice', seal([0, 1, 1]), 'BAD_PROOF'],
    ['R5: not in order', seal([1, 0, 2]), 'BAD_PROOF'],
    ['Q1: somebody without a seat', seal([0, 1, 2, 'zero']), 'SEALS_MISSING'],
    ['M2: another block', seal([0, 1, 2], 0, sha256(text('other'))), 'forged'],
    [
      'M2: another round',
      encodeSeals({ ...certificateOf('commit', 1, 0, block.sealHash, [0, 1, 2]), round: 1 }),
      'forged',
    ],
    ['M2: PREPAREs', encodeSeals(certificateOf('prepare', 1, 0, block.sealHash, [0, 1, 2])), 'forged'],
    ['of another height', encodeSeals(certificateOf('commit', 2, 0, block.sealHash, [0, 1, 2])), 'forged'],
    ['with something behind it', Uint8Array.of(...seal([0, 1, 2]), 0), 'BAD_PROOF'],
    ['nothing', new Uint8Array(), 'BAD_PROOF'],
  ])('pbft %s', (_title, proof, expected) => {
    expect(judge(proof)).toBe(expected);
  });

  it('contract H-17: a proof of a block at a height that no message can name is refused', () => {
    const { finality } = rulesOf();
    if (finality.kind !== 'proof') throw new Error('pbft proves finality');
    for (const height of [HEIGHT_MAX + 1, 2 ** 42 + 5, Number.MAX_SAFE_INTEGER]) {
      const refused = { kind: 'reject', code: 'BAD_HEIGHT' };
      expect(finality.verifyProof(seal([0, 1, 2]), { ...block, height }, parent)).toEqual(refused);
    }
  });

  it('pbft PT-14: pbft M2: which seals a node stored changes neither the block nor the state', () => {
    const rules = rulesOf();
    const roots = [seal([0, 1, 2]), seal([1, 2, 3], 4)].map((proof) => {
      expect(judge(proof)).toBe(3);
      const state = rules.applyHeader(parent.state, block, []);
      return [...rules.codec.encode(state)].map(hex).join();
    });
    expect(roots[1]).toBe(roots[0]);
  });

  it('pbft M1, M2: a copy of a final block with a seal is not proven, or anybody could show two final blocks', () => {
    const copy = { ...block, id: 'copy', seal: Uint8Array.of(1) };
    const { finality } = rulesOf();
    if (finality.kind !== 'proof') throw new Error('no proofs');
    expect(finality.verifyProof(seal([0, 1, 2]), copy, parent)).toEqual({ kind: 'reject', code: 'BAD_SEAL' });
  });

  it('pbft M2: seals of two rounds make no proof, since the value of the lower one may have been replaced', () => {
    const mixed = [
      ...certificateOf('commit', 1, 1, block.sealHash, [0]).signatures,
      ...certificateOf('commit', 1, 3, block.sealHash, [2, 3]).signatures,
    ];
    for (const round of [1, 3]) expect(judge(encodeSeals({ round, signatures: mixed }))).toBe('forged');
  });
});

describe('messages', () => {
  const digest = sha256(text('a'));
  const place = { height: 3, round: 2 };
  const certificate = certificateOf('prepare', 3, 1, digest, [0, 1, 2]);
  const samples = [
    { kind: 'prepare', ...place, digest },
    { kind: 'commit', ...place, digest },
    { kind: 'roundChange', ...place, prepared: null },
    { kind: 'roundChange', ...place, prepared: { round: 1, digest } },
    { kind: 'prepared', height: 3, round: 1, certificate },
    {
      kind: 'proposal',
      ...place,
      digest,
      roundChanges: roundChangesOf(3, 2, [
        [0, null],
        [1, { round: 1, digest }],
        [2, null],
      ]),
      certificates: [certificate],
    },
  ] as const;

  it.each(samples)('pbft M1: $kind has one encoding', (message) => {
    const payload = encodeMessage(message);
    expect(decodeMessage(payload)).toEqual(message);
    for (let cut = 0; cut < payload.length; cut++) expect(decodeMessage(payload.subarray(0, cut))).toBeUndefined();
    expect(decodeMessage(Uint8Array.of(...payload, 0))).toBeUndefined();
  });

  it('refuses what lies outside of its bounds', () => {
    const at = (height: number, round: number) => encodeMessage({ kind: 'prepare', height, round, digest });
    expect(decodeMessage(at(HEIGHT_MAX, ROUND_MAX))).toBeDefined();
    expect(decodeMessage(at(HEIGHT_MAX + 1, 0))).toBeUndefined();
    expect(decodeMessage(at(0, ROUND_MAX + 1))).toBeUndefined();
    expect(decodeMessage(encodeMessage({ kind: 'prepare', ...place, digest: digest.subarray(1) }))).toBeUndefined();
    expect(decodeMessage(Uint8Array.of(9))).toBeUndefined();
    const disordered = { ...samples[5], certificates: [certificate, { ...certificate, round: 0 }] };
    expect(decodeMessage(encodeMessage(disordered))).toBeUndefined();
    expect(decodeSeals(new Uint8Array())).toBeUndefined();
  });

  it('pbft N5, contract H-11: names every signature that it quotes, for the host to check', () => {
    const { messageClaims } = rulesOf();
    const claimsOf = (message: (typeof samples)[number]) => messageClaims?.(signed(nodeId(0), message)) ?? [];
    expect(samples.map((message) => claimsOf(message).length)).toEqual([0, 0, 0, 0, 3, 6]);
    expect(samples.flatMap(claimsOf).every(holds)).toBe(true);
    // A quoted message of another place is another message.
    const moved = { ...samples[5], round: 3 };
    expect(messageClaims?.(signed(nodeId(0), moved)).filter((claim) => !holds(claim))).toHaveLength(3);
    expect(messageClaims?.({ author: 'x', payload: Uint8Array.of(9), signature: digest })).toEqual([]);
  });

  it('pbft M3: one place per kind, height and round of an author; certificates contradict nothing', () => {
    const { conflictKey } = rulesOf();
    const keyOf = (message: (typeof samples)[number], author = 0) =>
      conflictKey?.({ kind: 'message', message: signed(nodeId(author), message) });
    expect(samples.map((message) => keyOf(message))).toEqual([
      'node-00/prepare/3/2',
      'node-00/commit/3/2',
      'node-00/roundChange/3/2',
      'node-00/roundChange/3/2',
      undefined,
      'node-00/proposal/3/2',
    ]);
    expect(keyOf(samples[0], 1)).toBe('node-01/prepare/3/2');
    expect(conflictKey?.({ kind: 'header', header: childOf(GENESIS, nodeId(0)) })).toBeUndefined();
    const garbage = { author: 'x', payload: Uint8Array.of(1), signature: digest };
    expect(conflictKey?.({ kind: 'message', message: garbage })).toBeUndefined();
  });
});

describe('justification of a round above 0', () => {
  const council = councilAfter(genesisTip().state, configOf());
  const [low, high] = [sha256(text('low')), sha256(text('high'))];
  const claims = [
    [1, { round: 0, digest: low }],
    [2, { round: 2, digest: high }],
    [3, null],
  ] as const;
  const backing = [certificateOf('prepare', 1, 0, low, [0, 1, 2]), certificateOf('prepare', 1, 2, high, [1, 2, 3])];
  const judge = (overrides: Partial<ProposalMessage>, given: Parameters<typeof roundChangesOf>[2] = claims) =>
    justificationFault(
      {
        kind: 'proposal',
        height: 1,
        round: 3,
        digest: high,
        roundChanges: roundChangesOf(1, 3, given),
        certificates: backing,
        ...overrides,
      },
      council,
    );
  const none = { roundChanges: [], certificates: [] };
  const free = { digest: sha256(text('fresh')), certificates: [] };

  it.each<[string, ReturnType<typeof judge>, string | undefined]>([
    ['J3: the value of the highest round, fully backed', judge({}), undefined],
    ['R2: nothing in round 0', judge({ round: 0, ...none }), undefined],
    ['R2: something in round 0', judge({ round: 0 }), 'JUSTIFICATION_UNEXPECTED'],
    ['J1: nothing in round 3', judge(none), 'ROUND_CHANGES_MISSING'],
    ['J1: two of three', judge({}, claims.slice(0, 2)), 'ROUND_CHANGES_MISSING'],
    ['J1: one without a seat', judge({}, [...claims.slice(0, 2), [7, null]]), 'ROUND_CHANGES_MISSING'],
    [
      'J2: a claim of the same round',
      judge({}, [[1, { round: 3, digest: high }], ...claims.slice(1)]),
      'PREPARED_ROUND_TOO_HIGH',
    ],
    ['J3: the value of the lower round', judge({ digest: low }), 'WRONG_VALUE'],
    ['J3: a new value', judge({ digest: free.digest }), 'WRONG_VALUE'],
    [
      'J4: a new value where nobody was prepared',
      judge(free, [
        [1, null],
        [2, null],
        [3, null],
      ]),
      undefined,
    ],
    ['J5: the highest claim not backed', judge({ certificates: backing.slice(0, 1) }), 'CLAIM_NOT_BACKED'],
    ['J5: a lower claim not backed', judge({ certificates: backing.slice(1) }), 'CLAIM_NOT_BACKED'],
    [
      'J5: backed by too few',
      judge({
        certificates: [
          backing[0] ?? certificateOf('prepare', 1, 0, low, []),
          certificateOf('prepare', 1, 2, high, [1, 2]),
        ],
      }),
      'CLAIM_NOT_BACKED',
    ],
    [
      'J5: backed by PREPAREs of a lower round',
      judge({ certificates: [...backing.slice(0, 1), certificateOf('prepare', 1, 1, high, [1, 2, 3])] }),
      'CLAIM_NOT_BACKED',
    ],
    [
      'J5: backed for another value',
      judge({ certificates: [certificateOf('prepare', 1, 0, high, [0, 1, 2]), ...backing.slice(1)] }),
      'CLAIM_NOT_BACKED',
    ],
    [
      'J5: a certificate that nobody claimed',
      judge({ ...free, certificates: backing }, [
        [1, null],
        [2, null],
        [3, null],
      ]),
      'JUSTIFICATION_UNEXPECTED',
    ],
  ])('pbft %s', (_title, fault, expected) => {
    expect(fault).toBe(expected);
  });
});

describe('handover', () => {
  it('starts with the validators of the handover, and refuses a start without any', () => {
    const { state } = genesisTip(seats(3));
    expect(state.validators).toEqual(seats(3));
    const nobody = startOf([{ id: 'idle', weight: 0n }]);
    expect(() => rulesOf().initialState(nobody)).toThrow(/INVALID_HANDOVER/);
    expect(() => rulesOf().initialState(startOf([]))).toThrow(/INVALID_HANDOVER/);
  });

  it('starts with the validators of its configuration, whatever is handed over', () => {
    const config = configOf({ validators: ['b', 'a'] });
    const named = ['a', 'b'].map((id) => ({ id, weight: 1n }));
    for (const handed of [[], seats(3)]) expect(genesisTip(handed, config).state.validators).toEqual(named);
  });

  it('pbft Q1: gives the seats to the heaviest, and one vote to each, unless weights count', () => {
    const validators = [3n, 9n, 0n, 9n, 7n].map((weight, index) => ({ id: nodeId(index), weight }));
    const seated = (raw: Parameters<typeof configOf>[0]) =>
      genesisTip(validators, configOf(raw))
        .state.validators.map(({ weight }) => Number(weight))
        .join();
    expect(seated({ maxValidators: 3 })).toBe('0,1,0,1,1');
    expect(seated({ maxValidators: 2 })).toBe('0,1,0,1,0');
    expect(seated({ maxValidators: 2, weighted: true })).toBe('0,9,0,9,0');
  });

  it('hands on those with a seat, whom it did not catch', () => {
    const rules = rulesOf();
    const tip = genesisTip();
    const facts: Fact[] = [
      { kind: 'admission', actor: 'later', deposit: 1n, category: 'wind' },
      { kind: 'exit', actor: nodeId(3) },
    ];
    const block = childOf(GENESIS, nodeId(0));
    const state = rules.applyHeader(tip.state, block, facts);
    const handover = rules.exportHandover(state, block);
    expect(handover.validators).toEqual(seats(3));
    expect(handover.randomness).toEqual(block.sealHash);
    expect(rules.initialState({ era: 1, parent: block, handover, census: [] }).validators).toEqual(seats(3));
    expect(hex(CHAIN_ID)).toHaveLength(64);
  });
});
