import type { ConsensusHeader, Effect, Evidence, Input } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenLockEvidence } from '../src/broken-lock.ts';
import type { HeightState } from '../src/height.ts';
import { type PbftState, pbft } from '../src/index.ts';
import { LockWatch } from '../src/lock-watch.ts';
import type { PbftMessage, PreparedClaim, ProposalMessage, RoundChangeMessage, VoteMessage } from '../src/message.ts';
import { VoteBook } from '../src/votes.ts';
import {
  CONTEXT,
  certificateOf,
  childOf,
  configOf,
  GENESIS,
  genesisTip,
  holds,
  nodeId,
  roundChangesOf,
  rulesOf,
  sha256,
  signatureOf,
  signed,
  text,
} from './support.ts';

const [digest, other] = [sha256(text('x')), sha256(text('y'))];
const CHEAT = nodeId(1);

const commitIn = (round: number, height = 1): VoteMessage => ({ kind: 'commit', height, round, digest });
const changeTo = (round: number, prepared: PreparedClaim | null = null, height = 1): RoundChangeMessage => ({
  kind: 'roundChange',
  height,
  round,
  prepared,
});

function evidenceOf(commit: VoteMessage, change: RoundChangeMessage, author = CHEAT): Evidence {
  const [first, second] = [commit, change].map((message) => signed(author, message).signature);
  if (first === undefined || second === undefined) throw new Error('no signature');
  const broken = { commit: { message: commit, signature: first }, change: { message: change, signature: second } };
  return brokenLockEvidence(author, broken, CONTEXT);
}

function judge(evidence: Evidence): string {
  const verdict = rulesOf().verifyEvidence?.(evidence, genesisTip().state, []);
  if (verdict?.kind !== 'accept') return verdict?.kind === 'reject' ? verdict.code : 'undecided';
  return verdict.claims.length === 2 && verdict.claims.every(holds) ? 'proven' : 'forged';
}

describe('pbft M4: evidence of a lock that was given up', () => {
  it('pbft M4: counts exactly if the round of the COMMIT lies between what the ROUND-CHANGE claims and asks for', () => {
    const round = fc.integer({ min: 0, max: 6 });
    const law = fc.property(round, round, fc.option(round), (committed, asked, prepared) => {
      const claim = prepared === null ? null : { round: prepared, digest: other };
      const isBroken = (prepared ?? -1) < committed && committed < asked;
      expect(judge(evidenceOf(commitIn(committed), changeTo(asked, claim)))).toBe(
        isBroken ? 'proven' : 'EVIDENCE_NOT_PROVABLE',
      );
    });
    fc.assert(law, { numRuns: 300 });
  });

  it.each<[string, (evidence: Extract<Evidence, { kind: 'custom' }>) => Evidence]>([
    ['another id', (evidence) => ({ ...evidence, id: 'surround' })],
    ['another height', (evidence) => ({ ...evidence, height: 2 })],
    ['bytes behind it', (evidence) => ({ ...evidence, data: Uint8Array.of(...evidence.data, 0) })],
    ['half of it', (evidence) => ({ ...evidence, data: evidence.data.slice(0, evidence.data.length >> 1) })],
    ['messages of two heights', () => evidenceOf(commitIn(0), changeTo(1, null, 2))],
    ['a PREPARE', () => evidenceOf({ ...commitIn(0), kind: 'prepare' }, changeTo(1))],
    ['the ROUND-CHANGE first', () => evidenceOf(changeTo(1) as never, commitIn(0) as never)],
  ])('pbft M4: refused: %s', (_what, change) => {
    const evidence = evidenceOf(commitIn(0), changeTo(1));
    expect(judge(evidence)).toBe('proven');
    if (evidence.kind === 'custom') expect(judge(change(evidence))).toBe('EVIDENCE_NOT_PROVABLE');
  });

  it('pbft M4: whoever has no seat, or is accused of what it did not sign, is not convicted', () => {
    expect(judge(evidenceOf(commitIn(0), changeTo(1), 'stranger'))).toBe('UNKNOWN_OFFENDER');
    expect(judge({ ...evidenceOf(commitIn(0), changeTo(1)), offender: nodeId(2) })).toBe('forged');
  });
});

/** One engine at height 1, with a script in place of a host. */
function engineOf() {
  const config = configOf();
  const engine =
    pbft().createEngine?.(config, rulesOf(config), { ...CONTEXT, self: nodeId(3) }) ?? expect.unreachable();
  let head = genesisTip();
  engine.start({ head, finalized: GENESIS, log: [], entropy: new Uint8Array(32), behind: false }, GENESIS.timestamp);
  const on = (input: Input<PbftState>) => engine.on(input, GENESIS.timestamp + 3_000);
  return {
    usage: () => engine.usage?.() ?? [],
    hear: (author: number, message: PbftMessage, header?: ConsensusHeader) => {
      const from = `peer-${author}`;
      const effects = on({
        kind: 'messageReceived',
        from,
        message: signed(nodeId(author), message),
        ...(header && { header }),
      });
      return accusedIn(effects);
    },
    grow() {
      const header = childOf(head.header, nodeId(0));
      head = { header, state: rulesOf(config).applyHeader(head.state, header, []), totalWeight: 1n };
      on({ kind: 'headChanged', head });
    },
  };
}

/** Whom effects accuse; every accusation must hold. */
function accusedIn(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'accuse') return [];
    expect(judge(effect.evidence)).toBe('proven');
    return [`${effect.evidence.offender} at ${effect.evidence.height}`];
  });
}

const block = childOf(GENESIS, nodeId(1));
/** Node 1 proposes a block of its own in round 1, because nobody was prepared. */
const proposal: ProposalMessage = {
  kind: 'proposal',
  height: 1,
  round: 1,
  digest: block.sealHash,
  roundChanges: roundChangesOf(1, 1, [
    [0, null],
    [1, null],
    [2, null],
  ]),
  certificates: [],
};

describe('who notices a lock that was given up', () => {
  it('pbft M4: whoever hears the COMMIT and then the ROUND-CHANGE, by itself or quoted', () => {
    const engine = engineOf();
    expect(engine.hear(1, commitIn(0))).toEqual([]);
    expect(engine.hear(1, changeTo(1, { round: 0, digest }))).toEqual([]);
    expect(engine.hear(2, changeTo(1))).toEqual([]);
    expect(engine.hear(1, changeTo(2))).toEqual([`${CHEAT} at 1`]);
    expect(engine.hear(1, proposal, block)).toEqual([`${CHEAT} at 1`]);
  });

  it('pbft M4: whoever accepted the proposal and hears the COMMIT later, also when the height has its block', () => {
    const engine = engineOf();
    expect(engine.hear(1, proposal, block)).toEqual([]);
    expect(engine.hear(3, commitIn(0))).toEqual([]);
    expect(engine.hear(2, commitIn(1))).toEqual([]);
    expect(engine.hear(2, commitIn(0))).toEqual([`${nodeId(2)} at 1`]);
    engine.grow();
    engine.grow();
    expect(engine.hear(1, commitIn(0))).toEqual([`${CHEAT} at 1`]);
    expect(engine.hear(0, commitIn(0, 2))).toEqual([]);
  });

  it('pbft M4: only justified proposals are kept, of 32 heights and rounds (simulation I11)', () => {
    const watch = new LockWatch(CONTEXT);
    const at = (height: number) => ({ height, commits: new VoteBook() }) as HeightState;
    for (let height = 1; height <= 100; height++) {
      for (let round = 0; round <= 40; round++) watch.onProposal(at(height), { ...proposal, height, round });
    }
    expect(watch.usage(3)).toEqual({ name: 'roundChangesBehindProposals', count: 3_072, max: 3_072 });
    const hear = (height: number) => watch.onCommit(commitIn(0, height), signed(CHEAT, commitIn(0, height)));
    expect([68, 69, 100].map((height) => hear(height).length)).toEqual([0, 1, 1]);
    const engine = engineOf();
    const unjustified = { ...proposal, roundChanges: proposal.roundChanges.slice(1) };
    engine.hear(1, unjustified, block);
    expect(engine.usage()).toContainEqual({ name: 'roundChangesBehindProposals', count: 0, max: 4_096 });
  });

  it('pbft M4: a harmless proposal for the same round, before it or after it, hides nothing', () => {
    // Of four validators, 0 and 1 committed to x in round 0. Node 1 knows nothing of it in what it proposes in the end.
    const x = childOf(GENESIS, nodeId(0));
    const claim = { round: 0, digest: x.sealHash };
    const harmless: ProposalMessage = {
      ...proposal,
      digest: x.sealHash,
      roundChanges: roundChangesOf(1, 1, [
        [0, claim],
        [1, claim],
        [2, null],
      ]),
      certificates: [certificateOf('prepare', 1, 0, x.sealHash, [0, 1, 2])],
    };
    const commit = { ...commitIn(0), digest: x.sealHash };
    for (const proposals of [
      [harmless, proposal],
      [proposal, harmless],
    ]) {
      const engine = engineOf();
      // Nothing came along that could be accepted, which says nothing about what is quoted.
      for (const message of proposals) engine.hear(1, message, message === proposal ? block : undefined);
      expect(engine.hear(1, commit)).toEqual([`${CHEAT} at 1`]);
      expect(engine.usage()).toContainEqual({ name: 'roundChangesBehindProposals', count: 3, max: 4_096 });
    }
  });

  it('pbft M4: what a claim quotes is compared as its author signed it', () => {
    const watch = new LockWatch(CONTEXT);
    const height = { height: 1, commits: new VoteBook() } as HeightState;
    height.commits.add(2, { author: CHEAT, signature: signatureOf(CHEAT, digest) }, digest, 0);
    const quoting = (prepared: PreparedClaim | null, round = 3) =>
      watch.onProposal(height, { ...proposal, round, roundChanges: roundChangesOf(1, round, [[1, prepared]]) });
    expect(quoting({ round: 2, digest: other })).toEqual([]);
    expect(quoting({ round: 1, digest }, 4)).toMatchObject([{ kind: 'custom', id: 'brokenLock', offender: CHEAT }]);
  });
});
