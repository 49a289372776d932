import type { ConsensusHeader } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { encodeSeals, type PbftMessage } from '../src/message.ts';
import { silent } from './adversaries.ts';
import { certificateOf, nodeId, roundChangesOf, signed } from './support.ts';
import { Recording } from './transcript.ts';
import { type TestNode, World } from './world.ts';

/** Node 3 in round 1 of height 2, before it hears the message in question. */
interface Scene {
  readonly world: World;
  readonly node: TestNode;
  /** The block of that round. */
  readonly block: ConsensusHeader;
  /** Another block of that height. */
  readonly other: ConsensusHeader;
  readonly tell: (author: number, message: PbftMessage, header?: ConsensusHeader) => void;
}

interface Lesson {
  /** What node 3 has heard before, and what it waits for. */
  readonly about: string;
  readonly author: number;
  /** Who may tell the right message after a wrong one. */
  readonly next: number;
  readonly prepare: (scene: Scene) => void;
  readonly message: (scene: Scene) => PbftMessage;
  /** What node 3 does about the right message, and about no other. */
  readonly step: string;
}

const PLACE = { height: 2, round: 1 } as const;

const RIGHT = 'as it should be';

const MUTATIONS: Readonly<Record<string, (message: PbftMessage, scene: Scene) => PbftMessage>> = {
  [RIGHT]: (message) => message,
  'round + 1': (message) => ({ ...message, round: message.round + 1 }),
  'round - 1': (message) => ({ ...message, round: message.round - 1 }),
  'height + 1': (message) => ({ ...message, height: message.height + 1 }),
  'height - 1': (message) => ({ ...message, height: message.height - 1 }),
  'another block': (message, { other: { sealHash: digest } }) => {
    if (message.kind === 'roundChange') return { ...message, prepared: { round: 1, digest } };
    if (message.kind === 'prepared') return { ...message, certificate: { ...message.certificate, digest } };
    return { ...message, digest };
  },
};

const proposalOf = ({ block }: Scene): PbftMessage => ({
  ...PLACE,
  kind: 'proposal',
  digest: block.sealHash,
  roundChanges: roundChangesOf(
    2,
    1,
    [0, 1, 2].map((node) => [node, null]),
  ),
  certificates: [],
});

const voteOf =
  (kind: 'prepare' | 'commit') =>
  ({ block }: Scene): PbftMessage => ({ ...PLACE, kind, digest: block.sealHash });

function propose(scene: Scene): void {
  scene.tell(2, proposalOf(scene), scene.block);
  scene.world.runFor(10);
  scene.tell(2, voteOf('prepare')(scene));
}

const LESSONS: Readonly<Record<string, Lesson>> = {
  PROPOSAL: {
    about: 'node-03 waits for the proposal of round 1, which is for node-02 to make',
    author: 2,
    next: 2,
    prepare: () => {},
    message: proposalOf,
    step: 'sends PREPARE 2/1 2b',
  },
  PREPARE: {
    about: 'node-03 has two PREPAREs, its own and that of node-02, and waits for a third',
    author: 1,
    next: 0,
    prepare: propose,
    message: voteOf('prepare'),
    step: 'sends COMMIT 2/1 2b',
  },
  COMMIT: {
    about: 'node-03 has two COMMITs, its own and that of node-02, and waits for a third',
    author: 1,
    next: 0,
    prepare(scene) {
      propose(scene);
      scene.tell(0, voteOf('prepare')(scene));
      scene.tell(2, voteOf('commit')(scene));
    },
    message: voteOf('commit'),
    step: 'adopts 2b',
  },
  'ROUND-CHANGE': {
    about: 'node-00 asks for round 2; if another one does, node-03 follows, and proposes once there are three',
    author: 1,
    next: 2,
    prepare: ({ tell }) => tell(0, { height: 2, round: 2, kind: 'roundChange', prepared: null }),
    message: () => ({ height: 2, round: 2, kind: 'roundChange', prepared: null }),
    step: 'sends PROPOSAL 2/2',
  },
  PREPARED: {
    about: 'node-03 is in round 2, and node-00 claims to be prepared for 2b; node-03 proposes once that is proven',
    author: 0,
    next: 1,
    prepare({ tell, block }) {
      const prepared = { round: 1, digest: block.sealHash };
      tell(0, { height: 2, round: 2, kind: 'roundChange', prepared });
      tell(1, { height: 2, round: 2, kind: 'roundChange', prepared: null });
    },
    message: ({ block }) => ({
      ...PLACE,
      kind: 'prepared',
      certificate: certificateOf('prepare', 2, 1, block.sealHash, [0, 1, 2]),
    }),
    step: 'sends PROPOSAL 2/2 2b',
  },
};

interface Outcome {
  /** Whatever node 3 does about the message. */
  readonly answers: readonly string[];
  /** Whether it then makes its step with the message that it waits for. */
  readonly goesOn: boolean;
}

/** Plays up to the message, unrecorded; records what it does; and tells the right one to a node that got another. */
function play({ author, next, prepare, message, step }: Lesson, mutation: string, recording: Recording): Outcome {
  const answers: string[] = [];
  let isRecording = false;
  let goesOn = false;
  const world = new World({
    byzantine: new Map([[author, silent]]),
    onLine(line) {
      goesOn ||= line.includes(` node-03 ${step}`);
      if (!isRecording) return;
      recording.add(line);
      if (line.includes(' node-03 ')) answers.push(line);
    },
  });
  const node = world.node(3);
  node.start();
  const at = world.genesis.header.timestamp;
  const first = world.makeBlock('genesis', nodeId(0), at + 2_000);
  const [block, other] = [0, 1].map(() => world.makeBlock(first.id, nodeId(2), at + 4_000, undefined, first));
  if (block === undefined || other === undefined) throw new Error('two were made');
  const tell: Scene['tell'] = (from, told, header) => world.inject(node, signed(nodeId(from), told), header);
  const scene = { world, node, block, other, tell };
  world.runFor(4_000);
  const { signatures } = certificateOf('commit', 1, 0, first.sealHash, [0, 1, 2]);
  node.importBlock(first, encodeSeals({ round: 0, signatures }), world.node(1));
  for (const from of [0, 1]) tell(from, { ...PLACE, kind: 'roundChange', prepared: null });
  prepare(scene);
  isRecording = true;
  const mutate = MUTATIONS[mutation] ?? expect.unreachable();
  tell(author, mutate(message(scene), scene), block);
  world.runFor(100);
  isRecording = false;
  if (mutation !== RIGHT) {
    expect(goesOn, mutation).toBe(false);
    tell(next, message(scene), block);
    world.runFor(100);
  }
  return { answers, goesOn };
}

describe('pbft PT-22: a transcript of small changes', () => {
  it('pbft PT-21: pbft N1, N2, J1 to J5, M3: what a node does with a message that is slightly wrong', async () => {
    const recording = new Recording(
      'PT-21: each kind of message as it should be, and with one small change (ByzzFuzz; M1, M3, N1, N2, J1 to J5)',
    );
    const { add, note, check } = recording;
    note('node-03 is in round 1 of height 2; every case starts anew from there');
    note('a vote counts in the round and for the block that it names; of a later height it waits (N2), of an earlier');
    note('one it is dropped (N1); signatures that a message quotes cover their place, so moving it makes them forged');
    for (const [kind, lesson] of Object.entries(LESSONS)) {
      add('');
      note(`${kind}: ${lesson.about}`);
      for (const mutation of Object.keys(MUTATIONS)) {
        note(`${kind}, ${mutation}`);
        const { answers, goesOn } = play(lesson, mutation, recording);
        expect(goesOn, `${kind}, ${mutation}`).toBe(true);
        if (answers.length === 0) note('  no answer');
        if (mutation !== RIGHT) note(`  then the right one by ${nodeId(lesson.next)}: node-03 ${lesson.step}`);
      }
    }
    await check('pt-21');
  });
});
