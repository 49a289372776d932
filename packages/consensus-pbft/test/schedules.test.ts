import { createRandomStream } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { decodeMessage as decodeMessageOf, encodeMessage, type PbftMessage } from '../src/message.ts';
import { nodeId, sha256, signed, text } from './support.ts';
import { type Strategy, type TestNode, World } from './world.ts';

/** With `CAMPAIGN_SEEDS=200` the full size of the specification. */
const IS_FULL = Number(process.env.CAMPAIGN_SEEDS ?? 0) >= 200;

const TIMEOUT_MS = 200;
const SPLITS = 16;

/** Every node in one of two groups; the first one is always in the first. */
function isTogether(split: number, a: number, b: number): boolean {
  const groupOf = (index: number) => (index === 0 ? 0 : (split >> (index - 1)) & 1);
  return groupOf(a) === groupOf(b);
}

/** Four seats, one of them on two machines, and a split of the five machines in each round; then all are heard again. */
function runTwins(twinOf: number, splits: readonly number[]): void {
  const world = new World({
    twinOf,
    config: { blockTimeMs: TIMEOUT_MS, roundTimeoutMs: TIMEOUT_MS },
  });
  const start = world.genesis.header.timestamp + TIMEOUT_MS;
  let split = splits[0] ?? 0;
  const indexOf = new Map(world.nodes.map((node, index) => [node, index]));
  let isHealed = false;
  world.isLinked = (from, to) => isHealed || isTogether(split, indexOf.get(from) ?? 0, indexOf.get(to) ?? 0);
  splits.forEach((next, round) => {
    world.schedule(start + TIMEOUT_MS * (2 ** round - 1), () => {
      split = next;
    });
  });
  world.schedule(start + TIMEOUT_MS * (2 ** splits.length - 1), () => {
    isHealed = true;
  });
  world.start();
  const isDone = world.runFor(4_000_000, () => isHealed && world.height() >= 1);
  if (!isDone) throw new Error(`twin of ${twinOf}, splits ${splits}: stuck at ${world.height()}`);
}

describe('pbft PT-20: Twins with n = 4, f = 1', () => {
  it.each([0, 1, 2, 3])(
    'pbft R2, R3, J3: the twin of seat %i splits nothing: all splits of the first rounds',
    (seat) => {
      const rounds = IS_FULL ? 3 : 2;
      for (let choice = 0; choice < SPLITS ** rounds; choice++) {
        runTwins(
          seat,
          Array.from({ length: rounds }, (_, round) => (choice >> (4 * round)) & 15),
        );
      }
    },
    3_600_000,
  );

  it('pbft R2, R3, J3: splits of seven rounds, drawn', () => {
    const random = createRandomStream({ seed: 20, label: 'topology', sha256 });
    for (let run = 0; run < (IS_FULL ? 5_000 : 10); run++) {
      const splits = Array.from({ length: 7 }, () => random.integer(0, SPLITS - 1));
      runTwins(random.integer(0, 3), splits);
    }
  }, 3_600_000);
});

describe('pbft PT-19: pbft R6, R8, P: validators that hear but are not heard, for ever', () => {
  it.each([4, 7, 10])('n = %i: blocks come within f + 2 rounds', (n) => {
    const f = Math.floor((n - 1) / 3);
    let highest = 0;
    const world = new World({
      validators: n,
      config: { blockTimeMs: 500, roundTimeoutMs: 500 },
      onLine(line) {
        highest = Math.max(highest, Number(/roundEntered height=\d+ round=(\d+)/.exec(line)?.[1] ?? 0));
      },
    });
    // Neighbours, so that their turns to propose follow each other.
    const mute = new Set(world.nodes.slice(0, f));
    world.isLinked = (from) => !mute.has(from);
    world.start();
    expect(world.runFor(3_600_000, () => world.height() >= 2 * n)).toBe(true);
    expect(highest).toBe(f);
    expect(highest + 1).toBeLessThanOrEqual(f + 2);
  });
});

describe('pbft PT-21: ByzzFuzz: one small change of one message of one validator', () => {
  const other = sha256(text('other'));
  const MUTATIONS: Readonly<Record<string, (message: PbftMessage) => PbftMessage>> = {
    'round + 1': (message) => ({ ...message, round: message.round + 1 }),
    'round - 1': (message) => ({ ...message, round: Math.max(0, message.round - 1) }),
    'height + 1': (message) => ({ ...message, height: message.height + 1 }),
    'height - 1': (message) => ({ ...message, height: message.height - 1 }),
    'other digest': (message) => {
      if (message.kind === 'roundChange') return { ...message, prepared: { round: 0, digest: other } };
      if (message.kind !== 'prepared') return { ...message, digest: other };
      return { ...message, certificate: { ...message.certificate, digest: other } };
    },
    'no reasons': (message) =>
      message.kind === 'proposal' ? { ...message, roundChanges: [], certificates: [] } : message,
    'no claim': (message) => (message.kind === 'roundChange' ? { ...message, prepared: null } : message),
  };

  it.each(Object.keys(MUTATIONS))('pbft J1 to J5, M3: %s is dropped or harmless, whichever message it is', (name) => {
    const mutate = MUTATIONS[name] ?? expect.unreachable();
    for (let target = 0; target < 10; target++) {
      let sent = 0;
      const strategy: Strategy = (world, node, effect) => {
        if (effect.kind !== 'send' || sent++ !== target) return false;
        const message = decodeOrThrow(effect.payload);
        const header = node.held.get(effect.blockId ?? '');
        world.sendAs(node, mutate(message), world.nodes, header);
        return true;
      };
      const world = new World({ byzantine: new Map([[1, strategy]]), config: { roundTimeoutMs: 500 } });
      // Node 2 comes late and COMMITs of node 0 get lost, so that rounds change and messages of all kinds are sent.
      world.isLost = (message, from) => message.kind === 'commit' && message.round === 0 && from.id === nodeId(0);
      const isHeard = (node: TestNode) => node !== world.node(2) || world.now > world.genesis.header.timestamp + 6_000;
      world.isLinked = (from, to) => isHeard(from) && isHeard(to);
      world.start();
      expect(
        world.runFor(600_000, () => world.height() >= 4),
        `${name} of message ${target}`,
      ).toBe(true);
      expect(sent).toBeGreaterThan(target);
    }
  });
});

describe('pbft PT-17, N2, N3, N5: a flood of one validator', () => {
  it('leaves room for the messages of others, and none that grows', () => {
    const world = new World();
    const node = world.node(3);
    node.start();
    const [first, second] = [1, 2].map((height) => ({ height, author: nodeId(height - 1) }));
    if (first === undefined || second === undefined) throw new Error('two were made');
    const block = world.makeBlock('genesis', first.author, world.genesis.header.timestamp + 2_000);
    world.runFor(2_000);
    const engine = node.engine ?? expect.unreachable();
    const hear = (author: number, message: PbftMessage) =>
      engine.on(
        {
          kind: 'messageReceived',
          from: nodeId(author),
          message: { author: nodeId(author), payload: encodeMessage(message), signature: new Uint8Array(97) },
        },
        world.now,
      );
    for (let count = 0; count < 100_000; count++) {
      const height = 2 + (count % 10);
      expect(hear(2, { kind: 'prepare', height, round: count % 1_000, digest: other(count) })).toEqual([]);
    }
    // Far above, nothing is kept at all.
    expect(hear(2, { kind: 'prepare', height: 13, round: 0, digest: other(0) })).toMatchObject([{ event: 'behind' }]);
    const child = { ...block, id: 'child', height: 2, parentId: block.id, author: second.author, sealHash: other(7) };
    for (const author of [0, 1]) hear(author, { kind: 'commit', height: 2, round: 0, digest: child.sealHash });
    const decided = engine.on(
      {
        kind: 'headChanged',
        head: { header: block, state: world.rules.applyHeader(world.genesis.state, block, []), totalWeight: 1n },
      },
      world.now,
    );
    expect(decided.some(({ kind }) => kind === 'publish')).toBe(false);
    const proposal = signed(second.author, {
      kind: 'proposal',
      height: 2,
      round: 0,
      digest: child.sealHash,
      roundChanges: [],
      certificates: [],
    });
    engine.on({ kind: 'messageReceived', from: 'peer', message: proposal, header: child }, world.now);
    const effects = hear(2, { kind: 'commit', height: 2, round: 0, digest: child.sealHash });
    expect(effects).toMatchObject([{ event: 'decided' }, { kind: 'publish', blockId: 'child' }]);
  });

  const digests = Array.from({ length: 50 }, (_, index) => sha256(text(`block ${index}`)));
  const other = (count: number) => digests[count % 50] ?? expect.unreachable();
});

describe('pbft R9: somebody who is stuck on an old height', () => {
  it('gets the block that it lacks, but no more often than blocks are made', () => {
    const world = new World();
    world.isLinked = (from, to) => to !== world.node(3) || from === world.node(3);
    world.start();
    world.runFor(7_000, () => world.node(0).height >= 2);
    expect(world.node(3).height).toBe(0);
    const sentBefore = world.counts.get('newBlock') ?? 0;
    world.isLinked = () => true;
    world.isLost = (message) => message.kind === 'proposal';
    // Its round ends at six seconds, and its ROUND-CHANGE is about height 1, which is long decided.
    expect(world.runFor(2_500, () => world.node(3).height >= 2)).toBe(true);
    expect(world.counts.get('newBlock') ?? 0).toBeGreaterThan(sentBefore);
  });

  it('pbft N1: late votes get no answer, and asking twice gets one', () => {
    const world = new World().start();
    world.runFor(2_500);
    const engine = world.node(0).engine ?? expect.unreachable();
    const hear = (message: PbftMessage, from: string) =>
      engine.on({ kind: 'messageReceived', from, message: signed(nodeId(3), message) }, world.now);
    const late = { kind: 'roundChange', height: 1, round: 1, prepared: null } as const;
    expect(hear({ kind: 'commit', height: 1, round: 0, digest: sha256(text('x')) }, 'peer')).toEqual([]);
    expect(hear(late, 'peer')).toEqual([{ kind: 'publish', blockId: world.node(0).tip.header.id }]);
    expect(hear({ ...late, round: 2 }, 'peer')).toEqual([]);
    expect(hear({ ...late, round: 2 }, 'other peer')).toHaveLength(1);
    world.runFor(1_000);
    expect(hear({ ...late, round: 3 }, 'peer')).toEqual([]);
  });
});

function decodeOrThrow(payload: Uint8Array): PbftMessage {
  const message = decodeMessageOf(payload);
  if (message === undefined) throw new Error('honest nodes send messages');
  expect(encodeMessage(message)).toEqual(payload);
  return message;
}
