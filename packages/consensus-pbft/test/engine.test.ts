import type { ConsensusHeader, Effect, Input } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { FutureBuffer } from '../src/future.ts';
import { type PbftState, pbft } from '../src/index.ts';
import { StepLock } from '../src/journal.ts';
import { decodeMessage, type PbftMessage, ROUND_MAX } from '../src/message.ts';
import { RoundChangeBook, VoteBook } from '../src/votes.ts';
import {
  CONTEXT,
  certificateOf,
  childOf,
  configOf,
  GENESIS,
  genesisTip,
  nodeId,
  roundChangesOf,
  rulesOf,
  sha256,
  signed,
  text,
} from './support.ts';

type Validated = Extract<Input<PbftState>, { kind: 'blockValidated' }>['result'];

/** One engine, with a script in place of a host. */
function engineOf(
  self: number | null,
  overrides: { readonly behind?: boolean; readonly log?: readonly Uint8Array[] } = {},
) {
  const config = configOf();
  const context = { ...CONTEXT, self: self === null ? null : nodeId(self) };
  const engine = pbft().createEngine?.(config, rulesOf(config), context) ?? expect.unreachable();
  const { behind = false, log = [] } = overrides;
  let now = GENESIS.timestamp;
  const head = genesisTip();
  const started = engine.start({ head, finalized: GENESIS, log, entropy: new Uint8Array(32), behind }, now);
  const on = (input: Input<PbftState>) => engine.on(input, now);
  return {
    started,
    on,
    at(time: number) {
      now = GENESIS.timestamp + time;
    },
    hear: (author: number, message: PbftMessage, header?: ConsensusHeader) =>
      on({
        kind: 'messageReceived',
        from: `peer-${author}`,
        message: signed(nodeId(author), message),
        ...(header && { header }),
      }),
    elapse: (timerId: string) => on({ kind: 'timerElapsed', timerId }),
    validated: (blockId: string, result: Validated) => on({ kind: 'blockValidated', blockId, result }),
    head: (header: ConsensusHeader) =>
      on({
        kind: 'headChanged',
        head: { header, state: rulesOf(config).applyHeader(head.state, header, []), totalWeight: 1n },
      }),
  };
}

const sent = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [decodeMessage(effect.payload)?.kind] : []));
const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind).filter((kind) => kind !== 'trace');
const events = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'trace' ? [`${effect.event} ${effect.data?.code ?? ''}`.trim()] : []));

const block = childOf(GENESIS, nodeId(0));
const proposal = (header: ConsensusHeader = block, round = 0): PbftMessage => ({
  kind: 'proposal',
  height: 1,
  round,
  digest: header.sealHash,
  roundChanges: [],
  certificates: [],
});
const vote = (kind: 'prepare' | 'commit', round = 0, header: ConsensusHeader = block): PbftMessage => ({
  kind,
  height: 1,
  round,
  digest: header.sealHash,
});
const change = (round: number, prepared: { round: number; digest: Uint8Array } | null = null): PbftMessage => ({
  kind: 'roundChange',
  height: 1,
  round,
  prepared,
});

/** An engine that has accepted the block of round 0. */
function accepting(self = 3) {
  const engine = engineOf(self);
  engine.at(2_000);
  engine.hear(0, proposal(), block);
  return { ...engine, accepted: engine.validated(block.id, 'valid') };
}

describe('pbft R1: proposing', () => {
  it('the proposer waits for the block time, and gives the ledger half of the round', () => {
    const engine = engineOf(0);
    const due = GENESIS.timestamp + 2_000;
    expect(engine.started).toContainEqual({ kind: 'setTimer', timerId: 'propose', at: due });
    expect(engine.started).toContainEqual({ kind: 'setTimer', timerId: 'round', at: due + 4_000 });
    engine.at(2_005);
    expect(engine.elapse('propose')).toEqual([
      {
        kind: 'buildBlock',
        requestId: 'build/1/0',
        parentId: 'genesis',
        timestamp: due + 5,
        digest: new Uint8Array(),
        deadline: due + 2_005,
      },
    ]);
    expect(engine.elapse('propose')).toEqual([]);
    const built = engine.on({ kind: 'blockBuilt', requestId: 'build/1/0', header: block });
    expect(kinds(built)).toEqual(['persist', 'send']);
    expect(built[0]).toMatchObject({ height: 1, blockId: block.id });
    expect(built[1]).toMatchObject({
      blockId: block.id,
      sticky: 'untilHeadChanges',
      guard: { lane: 'proposal', sequence: [1, 0] },
    });
    expect(engine.on({ kind: 'blockBuilt', requestId: 'build/1/0', header: block })).toEqual([]);
  });

  it('others do not, and nobody proposes what was not built or came too late', () => {
    expect(engineOf(1).started).toMatchObject([{ timerId: 'round' }]);
    expect(engineOf(1).elapse('propose')).toEqual([]);
    const engine = engineOf(0);
    engine.at(2_000);
    engine.elapse('propose');
    engine.at(6_000);
    engine.elapse('round');
    expect(engine.on({ kind: 'blockBuilt', requestId: 'build/1/0', header: block })).toEqual([]);
    const other = engineOf(0);
    other.at(2_000);
    other.elapse('propose');
    expect(other.on({ kind: 'blockBuilt', requestId: 'build/1/0', header: null })).toEqual([]);
  });

  it('a block of the past gets the time of the parent plus the block time', () => {
    const engine = engineOf(0);
    expect(engine.elapse('propose')).toMatchObject([{ kind: 'buildBlock', timestamp: GENESIS.timestamp + 2_000 }]);
  });
});

describe('pbft R2: accepting', () => {
  it('PREPARE follows the check of the block, and is durable first', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    expect(engine.hear(0, proposal(), block)).toEqual([{ kind: 'validateBlock', blockId: block.id }]);
    const effects = engine.validated(block.id, 'valid');
    expect(kinds(effects)).toEqual(['setTimer', 'persist', 'send']);
    expect(effects[0]).toMatchObject({ timerId: 'round', at: GENESIS.timestamp + 6_000 });
    expect(effects[1]).toMatchObject({ blockId: block.id });
    expect(effects[2]).toMatchObject({ guard: { lane: 'prepare', sequence: [1, 0] } });
    expect(effects[2]).not.toHaveProperty('blockId');
  });

  it('accepts one proposal in a round, and looks at no second one', () => {
    const second = childOf(GENESIS, nodeId(0), 'b');
    const waiting = engineOf(3);
    waiting.at(2_000);
    waiting.hear(0, proposal(), block);
    expect(kinds(waiting.hear(0, proposal(second), second))).toEqual([]);
    const { hear } = accepting();
    expect(kinds(hear(0, proposal(second), second))).toEqual([]);
    expect(kinds(hear(0, proposal(), block))).toEqual([]);
  });

  it.each<[string, () => readonly Effect[], string]>([
    ['P: of another validator', () => engineOf(3).hear(1, proposal(), block), 'WRONG_PROPOSER'],
    ['P: of another round than its turn', () => engineOf(3).hear(0, proposal(block, 1), block), 'WRONG_PROPOSER'],
    [
      'J4: with the block of somebody else',
      () => engineOf(3).hear(0, proposal(childOf(GENESIS, nodeId(1))), childOf(GENESIS, nodeId(1))),
      'WRONG_AUTHOR',
    ],
    ['without its block', () => engineOf(3).hear(0, proposal()), 'BLOCK_MISSING'],
    ['with another block', () => engineOf(3).hear(0, proposal(), childOf(GENESIS, nodeId(0), 'b')), 'BLOCK_MISSING'],
    [
      'pbft M1: with a seal, which makes another identity of the same digest',
      () => engineOf(3).hear(0, proposal(), { ...block, id: 'sealed', seal: Uint8Array.of(1) }),
      'BLOCK_MISSING',
    ],
    [
      'with a block on another parent',
      () => engineOf(3).hear(0, proposal(), { ...block, parentId: 'x' }),
      'BLOCK_MISSING',
    ],
    ['with a block of another height', () => engineOf(3).hear(0, proposal(), { ...block, height: 2 }), 'BLOCK_MISSING'],
    ['J1: of round 1 without reasons', () => engineOf(3).hear(1, proposal(block, 1), block), 'ROUND_CHANGES_MISSING'],
  ])('refuses a proposal %s', (_title, refused, code) => {
    expect(events(refused())).toEqual([`proposalRefused ${code}`]);
    expect(kinds(refused())).toEqual([]);
  });

  it('pbft M1, R8: a copy with a seal stands in the way of no later proposal of the block', () => {
    const engine = engineOf(3);
    const prepared = { round: 0, digest: block.sealHash };
    const again = {
      ...proposal(block, 1),
      roundChanges: roundChangesOf(1, 1, [
        [0, prepared],
        [1, prepared],
        [2, null],
      ]),
      certificates: [certificateOf('prepare', 1, 0, block.sealHash, [0, 1, 2])],
    } as PbftMessage;
    engine.at(2_000);
    engine.hear(0, proposal(), { ...block, id: 'sealed', seal: Uint8Array.of(1) });
    expect(engine.hear(1, again, block)).toEqual([{ kind: 'validateBlock', blockId: block.id }]);
  });

  it('judges time and author of the block that is proposed, not of another one that came along', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    const ahead = childOf(GENESIS, nodeId(0), 'ahead', { timestamp: GENESIS.timestamp + 3_600_000 });
    expect(kinds(engine.hear(0, proposal(ahead), ahead))).toEqual(['setTimer']);
    const roundChanges = roundChangesOf(1, 1, [
      [0, null],
      [1, null],
      [2, null],
    ]);
    const disguised = { ...proposal(ahead, 1), roundChanges } as PbftMessage;
    expect(events(engine.hear(1, disguised, childOf(GENESIS, nodeId(1))))).toEqual(['proposalRefused BLOCK_MISSING']);
  });

  it('drops a proposal of a round that is over, but learns its block for R4', () => {
    const engine = engineOf(3);
    engine.at(6_000);
    engine.elapse('round');
    expect(kinds(engine.hear(0, proposal(), block))).toEqual([]);
    for (const author of [0, 1]) engine.hear(author, vote('commit'));
    expect(kinds(engine.hear(2, vote('commit')))).toEqual(['publish']);
  });

  it('drops an invalid block', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    engine.hear(0, proposal(), block);
    expect(events(engine.validated(block.id, 'invalid'))).toEqual(['proposalRefused BLOCK_INVALID']);
    expect(kinds(engine.validated(block.id, 'valid'))).toEqual([]);
  });

  it('pbft N5: looks again if another copy of the block came while one was checked', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    const check = [{ kind: 'validateBlock', blockId: block.id }];
    expect(engine.hear(0, proposal(), block)).toEqual(check);
    // Nobody signed the body that a peer put beside the proposal, and the true one came second.
    expect(engine.hear(0, proposal(), block)).toEqual([]);
    expect(engine.validated(block.id, 'invalid')).toEqual(check);
    expect(sent(engine.validated(block.id, 'valid'))).toEqual(['prepare']);

    const another = engineOf(3);
    another.at(2_000);
    another.hear(0, proposal(), block);
    const second = childOf(GENESIS, nodeId(0), 'b');
    another.hear(0, proposal(second), second);
    expect(events(another.validated(block.id, 'invalid'))).toEqual(['proposalRefused BLOCK_INVALID']);
  });

  it('pbft N5: asks the sender once for a block that the host lacks', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    engine.hear(0, proposal(), block);
    const fetch = { kind: 'fetchBlock', requestId: 'fetch/1/0', blockId: block.id, from: 'peer-0' };
    expect(engine.validated(block.id, 'unavailable')).toEqual([fetch]);
    expect(engine.on({ kind: 'blockFetched', requestId: 'fetch/1/0', header: block })).toEqual([
      { kind: 'validateBlock', blockId: block.id },
    ]);
    expect(events(engine.validated(block.id, 'unavailable'))).toEqual(['proposalRefused BLOCK_UNAVAILABLE']);
  });

  it('gives up a block that nobody has', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    engine.hear(0, proposal(), block);
    engine.validated(block.id, 'unavailable');
    expect(engine.on({ kind: 'blockFetched', requestId: 'fetch/1/0', header: null })).toEqual([]);
    expect(kinds(engine.validated(block.id, 'valid'))).toEqual([]);
    expect(engine.on({ kind: 'blockFetched', requestId: 'fetch/1/0', header: block })).toEqual([]);
  });

  it('waits with a block of the near future until the skew allows it', () => {
    const engine = engineOf(3);
    engine.at(999);
    const due = GENESIS.timestamp + 1_000;
    expect(engine.hear(0, proposal(), block)).toEqual([{ kind: 'setTimer', timerId: 'future', at: due }]);
    engine.at(1_000);
    expect(engine.elapse('future')).toEqual([{ kind: 'validateBlock', blockId: block.id }]);
  });
});

describe('pbft R3: prepared', () => {
  it('a quorum of PREPAREs locks and commits, once', () => {
    const { hear } = accepting();
    expect(hear(0, vote('prepare'))).toEqual([]);
    expect(hear(1, vote('prepare'))).toEqual([]);
    const effects = hear(2, vote('prepare'));
    expect(kinds(effects)).toEqual(['persist', 'send']);
    expect(effects).toContainEqual(
      expect.objectContaining({ guard: { lane: 'lock', sequence: [1, 0, 1], floors: { lock: 2 ** 20 + 1 } } }),
    );
    expect(hear(3, vote('prepare'))).toEqual([]);
  });

  it('pbft M3: counts nobody twice, no other block, no other round, and nobody without a seat', () => {
    const { hear } = accepting();
    hear(0, vote('prepare'));
    const other = childOf(GENESIS, nodeId(0), 'b');
    for (const [author, message] of [
      [0, vote('prepare')],
      [1, vote('prepare', 0, other)],
      [1, vote('prepare')],
      [2, vote('prepare', 1)],
      [7, vote('prepare')],
      [8, vote('prepare')],
    ] as const) {
      expect(kinds(hear(author, message))).toEqual([]);
    }
    hear(2, vote('prepare'));
    expect(sent(hear(3, vote('prepare')))).toEqual(['commit']);
  });

  it('PREPAREs that came before the proposal count', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    for (const author of [0, 1, 2]) engine.hear(author, vote('prepare'));
    engine.hear(0, proposal(), block);
    expect(sent(engine.validated(block.id, 'valid'))).toEqual(['prepare', 'commit']);
  });

  it('PREPAREs of a round that is over lock nobody', () => {
    const { hear, elapse, at } = accepting();
    at(6_000);
    elapse('round');
    for (const author of [0, 1, 2]) expect(kinds(hear(author, vote('prepare')))).toEqual([]);
  });

  it('PREPAREs for a block that was accepted in a lower round only lock nobody', () => {
    const { hear, elapse, at } = accepting();
    at(6_000);
    elapse('round');
    for (const author of [0, 1, 2]) expect(kinds(hear(author, vote('prepare', 1)))).toEqual([]);
  });
});

describe('pbft R4: decided', () => {
  it('a quorum of COMMITs of one round publishes the block with its seals, once', () => {
    const { hear } = accepting();
    hear(0, vote('commit'));
    hear(1, vote('commit', 1));
    expect(hear(2, vote('commit'))).toEqual([]);
    const effects = hear(3, vote('commit'));
    expect(kinds(effects)).toEqual(['publish']);
    expect(effects).toContainEqual(
      expect.objectContaining({ blockId: block.id, sealing: { kind: 'attach', seal: new Uint8Array() } }),
    );
    expect(hear(1, vote('commit'))).toEqual([]);
  });

  it('COMMITs for a block that nobody showed wait for it', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    for (const author of [0, 1, 2]) expect(engine.hear(author, vote('commit'))).toEqual([]);
    expect(kinds(engine.hear(0, proposal(), block))).toEqual(['publish', 'validateBlock']);
  });

  it('a PREPARED certificate shows it too', () => {
    const engine = engineOf(3);
    for (const author of [0, 1, 2]) engine.hear(author, vote('commit'));
    const certificate = certificateOf('prepare', 1, 0, block.sealHash, [0, 1, 2]);
    expect(kinds(engine.hear(1, { kind: 'prepared', height: 1, round: 0, certificate }, block))).toEqual(['publish']);
  });
});

describe('pbft R6: time-outs', () => {
  it('double with every round, up to 256-fold', () => {
    const engine = engineOf(3);
    let now = 6_000;
    for (let round = 1; round <= 10; round++) {
      engine.at(now);
      const [timer] = engine.elapse('round').filter(({ kind }) => kind === 'setTimer');
      const duration = 4_000 * 2 ** Math.min(round, 8);
      expect(timer).toEqual({ kind: 'setTimer', timerId: 'round', at: GENESIS.timestamp + now + duration });
      now += duration;
    }
  });

  it('pbft S1: a ROUND-CHANGE is durable first, and goes with the lock and its proof', () => {
    const { hear, elapse, at } = accepting();
    for (const author of [0, 1, 2]) hear(author, vote('prepare'));
    at(6_000);
    const effects = elapse('round');
    expect(kinds(effects)).toEqual(['setTimer', 'send', 'persist', 'send']);
    expect(sent(effects)).toEqual(['prepared', 'roundChange']);
    const sends = effects.filter(({ kind }) => kind === 'send');
    expect(sends[0]).toMatchObject({ blockId: block.id, guard: { lane: 'prepared', sequence: [1, 1] } });
    expect(sends[1]).toMatchObject({ guard: { lane: 'lock', sequence: [1, 1, 0], floors: { lock: 2 ** 20 + 1 } } });
  });

  it('pbft R7: f + 1 distinct validators, not f + 1 rounds of one', () => {
    const engine = engineOf(3);
    engine.hear(0, change(5));
    expect(events(engine.hear(0, change(7)))).toEqual([]);
    expect(events(engine.hear(1, change(9)))).toEqual(['roundEntered']);
  });

  it('pbft N4: far rounds count with the highest of each validator', () => {
    const engine = engineOf(3);
    for (const round of [70, 500, 400]) expect(kinds(engine.hear(0, change(round)))).toEqual([]);
    const effects = engine.hear(1, change(900));
    const place = effects.flatMap((effect) => (effect.kind === 'send' ? [decodeMessage(effect.payload)?.round] : []));
    expect(place).toEqual([500]);
  });

  it('pbft J2: a claim of its own round or later counts for nothing', () => {
    const engine = engineOf(3);
    for (const author of [0, 1, 2]) {
      expect(events(engine.hear(author, change(1, { round: 1, digest: block.sealHash })))).toEqual(['claimRefused']);
    }
  });

  it('the last round is the last', () => {
    const engine = engineOf(3);
    engine.hear(0, change(ROUND_MAX));
    engine.hear(1, change(ROUND_MAX));
    expect(kinds(engine.elapse('round'))).toEqual([]);
  });
});

describe('pbft R8: proposing in a later round', () => {
  const prepared = { round: 0, digest: block.sealHash };
  const certificate = certificateOf('prepare', 1, 0, block.sealHash, [0, 1, 2]);

  it('a quorum of ROUND-CHANGEs without claims lets the proposer build', () => {
    const engine = engineOf(1);
    engine.at(6_000);
    engine.elapse('round');
    engine.hear(1, change(1));
    engine.hear(2, change(1));
    const effects = engine.hear(3, change(1));
    expect(effects).toMatchObject([{ kind: 'buildBlock', requestId: 'build/1/1' }]);
    const fresh = childOf(GENESIS, nodeId(1));
    expect(sent(engine.on({ kind: 'blockBuilt', requestId: 'build/1/1', header: fresh }))).toEqual(['proposal']);
  });

  it('a claim that is proven while the block is built comes first', () => {
    const engine = engineOf(1);
    engine.at(6_000);
    engine.elapse('round');
    for (const author of [1, 2, 3]) engine.hear(author, change(1));
    engine.hear(0, change(1, prepared));
    const [proposed] = engine
      .hear(0, { kind: 'prepared', height: 1, round: 0, certificate }, block)
      .filter(({ kind }) => kind === 'send');
    expect(proposed).toMatchObject({ blockId: block.id });
    const fresh = childOf(GENESIS, nodeId(1));
    expect(kinds(engine.on({ kind: 'blockBuilt', requestId: 'build/1/1', header: fresh }))).toEqual([]);
  });

  it('a claim without its block cannot be proposed, nor can anything else', () => {
    const engine = engineOf(1);
    engine.at(6_000);
    engine.elapse('round');
    for (const author of [1, 2]) engine.hear(author, change(1));
    engine.hear(0, change(1, prepared));
    const message = { kind: 'prepared', height: 1, round: 0, certificate } as const;
    expect(events(engine.hear(0, message))).toEqual(['valueUnknown']);
    expect(sent(engine.hear(0, message, block))).toEqual(['proposal']);
  });

  it('only the proposer of the round proposes', () => {
    const engine = engineOf(2);
    engine.at(6_000);
    engine.elapse('round');
    for (const author of [0, 1, 2, 3]) expect(kinds(engine.hear(author, change(1)))).toEqual([]);
  });

  it('pbft R2, J3: the others follow a justified proposal into its round', () => {
    const engine = engineOf(3);
    const justified: PbftMessage = {
      ...proposal(block, 1),
      roundChanges: roundChangesOf(1, 1, [
        [0, prepared],
        [1, null],
        [2, null],
      ]),
      certificates: [certificate],
    } as PbftMessage;
    engine.at(2_000);
    expect(kinds(engine.hear(1, justified, block))).toEqual(['validateBlock']);
    const effects = engine.validated(block.id, 'valid');
    expect(events(effects)).toEqual(['roundEntered']);
    expect(effects).toContainEqual(expect.objectContaining({ guard: { lane: 'prepare', sequence: [1, 1] } }));
    expect(kinds(engine.hear(0, proposal(), block))).toEqual([]);
  });
});

describe('pbft S2: a restart', () => {
  /** What an engine wrote down, and sent, in rounds 0 and 1: it is locked in round 0. */
  function logOf(untilRound: number) {
    const { hear, elapse, at, accepted } = accepting();
    const effects = [...accepted, ...[0, 1, 2].flatMap((author) => hear(author, vote('prepare')))];
    for (let round = 1; round <= untilRound; round++) {
      at(2_000 + 4_000 * (2 ** round - 1));
      effects.push(...elapse('round'));
    }
    return {
      log: effects.flatMap((effect) => (effect.kind === 'persist' ? [effect.entry] : [])),
      sends: effects.flatMap((effect) => (effect.kind === 'send' ? [effect] : [])),
    };
  }

  it('goes on in the round of the last message, with the lock, the same bytes and the same guards', () => {
    const { log, sends } = logOf(2);
    const engine = engineOf(3, { log });
    const again = engine.started.flatMap((effect) => (effect.kind === 'send' ? [effect] : []));
    expect(again).toEqual(sends.slice(-2));
    expect(sent(again)).toEqual(['prepared', 'roundChange']);
    expect(engine.started).toContainEqual({ kind: 'setTimer', timerId: 'round', at: GENESIS.timestamp + 16_000 });
    expect(decodeMessage(again[1]?.payload ?? new Uint8Array())).toMatchObject({ round: 2, prepared: { round: 0 } });
    // The lock goes on into the rounds to come.
    engine.at(16_000);
    const next = engine.elapse('round').flatMap((effect) => (effect.kind === 'send' ? [effect] : []));
    expect(decodeMessage(next[1]?.payload ?? new Uint8Array())).toMatchObject({ round: 3, prepared: { round: 0 } });
  });

  it('sends the votes of its round again, and none of them in another form', () => {
    const { log, sends } = logOf(0);
    const engine = engineOf(3, { log });
    expect(engine.started.flatMap((effect) => (effect.kind === 'send' ? [effect] : []))).toEqual(sends);
    expect(sent(sends)).toEqual(['prepare', 'commit']);
    for (const author of [0, 1, 2]) expect(kinds(engine.hear(author, vote('prepare')))).toEqual([]);
    const second = childOf(GENESIS, nodeId(0), 'b');
    expect(kinds(engine.hear(0, proposal(second), second))).toEqual([]);
    // The block is known from the log.
    for (const author of [0, 1]) engine.hear(author, vote('commit'));
    expect(kinds(engine.hear(2, vote('commit')))).toEqual(['publish']);
  });

  it('contract H-44: a node that starts behind its peers sends them once it has caught up, if the height is still open', () => {
    const { log, sends } = logOf(2);
    const engine = engineOf(3, { log, behind: true });
    expect(kinds(engine.started)).toEqual([]);
    engine.at(20_000);
    const caughtUp = engine.on({ kind: 'syncChanged', behind: false });
    expect(caughtUp).toEqual([
      ...sends.slice(-2),
      { kind: 'setTimer', timerId: 'round', at: GENESIS.timestamp + 20_000 + 16_000 },
    ]);
    engine.on({ kind: 'syncChanged', behind: true });
    expect(kinds(engine.on({ kind: 'syncChanged', behind: false }))).toEqual(['setTimer']);

    const late = engineOf(3, { log, behind: true });
    late.head(block);
    expect(kinds(late.on({ kind: 'syncChanged', behind: false }))).toEqual(['setTimer']);
  });

  it('sends no ROUND-CHANGE after the COMMIT of its round', () => {
    const { log } = logOf(1);
    const engine = engineOf(3, { log });
    const justified = {
      ...proposal(block, 1),
      roundChanges: roundChangesOf(1, 1, [
        [0, null],
        [1, null],
        [2, null],
      ]),
    } as PbftMessage;
    const own = childOf(GENESIS, nodeId(1));
    engine.at(6_000);
    engine.hear(1, { ...justified, digest: own.sealHash } as PbftMessage, own);
    const effects = engine.validated(own.id, 'valid');
    const voted = [...effects, ...[0, 1, 2].flatMap((author) => engine.hear(author, vote('prepare', 1, own)))];
    const entries = voted.flatMap((effect) => (effect.kind === 'persist' ? [effect.entry] : []));
    const again = engineOf(3, { log: [...log, ...entries] });
    expect(sent(again.started)).toEqual(['prepare', 'commit']);
    expect(again.started).toContainEqual(
      expect.objectContaining({ guard: { lane: 'lock', sequence: [1, 1, 1], floors: { lock: 2 ** 20 + 2 } } }),
    );
  });

  it('ignores what is no entry, or of another height', () => {
    const { log } = logOf(0);
    const [entry = new Uint8Array()] = log;
    for (const foreign of [Uint8Array.of(1), entry.subarray(1), Uint8Array.of(...entry, 0)]) {
      expect(events(engineOf(3, { log: [foreign] }).started)).toEqual([]);
    }
    expect(events(engineOf(3, { log: [Uint8Array.of(1), ...log] }).started)).toEqual(['resumed']);
  });

  it('of the proposer proposes the same block, and builds no other one', () => {
    const engine = engineOf(0);
    engine.at(2_000);
    engine.elapse('propose');
    const built = engine.on({ kind: 'blockBuilt', requestId: 'build/1/0', header: block });
    const log = built.flatMap((effect) => (effect.kind === 'persist' ? [effect.entry] : []));
    const again = engineOf(0, { log });
    expect(again.started.filter(({ kind }) => kind === 'send')).toEqual(built.filter(({ kind }) => kind === 'send'));
    again.at(2_000);
    expect(again.elapse('propose')).toEqual([]);
  });
});

describe('who stays silent', () => {
  it.each<[string, ReturnType<typeof engineOf>]>([
    ['an observer', engineOf(null)],
    ['a member without a seat', engineOf(7)],
    ['a node behind its peers', engineOf(3, { behind: true })],
  ])('%s signs nothing', (_title, engine) => {
    expect(engine.started).toEqual([]);
    engine.at(2_000);
    const effects = [
      ...engine.elapse('propose'),
      ...engine.hear(0, proposal(), block),
      ...engine.validated(block.id, 'valid'),
      ...[0, 1, 2].flatMap((author) => engine.hear(author, vote('prepare'))),
      ...engine.elapse('round'),
      ...[0, 1, 2].flatMap((author) => engine.hear(author, change(3))),
    ];
    expect(effects.filter(({ kind }) => kind !== 'trace' && kind !== 'validateBlock')).toEqual([]);
  });

  it('an observer hands nothing to the host either, a member without a seat does', () => {
    const publishes = (self: number | null) => {
      const engine = engineOf(self);
      engine.at(2_000);
      engine.hear(0, proposal(), block);
      return [0, 1, 2].flatMap((author) => kinds(engine.hear(author, vote('commit'))));
    };
    expect(publishes(null)).toEqual([]);
    expect(publishes(7)).toEqual(['publish']);
  });

  it('a node that caught up takes part again', () => {
    const engine = engineOf(0, { behind: true });
    engine.at(3_000);
    const effects = engine.on({ kind: 'syncChanged', behind: false });
    expect(effects).toMatchObject([{ timerId: 'round' }, { timerId: 'propose', at: GENESIS.timestamp + 3_000 }]);
    expect(engine.on({ kind: 'syncChanged', behind: true })).toEqual([]);
  });
});

describe('contract H-44: what came while a node was behind its peers', () => {
  it('pbft R2, R3: it votes for what it accepted in the meantime, once', () => {
    const engine = engineOf(3, { behind: true });
    engine.at(2_000);
    engine.hear(0, proposal(), block);
    engine.validated(block.id, 'valid');
    const caughtUp = () => engine.on({ kind: 'syncChanged', behind: false });
    expect(sent(caughtUp())).toEqual(['prepare']);
    engine.on({ kind: 'syncChanged', behind: true });
    for (const author of [0, 1, 2]) engine.hear(author, vote('prepare'));
    expect(sent(caughtUp())).toEqual(['commit']);
    expect(sent(caughtUp())).toEqual([]);

    const late = engineOf(3, { behind: true });
    late.at(2_000);
    late.hear(0, proposal(), block);
    late.validated(block.id, 'valid');
    for (const author of [0, 1, 2]) late.hear(author, vote('prepare'));
    expect(sent(late.on({ kind: 'syncChanged', behind: false }))).toEqual(['prepare', 'commit']);
  });

  it('pbft R7: it goes at once to the round that others wait for it in', () => {
    const engine = engineOf(3, { behind: true });
    engine.at(600_000);
    for (const author of [0, 1]) engine.hear(author, change(9));
    const caughtUp = engine.on({ kind: 'syncChanged', behind: false });
    expect(events(caughtUp)).toEqual(['roundEntered']);
    expect(sent(caughtUp)).toEqual(['roundChange']);
  });

  it('pbft R8: it proposes if it is its turn', () => {
    const engine = engineOf(1, { behind: true });
    engine.at(6_000);
    for (const author of [0, 2, 3]) engine.hear(author, change(5));
    expect(kinds(engine.on({ kind: 'syncChanged', behind: false }))).toContain('buildBlock');
  });
});

describe('pbft S3: another head of the same height, where an era begins on a block that is not final', () => {
  const rival: ConsensusHeader = { ...GENESIS, id: 'rival', parentId: 'below' };
  const claim = { round: 0, digest: block.sealHash };
  const certificate = certificateOf('prepare', 1, 0, block.sealHash, [0, 1, 2]);

  it('pbft S3: the lock stays, and with it what the guard allows', () => {
    const engine = accepting();
    for (const author of [0, 1, 2]) engine.hear(author, vote('prepare'));
    expect(sent(engine.head(rival))).toEqual([]);
    engine.at(8_000);
    const sends = engine.elapse('round').flatMap((effect) => (effect.kind === 'send' ? [effect] : []));
    expect(sends.map(({ payload }) => decodeMessage(payload))).toMatchObject([
      { kind: 'prepared', certificate },
      { kind: 'roundChange', round: 1, prepared: claim },
    ]);
    expect(sends[1]?.guard?.floors).toEqual({ lock: 2 ** 20 + 1 });
  });

  it('pbft S3: no vote of a round is given twice', () => {
    const engine = accepting();
    engine.head(rival);
    const other = childOf(rival, nodeId(0));
    expect(kinds(engine.hear(0, proposal(other), other))).toEqual([]);
    // What it voted for may become final all the same.
    for (const author of [0, 1]) engine.hear(author, vote('commit'));
    expect(kinds(engine.hear(2, vote('commit')))).toEqual(['publish']);
  });

  it('pbft R8: what was prepared on the other head is proposed again, and nothing else', () => {
    const engine = engineOf(1);
    engine.head(rival);
    engine.at(6_000);
    engine.elapse('round');
    engine.hear(0, { kind: 'prepared', height: 1, round: 0, certificate }, block);
    for (const author of [1, 2]) engine.hear(author, change(1));
    const effects = engine.hear(0, change(1, claim));
    expect(sent(effects)).toEqual(['proposal']);
    expect(effects).toContainEqual(expect.objectContaining({ kind: 'send', blockId: block.id }));
  });

  it('pbft R2: and accepted, while a new block has to be on the head', () => {
    const engine = engineOf(3);
    engine.head(rival);
    engine.at(2_000);
    expect(events(engine.hear(0, proposal(), block))).toEqual(['proposalRefused BLOCK_MISSING']);
    const again = {
      ...proposal(block, 1),
      roundChanges: roundChangesOf(1, 1, [
        [0, claim],
        [1, null],
        [2, null],
      ]),
      certificates: [certificate],
    } as PbftMessage;
    expect(kinds(engine.hear(1, again, block))).toEqual(['validateBlock']);
    expect(sent(engine.validated(block.id, 'valid'))).toEqual(['prepare']);
  });

  it('a proposer builds anew on the other head', () => {
    const engine = engineOf(0);
    engine.at(2_000);
    expect(kinds(engine.elapse('propose'))).toEqual(['buildBlock']);
    const effects = engine.head(rival);
    expect(effects).toContainEqual({ kind: 'cancel', requestId: 'build/1/0' });
    expect(effects).toContainEqual({ kind: 'setTimer', timerId: 'propose', at: GENESIS.timestamp + 2_000 });
    expect(engine.elapse('propose')).toMatchObject([{ kind: 'buildBlock', parentId: 'rival' }]);
  });
});

describe('pbft R4: names of blocks', () => {
  it('pbft R4: junk of another proposer does not push out the block that this node votes for', () => {
    const engine = engineOf(3);
    const own = childOf(GENESIS, nodeId(1));
    const roundChanges = roundChangesOf(1, 1, [
      [0, null],
      [1, null],
      [2, null],
    ]);
    engine.at(6_000);
    engine.hear(1, { ...proposal(own, 1), roundChanges } as PbftMessage, own);
    engine.validated(own.id, 'valid');
    for (let name = 0; name < 300; name++) {
      const junk = childOf(GENESIS, nodeId(0), `junk ${name}`);
      engine.hear(0, proposal(junk), junk);
    }
    for (const author of [0, 1]) engine.hear(author, vote('commit', 1, own));
    expect(kinds(engine.hear(2, vote('commit', 1, own)))).toEqual(['publish']);
  });
});

describe('a new head', () => {
  it('pbft R5: ends the height with all that was open, and takes the messages that came early', () => {
    const engine = engineOf(1);
    engine.at(2_000);
    const second = childOf(block, nodeId(1));
    engine.hear(0, proposal(), block);
    engine.validated(block.id, 'unavailable');
    for (const author of [0, 2, 3]) {
      expect(engine.hear(author, { ...vote('commit', 0, second), height: 2 } as PbftMessage)).toEqual([]);
    }
    const effects = engine.head(block);
    expect(effects).toContainEqual({ kind: 'cancel', requestId: 'fetch/1/0' });
    expect(effects).toContainEqual({ kind: 'setTimer', timerId: 'propose', at: block.timestamp + 2_000 });
    expect(engine.on({ kind: 'blockFetched', requestId: 'fetch/1/0', header: block })).toEqual([]);
    engine.at(4_000);
    engine.elapse('propose');
    expect(kinds(engine.on({ kind: 'blockBuilt', requestId: 'build/2/0', header: second }))).toEqual([
      'persist',
      'send',
    ]);
    expect(kinds(engine.hear(1, { ...proposal(second), height: 2 } as PbftMessage, second))).toContain('publish');
    expect(engine.head(block)).toEqual([]);
  });
});

describe('books', () => {
  const digest = sha256(text('a'));

  it('pbft S3: no step is taken twice, or after a later one', () => {
    const steps = new StepLock();
    const take = (kind: 'roundChange' | 'proposal' | 'prepare' | 'commit', round: number) =>
      steps.take({ kind, height: 1, round, digest, prepared: null, roundChanges: [], certificates: [] } as never);
    expect([
      take('proposal', 0),
      take('prepare', 0),
      take('prepare', 0),
      take('proposal', 0),
      take('commit', 0),
    ]).toEqual([true, true, false, false, true]);
    expect([take('roundChange', 1), take('commit', 0), take('roundChange', 1), take('prepare', 1)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('pbft N4, M3: votes count in a window of rounds, the first of each author, and what leaves it is forgotten', () => {
    const book = new VoteBook();
    const by = (author: string) => ({ author, signature: Uint8Array.of(author.length) });
    for (const round of [0, 35, 36, 100, 164, 165]) book.add(round, by('a'), digest, 100);
    book.add(100, by('bb'), digest, 100);
    book.add(100, by('a'), sha256(text('b')), 100);
    expect(book.size).toBe(4);
    expect(book.supporters(100, digest)).toEqual([by('a'), by('bb')]);
    expect([...book.candidates()].map(({ round }) => round)).toEqual([36, 100, 164]);
    book.prune(101);
    expect(book.size).toBe(3);
  });

  it('pbft N4: ROUND-CHANGEs of far rounds come within reach', () => {
    const book = new RoundChangeBook();
    const by = (author: string) => ({ author, signature: Uint8Array.of(1), prepared: null });
    book.add(2, by('a'), 3);
    for (const round of [3, 67, 68, 300]) book.add(round, by('a'), 3);
    expect(book.size).toBe(3);
    expect(book.rounds()).toEqual([3, 67]);
    expect([...book.above(3)]).toEqual([['a', 300]]);
    book.advance(240);
    expect(book.rounds()).toEqual([300]);
    expect(book.at(300)).toEqual([by('a')]);
    expect(book.size).toBe(1);
  });

  it('pbft N2: every seat has its share, all others one together, and shares refill as heights pass', () => {
    const buffer = new FutureBuffer();
    const fill = (height: number, sender: string | null, seats: number) => {
      for (let round = 0; round < 2_000; round++) {
        const arrival = { from: 'peer', message: signed(sender ?? 'x', vote('prepare', round)), header: undefined };
        if (!buffer.add(height, arrival, sender, seats)) return round;
      }
      return 2_000;
    };
    expect([fill(5, 'a', 4), fill(6, 'b', 3), fill(6, null, 4), fill(7, null, 4)]).toEqual([250, 334, 8, 0]);
    expect(fill(6, 'c', 1_000)).toBe(8);
    expect(buffer.take(5)).toHaveLength(250);
    expect(buffer.size).toBe(350);
    expect(fill(9, 'a', 4)).toBe(250);
    expect(buffer.take(7)).toEqual([]);
    expect(buffer.size).toBe(250);
  });
});

describe('pbft N2: messages of the next height', () => {
  const second = childOf(block, nodeId(1));
  const early = (message: PbftMessage) => ({ ...message, height: 2 }) as PbftMessage;

  it('pbft N2: whoever passes one on in many envelopes takes no room of its author', () => {
    const engine = engineOf(3);
    engine.at(2_000);
    const junk = (name: number) => childOf(block, nodeId(1), `junk ${name}`);
    for (let copy = 0; copy < 300; copy++) {
      for (const author of [0, 1, 2]) engine.hear(author, early(vote('prepare', 0, second)), junk(copy));
      engine.hear(1, early(proposal(second)), copy % 2 === 0 ? undefined : junk(copy));
    }
    // What counts comes last.
    engine.hear(1, early(proposal(second)), second);
    for (const author of [0, 1, 2]) engine.hear(author, early(vote('commit', 0, second)));
    expect(kinds(engine.head(block))).toContain('publish');
  });
});

describe('pbft R10: a height without a block', () => {
  it('in every fourth round the newest block is shown to everybody, but no block of others', () => {
    const engine = engineOf(3);
    const shown = () => engine.elapse('round').flatMap((effect) => (effect.kind === 'publish' ? [effect.blockId] : []));
    expect(Array.from({ length: 4 }, shown).flat()).toEqual([]);
    engine.head(block);
    expect(Array.from({ length: 8 }, shown)).toEqual([[], [], [], [block.id], [], [], [], [block.id]]);
  });
});
