/**
 * Bugs of the checkpoint gadget: MUT-01 to MUT-14 and MUT-47.
 *
 * @module
 */
import { type Patch, scenario, simulate, twins } from '../mutant.ts';

const ENGINE = 'finality-checkpoint/src/engine.ts';
const TRANSITION = 'finality-checkpoint/src/transition.ts';
const COMMITTEE = 'finality-checkpoint/src/committee.ts';
const SCOPE = 'consensus/src/signing-scope.ts';
const HANDOVER = 'finality-checkpoint/src/handover.ts';

const SCHEDULES = 'finality-checkpoint/test/schedules.test.ts';
const ENGINE_TEST = 'finality-checkpoint/test/engine.test.ts';
const RULES_TEST = 'finality-checkpoint/test/rules.test.ts';
const CAMPAIGN_TEST = 'finality-checkpoint/test/campaign.test.ts';
const COMMITTEE_TEST = 'finality-checkpoint/test/committee.test.ts';

const appliesTo = 'finality';

/** MUT-01 to MUT-04: what a voter must not forget, and when it must be written down. */
const MARKS: readonly Patch[] = [
  {
    id: 'MUT-01',
    appliesTo,
    title: 'no target mark (V1)',
    edits: [
      {
        file: ENGINE,
        find: 'if (this.#asked !== undefined && term === this.#asked.term && number <= this.#asked.target) return [];',
        replace: '',
      },
      { file: ENGINE, find: 'sequence: [term, number],', replace: 'sequence: [term, asked++],' },
      { file: ENGINE, find: 'const OFFERS_KEPT = 4;', replace: 'const OFFERS_KEPT = 4;\nlet asked = 0;' },
    ],
    killers: [
      scenario(SCHEDULES, 'SCH-3 double target, with real engines > fault: none'),
      simulate('dpos+checkpoint', 'I5'),
      simulate('dpos+checkpoint', 'I6'),
    ],
  },
  {
    id: 'MUT-02',
    appliesTo,
    title: 'no source mark (V2)',
    edits: [{ file: ENGINE, find: ', floors: { source: sourceFloor(term, source.number) } }', replace: ' }' }],
    killers: [scenario(SCHEDULES, 'SCH-2 surround, with real engines > fault: none')],
  },
  {
    id: 'MUT-03',
    appliesTo,
    title: 'marks only in memory',
    edits: [
      {
        file: ENGINE,
        find: 'guard: { lane: VOTE_LANE, sequence: [term, number], floors: { source: sourceFloor(term, source.number) } },',
        replace: '',
      },
    ],
    killers: [scenario(SCHEDULES, 'SCH-1 amnesia, with real engines > fault: none')],
  },
  {
    id: 'MUT-04',
    appliesTo,
    title: 'vote sent before it is durable',
    edits: [
      {
        file: ENGINE,
        find: "{ kind: 'persist', height: state.height + 2 * this.#config.every, entry: payload },\n      {",
        replace: '{',
      },
      {
        file: ENGINE,
        find: "sticky: 'untilFinalized',\n      },\n",
        replace:
          "sticky: 'untilFinalized',\n      },\n      { kind: 'persist', height: state.height + 2 * this.#config.every, entry: payload },\n",
      },
    ],
    killers: [
      scenario(ENGINE_TEST, 'finality-checkpoint V3 and D1: what was voted is durable before the vote is sent'),
    ],
  },
];

/** MUT-05 to MUT-09: what a certificate needs, and what follows from it. */
const CERTIFICATES: readonly Patch[] = [
  {
    id: 'MUT-05',
    appliesTo,
    title: 'quorum floor(2W/3)',
    edits: [
      {
        file: COMMITTEE,
        find: 'quorum: floorDivide(2 * total, 3) + 1,',
        replace: 'quorum: floorDivide(2 * total, 3),',
      },
    ],
    killers: [
      scenario(COMMITTEE_TEST, 'quorum > is exact for the largest weights'),
      scenario(RULES_TEST, 'finality-checkpoint O2: a certificate needs exactly a quorum'),
      simulate('dpos+checkpoint', 'I1'),
      twins('checkpoint'),
    ],
  },
  {
    id: 'MUT-06',
    appliesTo,
    title: 'simple majority',
    edits: [
      {
        file: COMMITTEE,
        find: 'quorum: floorDivide(2 * total, 3) + 1,',
        replace: 'quorum: floorDivide(total, 2) + 1,',
      },
    ],
    killers: [
      scenario(COMMITTEE_TEST, 'quorum > of weight 10 is 7'),
      scenario(CAMPAIGN_TEST, 'seeds with less than a third Byzantine'),
    ],
  },
  {
    id: 'MUT-07',
    appliesTo,
    title: 'finalise on a non-consecutive link',
    edits: [
      {
        file: 'finality-checkpoint/src/vote.ts',
        find: 'return target.number === source.number + 1;',
        replace: 'return target.number > source.number;',
      },
    ],
    killers: [
      scenario(RULES_TEST, 'finality-checkpoint F1: only a link to the very next checkpoint finalises its source'),
    ],
  },
  {
    id: 'MUT-08',
    appliesTo,
    title: 'justify from an unjustified source',
    edits: [
      {
        file: TRANSITION,
        find: "if (!state.justified.some((checkpoint) => isSameCheckpoint(checkpoint, link.source))) return 'CERTIFICATE_SOURCE';",
        replace: '',
      },
    ],
    killers: [scenario(RULES_TEST, 'finality-checkpoint J2: a quorum from a justified source justifies')],
  },
  {
    id: 'MUT-09',
    appliesTo,
    title: 'duplicate signer counted twice',
    edits: [
      {
        file: COMMITTEE,
        find: 'for (const voter of new Set(voters)) weight',
        replace: 'for (const voter of voters) weight',
      },
      {
        file: 'finality-checkpoint/src/certificate.ts',
        find: "if (hasRepetition(signatures)) return 'CERTIFICATE_DUPLICATE';",
        replace: '',
      },
    ],
    killers: [scenario(COMMITTEE_TEST, 'counts weight, not seats, and every seat once')],
  },
];

/** MUT-10 to MUT-14 and MUT-47: who votes, up to where, and in which place. */
const TERMS: readonly Patch[] = [
  {
    id: 'MUT-10',
    appliesTo,
    title: 'next committee active before b is final',
    edits: [
      {
        file: TRANSITION,
        find: 'return { ...state, checkpoints, handover: { boundary: number, fixed: { id: header.id, committee: latest } } };',
        replace: `const root = { number, id: header.id };
  const term = { number: state.term.number + 1, committee: latest, root, startedAt: header.height, opening: null };
  return { ...state, checkpoints, term, previous: state.term, handover: null, justified: [root], forkStart: number };`,
      },
    ],
    killers: [
      scenario(RULES_TEST, 'finality-checkpoint H4: nothing of the next term counts before its boundary is final'),
    ],
  },
  {
    id: 'MUT-11',
    appliesTo,
    title: 'committee read from head state',
    edits: [
      {
        file: TRANSITION,
        find: 'const fault = certificateFault(certificate, state.term.committee);',
        replace: 'const fault = certificateFault(certificate, state.latest);',
      },
      {
        file: 'finality-checkpoint/src/rules.ts',
        find: 'accept(certificateClaims(certificate, state.term.committee))',
        replace: 'accept(certificateClaims(certificate, state.latest))',
      },
      {
        file: 'finality-checkpoint/src/rules.ts',
        find: 'validators: ({ term }) => term.committee.validators,',
        replace: 'validators: ({ latest }) => latest.validators,',
      },
      {
        file: 'finality-checkpoint/src/evidence.ts',
        find: 'if (term === state.term.number) return state.term.committee;',
        replace: 'if (term === state.term.number) return state.latest;',
      },
      {
        file: ENGINE,
        find: 'const certificate = certificateOf(ballot, state.term.committee);',
        replace: 'const certificate = certificateOf(ballot, state.latest);',
      },
      {
        file: ENGINE,
        find: 'if (!mayVote || seatOf(state.term.committee, self) === undefined) return [];',
        replace: 'if (!mayVote || seatOf(state.latest, self) === undefined) return [];',
      },
    ],
    killers: [
      scenario(RULES_TEST, 'finality-checkpoint H5: who votes stays, while the production plugin already names others'),
    ],
  },
  {
    id: 'MUT-12',
    appliesTo,
    title: 'conflicting certificate moves `lastFinal`',
    edits: [
      {
        file: TRANSITION,
        find: 'if (!isConsecutive(link) || link.source.number <= state.final.number) return next;',
        replace: 'if (!isConsecutive(link)) return next;',
      },
      {
        file: TRANSITION,
        find: "if (link.target.number <= justifiedRef(state).number) return 'CERTIFICATE_STALE';",
        replace: '',
      },
      {
        file: TRANSITION,
        find: 'justified: state.justified.filter(({ number }) => number >= final.number),',
        replace: '',
      },
      { file: TRANSITION, find: 'if (number >= final.number) break;', replace: 'if (number <= final.number) break;' },
    ],
    killers: [scenario(RULES_TEST, 'finality-checkpoint F3: what is final stays, whatever a block carries later')],
  },
  {
    id: 'MUT-13',
    appliesTo,
    title: 'no vote above b+1 (strict hand-over)',
    edits: [
      {
        file: ENGINE,
        find: 'const number = this.#votable(state.height);\n    const source',
        replace:
          'const number = this.#votable(state.height);\n    if (state.handover !== null && number > state.handover.boundary + 1) return [];\n    const source',
      },
    ],
    killers: [scenario(SCHEDULES, 'SCH-4 and H2: hand-over deadlock, with real engines > fault: none')],
  },
  {
    id: 'MUT-14/chain',
    appliesTo,
    title: 'chain id missing from signed bytes',
    edits: [
      {
        file: SCOPE,
        find: '[encoder.encode(SCOPE_PREFIX), chainId, uint32(era), ...parts]',
        replace: '[encoder.encode(SCOPE_PREFIX), uint32(era), ...parts]',
      },
    ],
    killers: [
      scenario('finality-checkpoint/test/real-crypto.test.ts', 'make a certificate that holds here and nowhere else'),
    ],
  },
  {
    id: 'MUT-14/era',
    appliesTo,
    title: 'era missing from signed bytes',
    edits: [
      {
        file: SCOPE,
        find: '[encoder.encode(SCOPE_PREFIX), chainId, uint32(era), ...parts]',
        replace: '[encoder.encode(SCOPE_PREFIX), chainId, ...parts]',
      },
    ],
    killers: [
      scenario('finality-checkpoint/test/real-crypto.test.ts', 'make a certificate that holds here and nowhere else'),
    ],
  },
  {
    id: 'MUT-14/handover',
    appliesTo,
    title: 'chain id missing from what a hand-over commits to',
    edits: [
      {
        file: HANDOVER,
        find: "return taggedHash(context.sha256, 'checkpoint/handover/v1', context.chainId, body);",
        replace: "return taggedHash(context.sha256, 'checkpoint/handover/v1', body);",
      },
    ],
    killers: [
      scenario(
        'finality-checkpoint/test/light-client.test.ts',
        'a hand-over of another chain or to another term, whoever signs it',
      ),
    ],
  },
  {
    id: 'MUT-47',
    appliesTo,
    title: 'era i finalises above its boundary b (no F5)',
    edits: [
      {
        file: HANDOVER,
        find: 'export function isHandover({ handover }: CheckpointState, link: Link, context: CommitmentContext): boolean {\n  if (',
        replace:
          'export function isHandover(\n  { handover, checkpoints }: CheckpointState,\n  link: Link,\n  context: CommitmentContext,\n): boolean {\n  if (checkpoints.get(link.target.number) === link.target.id) return false;\n  if (',
      },
    ],
    killers: [scenario(SCHEDULES, 'SCH-5 finality above the boundary, with real engines > fault: none')],
  },
];

/** Bugs of the gadget. */
export const FINALITY_MUTANTS: readonly Patch[] = [...MARKS, ...CERTIFICATES, ...TERMS];
