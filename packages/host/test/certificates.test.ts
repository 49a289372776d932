import { accept, type Effect, MESSAGE_DOMAIN, reject, type Verdict } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { childOf, SCRIPTED, scopeOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { stubSign } from './fixtures/stub-crypto.ts';
import { settle } from './fixtures/virtual-clock.ts';

/** A certificate is any bytes; Bob and Carol vouch for it. */
function vouched(signer = 'bob'): (data: Uint8Array) => Verdict {
  const sign = (author: string, data: Uint8Array, by: string) =>
    ({
      kind: 'signature',
      signer: author,
      domain: MESSAGE_DOMAIN,
      data,
      signature: stubSign(scopeOf(SCRIPTED), MESSAGE_DOMAIN, data, by),
    }) as const;
  return (data) => accept([sign('bob', data, signer), sign('carol', data, 'carol'), sign('bob', data, 'bob')]);
}

const facts = ['certificate', 'participation'] as const;

async function started(script: Script, provides: readonly 'participation'[] = []): Promise<TestNode> {
  const chain = createFakeChain({ provides });
  const node = createNode({ chain, plugin: scripted({ requires: { facts }, ...script }) });
  await node.host.start();
  return node;
}

const certificate = { protocol: SCRIPTED, data: weigh(5) };

describe('contract section 4, steps 4 and 8: certificates in a block', () => {
  test('become facts, and participation of every signer once unless the ledger reports it', async () => {
    for (const provides of [[], ['participation']] as const) {
      const node = await started({ rules: { verifyCertificate: vouched() } }, provides);
      const first = childOf(node.chain.genesis);
      await node.host.importBlock(first.bytes);
      const block = childOf(first, { certificates: [certificate] });
      expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'adopted' });
      const participation = ['bob', 'carol'].map((actor) => ({ kind: 'participation', actor, round: 1 }));
      expect(node.host.head().state).toMatchObject({
        facts: [{ kind: 'certificate', certificate }, ...(provides.length === 0 ? participation : [])],
      });
    }
  });

  const many = Array.from({ length: 5 }, () => certificate);
  const cases: Record<string, readonly [Script['rules'], readonly (typeof certificate)[]]> = {
    CERTIFICATE_UNSUPPORTED: [{}, [certificate]],
    CERTIFICATE_TOO_MANY: [{ verifyCertificate: vouched() }, many],
    CERTIFICATE_TOO_LARGE: [{ verifyCertificate: vouched() }, [{ ...certificate, data: new Uint8Array(262_145) }]],
    CERTIFICATE_FORGED: [{ verifyCertificate: vouched('mallory') }, [certificate]],
    CERTIFICATE_UNDECIDED: [{ verifyCertificate: () => ({ kind: 'defer', until: 1 }) }, [certificate]],
    NO_QUORUM: [{ verifyCertificate: () => reject('NO_QUORUM') }, [certificate]],
  };

  test.each(Object.entries(cases))('%s', async (code, [rules, certificates]) => {
    const node = await started({ rules: rules ?? {} });
    const block = childOf(node.chain.genesis, { certificates });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ kind: 'rejected', code });
  });

  test('one of another protocol is refused', async () => {
    const node = await started({ rules: { verifyCertificate: vouched() } });
    const foreign = { protocol: 'other@1', data: weigh(5) } as const;
    const block = childOf(node.chain.genesis, { certificates: [foreign] });
    expect(await node.host.importBlock(block.bytes)).toMatchObject({ code: 'CERTIFICATE_UNSUPPORTED' });
  });
});

test('a builder includes the newest four that the rules accept', async () => {
  const offers = [1, 2, 3, 4, 5, 6].map((salt): Effect => ({ kind: 'offerCertificate', certificate: weigh(1, salt) }));
  const node = await started({
    rules: {
      verifyCertificate: (data) => (data[7] === 4 ? reject('STALE') : accept()),
    },
    start: ({ head }) => [
      ...offers,
      { kind: 'buildBlock', requestId: 'b', parentId: head.header.id, timestamp: 1, digest: weigh(1), deadline: 9 },
    ],
    on(input) {
      if (input.kind !== 'blockBuilt' || input.header === null) return [];
      const guard = { lane: 'seal', sequence: [1] };
      return [{ kind: 'publish', blockId: input.header.id, sealing: { kind: 'sign', guard } }];
    },
  });
  await settle();
  const head = node.chain.stored.get(node.host.head().header.id)?.block;
  expect(head?.certificates.map(({ data }) => data[7])).toEqual([3, 5, 6]);
});
