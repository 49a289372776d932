/**
 * Bugs of PBFT: MUT-15 to MUT-23.
 *
 * @module
 */
import { kit, type Patch, scenario, twins } from '../mutant.ts';

const ENGINE = 'consensus-pbft/src/engine.ts';
const HEIGHT = 'consensus-pbft/src/height.ts';
const JUSTIFICATION = 'consensus-pbft/src/justification.ts';
const ROUNDS_FILE = 'consensus-pbft/src/rounds.ts';

const TRANSCRIPTS = 'consensus-pbft/test/transcripts.test.ts';
const ENGINE_TEST = 'consensus-pbft/test/engine.test.ts';
const RULES_TEST = 'consensus-pbft/test/rules.test.ts';

const appliesTo = 'pbft';

/** MUT-15 to MUT-18: what keeps two rounds from deciding two values. */
const LOCKS: readonly Patch[] = [
  {
    id: 'MUT-15',
    appliesTo,
    title: 'new round proposes a fresh block despite a prepared one',
    edits: [
      { file: ENGINE, find: 'const { value } = justification;\n    if (value === undefined) {', replace: '{' },
      {
        file: ENGINE,
        find: `    const block = at.blockOf(value.digest);
    if (block === undefined) {
      this.#effects.push({ kind: 'trace', event: 'valueUnknown', data: { height: at.height, round } });
      return;
    }
    this.#propose(at, round, block, justification);
`,
        replace: '',
      },
      {
        file: ENGINE,
        find: 'const isNew = proposal.roundChanges.every(({ prepared }) => prepared === null);',
        replace: 'const isNew = true;',
      },
      {
        file: JUSTIFICATION,
        find: "compareBytes(highest.digest, digest) === 0 ? undefined : 'WRONG_VALUE'",
        replace: 'digest.length > 0 ? undefined : undefined',
      },
    ],
    killers: [
      scenario(TRANSCRIPTS, 'pbft PT-04: pbft R3, R8, J3: a value that one node was prepared for is proposed again'),
      twins('pbft'),
    ],
  },
  {
    id: 'MUT-16',
    appliesTo,
    title: 'any instead of highest prepared round',
    edits: [
      {
        file: JUSTIFICATION,
        find: 'if (prepared !== null && (highest === undefined || prepared.round > highest.round)) highest = prepared;',
        replace: 'if (prepared !== null && highest === undefined) highest = prepared;',
      },
    ],
    killers: [scenario(TRANSCRIPTS, 'pbft PT-08: pbft J3: the value of the lower round is refused')],
  },
  {
    id: 'MUT-17/round',
    appliesTo,
    title: 'prepared certificate of another round accepted',
    edits: [
      {
        file: JUSTIFICATION,
        find: 'return certificate.round === claim.round && compareBytes',
        replace: 'return compareBytes',
      },
    ],
    killers: [scenario(RULES_TEST, 'justification of a round above 0')],
  },
  {
    id: 'MUT-17/height',
    appliesTo,
    title: 'prepared certificate of another height accepted',
    edits: [
      {
        file: JUSTIFICATION,
        find: "return [...changes, ...certificates.flatMap((certificate) => voteClaims('prepare', height, certificate))];",
        replace: 'return changes;',
      },
      {
        file: JUSTIFICATION,
        find: "return voteClaims('prepare', message.height, message.certificate);",
        replace: 'return [];',
      },
    ],
    killers: [scenario(TRANSCRIPTS, 'pbft PT-06, PT-07, J3, J5: PREPAREs of another height or chain')],
  },
  {
    id: 'MUT-18',
    appliesTo,
    title: 'PREPARE quorum − 1',
    edits: [
      {
        file: HEIGHT,
        find: 'if (!isQuorumOf(certificate.signatures, this.council)) return false;',
        replace:
          'if (this.council.weigh(certificate.signatures.map(({ author }) => author)) < this.council.quorum - 1n) return false;',
      },
      {
        file: JUSTIFICATION,
        find: 'return isFor(certificate, claim) && isQuorumOf(certificate.signatures, council);',
        replace:
          'return isFor(certificate, claim) && council.weigh(certificate.signatures.map(({ author }) => author)) >= council.quorum - 1n;',
      },
    ],
    killers: [scenario(ENGINE_TEST, 'pbft R3: prepared > a quorum of PREPAREs locks and commits, once'), twins('pbft')],
  },
];

/** MUT-19 to MUT-23: rounds, durability, seals, proposers. */
const ROUNDS: readonly Patch[] = [
  {
    id: 'MUT-19/highest',
    appliesTo,
    title: 'f+1 jump to the highest round',
    edits: [
      { file: HEIGHT, find: 'return Math.min(...asked.values());', replace: 'return Math.max(...asked.values());' },
    ],
    killers: [scenario(TRANSCRIPTS, 'pbft PT-10, PT-11, R7, N4: f + 1 ROUND-CHANGEs move a node')],
  },
  {
    id: 'MUT-19/none',
    appliesTo,
    title: 'no f+1 jump',
    edits: [{ file: HEIGHT, find: 'return Math.min(...asked.values());', replace: 'return undefined;' }],
    killers: [scenario(TRANSCRIPTS, 'pbft PT-10, PT-11, R7, N4: f + 1 ROUND-CHANGEs move a node')],
  },
  {
    id: 'MUT-20',
    appliesTo,
    title: 'PREPARE/COMMIT sent before durable',
    edits: [
      {
        file: ENGINE,
        find: `    this.#effects.push({ kind: 'persist', height: at.height, entry, ...(block && { blockId: block.id }) });
    this.#send(payload, guardOf(at, message), message.kind === 'proposal' ? block : null);
`,
        replace: `    this.#send(payload, guardOf(at, message), message.kind === 'proposal' ? block : null);
    this.#effects.push({ kind: 'persist', height: at.height, entry, ...(block && { blockId: block.id }) });
`,
      },
    ],
    killers: [
      scenario(ENGINE_TEST, 'pbft R2: accepting > PREPARE follows the check of the block, and is durable first'),
    ],
  },
  {
    id: 'MUT-21',
    appliesTo,
    title: 'round timeout does not grow',
    edits: [
      {
        file: ROUNDS_FILE,
        find: 'const doubled = config.roundTimeoutMs * 2 ** Math.min(round, DOUBLINGS_MAX);',
        replace: 'const doubled = config.roundTimeoutMs * Math.min(1, DOUBLINGS_MAX);',
      },
    ],
    killers: [
      scenario(ENGINE_TEST, 'pbft R6: time-outs > double with every round, up to 256-fold'),
      kit('pbft', 'CK-14'),
    ],
  },
  {
    id: 'MUT-22',
    appliesTo,
    title: 'NEW-BLOCK counts duplicate seals',
    edits: [
      {
        file: 'consensus-pbft/src/message.ts',
        find: 'compareActors(last.author, item.author) >= 0)',
        replace: 'compareActors(last.author, item.author) > 0)',
      },
    ],
    killers: [scenario(TRANSCRIPTS, 'pbft PT-13: pbft R4, R5, M2: what is no proof')],
  },
  {
    id: 'MUT-23',
    appliesTo,
    title: 'proposer identity not checked',
    edits: [{ file: ENGINE, find: 'if (author !== at.council.proposerAt(round)) {', replace: "if (author === '') {" }],
    killers: [scenario(ENGINE_TEST, 'pbft R2: accepting')],
  },
];

/** Bugs of PBFT. */
export const PBFT_MUTANTS: readonly Patch[] = [...LOCKS, ...ROUNDS];
