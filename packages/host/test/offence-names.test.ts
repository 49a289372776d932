/** Which evidence is of one offence: nobody may hide an offence behind another, or have one punished twice (contract H-31). */
import {
  type Artefact,
  accept,
  type Claim,
  type ConsensusPlugin,
  compareBytes,
  type Effect,
  type Evidence,
  encodeSignedMessage,
  type Fact,
  MESSAGE_DOMAIN,
  reject,
} from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { answerOf, branchOf, childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { createStubSigner, stubSign } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const { genesis } = createFakeChain();
const place = { era: 0, protocol: SCRIPTED, offender: 'bob' } as const;

function conflictKey(artefact: Artefact): string {
  return artefact.kind === 'header'
    ? `${artefact.header.author}/${artefact.header.height}`
    : `${artefact.message.author}/vote`;
}

/** Two votes of Bob, by default the same two, for a height that whoever reports them makes up. */
function votesAt(height: number, salt = 0): Evidence {
  const encoded = [1, 2].map((value) => {
    const payload = weigh(value, salt);
    const signature = stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, payload, 'bob');
    return encodeSignedMessage({ author: 'bob', payload, signature });
  });
  const [first, second] = encoded.sort(compareBytes);
  if (first === undefined || second === undefined) throw new Error('two votes');
  return { kind: 'equivocation', ...place, height, subject: 'message', first, second };
}

/** Two headers of Bob at height 1. */
function headers(): Evidence {
  const blocks = [1, 2].map((salt) => childOf(genesis, { author: 'bob', digest: weigh(1, salt) }));
  const [first, second] = blocks.map(({ headerBytes }) => headerBytes).sort(compareBytes);
  if (first === undefined || second === undefined) throw new Error('two headers');
  return { kind: 'equivocation', ...place, height: 1, subject: 'header', first, second };
}

const custom = (id: string): Evidence => ({ kind: 'custom', ...place, height: 1, id, data: weigh(1) });

async function started(rules: Script['rules'] = {}): Promise<TestNode> {
  const script = {
    rules: { conflictKey, verifyEvidence: () => accept(), ...rules },
    requires: { facts: ['evidence'] },
  } as const;
  const node = createNode({ plugin: scripted(script) as ConsensusPlugin });
  await node.host.start();
  return node;
}

const carrying = (...evidence: Evidence[]) => childOf(genesis, { timestamp: 5_000, evidence });

describe('contract H-31: no offence hides another', () => {
  test('not votes, for which their reporter makes up the height of two headers', async () => {
    const node = await started();
    expect(await node.host.importBlock(carrying(votesAt(1)).bytes)).toMatchObject({ kind: 'adopted' });
    expect(await node.host.submitEvidence(headers())).toEqual({ kind: 'added' });
  });

  test('nor one of another kind that rules know', async () => {
    const node = await started();
    expect(await node.host.submitEvidence(custom('surround'))).toEqual({ kind: 'added' });
    expect(await node.host.submitEvidence(custom('conflict'))).toEqual({ kind: 'added' });
    expect(await node.host.submitEvidence(custom('conflict'))).toEqual({ kind: 'known' });
  });

  test('all of them fit into one block', async () => {
    const node = await started();
    const block = carrying(votesAt(1), headers(), custom('surround'), custom('conflict'));
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
  });

  test('nor votes that nobody can include any more, because of what their reporter told', async () => {
    const node = await started({
      verifyEvidence: (evidence, state) => (evidence.height < state.height ? reject('EVIDENCE_TOO_OLD') : accept()),
    });
    expect(await node.host.submitEvidence(votesAt(0))).toEqual({ kind: 'added' });
    expect(await node.host.submitEvidence(votesAt(5))).toEqual({ kind: 'known' });
    await node.host.importBlock(childOf(genesis).bytes);
    expect(await node.host.submitEvidence(votesAt(0))).toMatchObject({ kind: 'rejected', code: 'EVIDENCE_TOO_OLD' });
    expect(await node.host.submitEvidence(votesAt(5))).toEqual({ kind: 'added' });
  });

  test('nor votes that were punished, those that come after them', async () => {
    const nameOf = (evidence: Evidence) => (evidence.kind === 'equivocation' ? evidence.first.join() : '');
    const isDone = (evidence: Evidence, facts: readonly Fact[]) =>
      facts.some((fact) => fact.kind === 'evidence' && nameOf(fact.evidence) === nameOf(evidence));
    const node = await started({
      verifyEvidence: (evidence, { facts }) => (isDone(evidence, facts) ? reject('EVIDENCE_DUPLICATE') : accept()),
      applyHeader: (state, header, facts) => ({ height: header.height, facts: [...state.facts, ...facts] }),
    });
    expect(await node.host.submitEvidence(votesAt(1))).toEqual({ kind: 'added' });
    await node.host.importBlock(carrying(votesAt(1)).bytes);
    expect(await node.host.submitEvidence(votesAt(1))).not.toEqual({ kind: 'added' });
    expect(await node.host.submitEvidence(votesAt(1, 7))).toEqual({ kind: 'added' });
  });
});

test('contract H-31: votes are one offence in a block, whatever heights are made up for them', async () => {
  const node = await started();
  const block = carrying(votesAt(1), votesAt(2));
  expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'rejected', code: 'EVIDENCE_DUPLICATE' });
  const [next] = branchOf(genesis, 1);
  expect(await node.host.importBlock(next?.bytes ?? weigh(1))).toMatchObject({ kind: 'adopted' });
});

test('contract H-31: evidence whose claims hold no more stops no builder', async () => {
  const forged: Claim = { kind: 'signature', signer: 'bob', domain: 'x', data: weigh(1), signature: weigh(2) };
  const build = (head: string): Effect => {
    return { kind: 'buildBlock', requestId: head, parentId: head, timestamp: 9_000, digest: weigh(1), deadline: 9_999 };
  };
  const plugin = scripted({
    rules: {
      verifyHeader: () => accept(),
      // A key that its owner has changed since, for instance.
      verifyEvidence: (_evidence, { height }) => accept(height === 0 ? [] : [forged]),
    },
    on(input, now) {
      if (input.kind === 'headChanged') return input.head.header.height === 1 ? [build(input.head.header.id)] : [];
      if (input.kind === 'timerElapsed') return [build(input.timerId)];
      if (input.kind !== 'blockBuilt' || input.header === null) return [];
      const { id, parentId } = input.header;
      const again: Effect = { kind: 'setTimer', timerId: parentId, at: now + 5_000 };
      return [{ kind: 'publish', blockId: id, sealing: { kind: 'attach', seal: weigh(1) } }, again];
    },
  }) as ConsensusPlugin;
  const clock = createVirtualClock();
  const node = createNode({ plugin, clock, options: { signer: createStubSigner('carol') } });
  await node.host.start();
  expect(await node.host.submitEvidence(custom('conflict'))).toEqual({ kind: 'added' });
  await node.host.importBlock(childOf(genesis, { author: 'dave' }).bytes);
  await clock.runUntil(4_000);
  expect(node.host.head().header.height).toBe(1);
  await clock.runUntil(6_000);
  expect(node.host.head().header.height).toBe(2);
});

test('contract H-31: nor any voter, who sees it in the block of another', async () => {
  const forged: Claim = { kind: 'signature', signer: 'bob', domain: 'x', data: weigh(1), signature: weigh(2) };
  const network = createLoopbackNetwork();
  const first = childOf(genesis);
  const proposal = childOf(first, { evidence: [custom('conflict'), custom('other')] });
  network.join('dave').serve('blocks', async () => answerOf(proposal));
  const told: string[] = [];
  const plugin = scripted({
    rules: {
      verifyEvidence: (evidence, { height }) =>
        accept(height > 0 && evidence.kind === 'custom' && evidence.id === 'conflict' ? [forged] : []),
    },
    on(input): readonly Effect[] {
      if (input.kind === 'headChanged') return [{ kind: 'fetchBlock', requestId: 'f', blockId: proposal.header.id }];
      if (input.kind === 'blockFetched') return [{ kind: 'validateBlock', blockId: proposal.header.id }];
      if (input.kind === 'blockValidated') told.push(input.result);
      return [];
    },
  }) as ConsensusPlugin;
  const node = createNode({ plugin, net: network.join('alice') });
  await node.host.start();
  for (const id of ['conflict', 'other']) expect(await node.host.submitEvidence(custom(id))).toEqual({ kind: 'added' });
  await node.host.importBlock(first.bytes);
  await settle();
  expect(told).toEqual(['invalid']);
  expect(await node.host.submitEvidence(custom('conflict'))).toMatchObject({ code: 'EVIDENCE_FORGED' });
  expect(await node.host.submitEvidence(custom('other'))).toEqual({ kind: 'known' });
});
