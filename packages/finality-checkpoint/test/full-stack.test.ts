import type { Bytes } from '@fiducia/consensus';
import { ACCOUNTS, CANDIDATES, decodeBlockHeader, type StateProof, verifyStateProof } from '@fiducia/ledger';
import { type ChainNode, requireIntegrity } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { DEPOSIT } from '../../simulator/test/support/network.ts';
import { type Certificate, type Checkpoint, decodeCertificate, decodeProof, type HandoverProof } from '../src/index.ts';
import { checkLightProof, encodeLightProof, type LightHeader, type TrustedCheckpoint } from '../src/light-client.ts';
import { EMPTY, sha256 } from './support.ts';
import { heightOf, start, voteTwice } from './whole-nodes.ts';

describe.each(['dt-dpos', 'dpos', 'pos', 'pow'] as const)('%s with the gadget, on whole nodes', (name) => {
  it('finalises through loss, delay and a partition, and never two blocks of one height (finality-checkpoint C1 and C5)', {
    timeout: 60_000,
  }, async () => {
    const { network, finals, broken, evidence, run, finalHeights } = await start(name, 7);
    const { simulation, nodes } = network;
    await run(18);
    const before = finalHeights();
    expect(Math.min(...before)).toBeGreaterThan(4);

    const names = nodes.map((node) => node.name);
    simulation.partition([names.slice(0, 3), names.slice(3)]);
    await run(12);
    simulation.heal();
    await run(24);
    const after = finalHeights();
    expect(Math.min(...after)).toBeGreaterThan(Math.max(...before) + 10);
    expect(Math.max(...nodes.map(heightOf)) - Math.min(...after)).toBeLessThan(15);
    for (const ids of finals.values()) expect(ids.size).toBe(1);
    expect(broken).toEqual([]);
    expect(evidence).toEqual([]);
    for (const node of nodes) await requireIntegrity(node);
  });
});

describe('whole nodes', () => {
  it('one seed gives one trace hash', async () => {
    const hashes = await Promise.all(
      [3, 3, 4].map(async (seed) => {
        const { network, run } = await start('dpos', seed);
        await run(15);
        return network.simulation.traceHash();
      }),
    );
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });

  it('finality-checkpoint F4 and D2, simulation I2: after a crash the final block is still final, and nobody votes twice', async () => {
    const { network, evidence, finals, run, finalHeights } = await start('dpos', 11);
    const { nodes } = network;
    await run(14);
    for (const index of [1, 4]) {
      const final = nodes[index]?.host.finalized();
      await network.crash(index);
      await run(3);
      await network.recover(index, { store: 'kept' });
      expect(nodes[index]?.host.finalized().height).toBeGreaterThanOrEqual(final?.height ?? 0);
      await run(8);
    }
    const before = Math.max(...finalHeights());
    await run(12);
    expect(Math.min(...finalHeights())).toBeGreaterThan(before);
    for (const ids of finals.values()) expect(ids.size).toBe(1);
    expect(evidence).toEqual([]);
  });

  it.each(['dt-dpos', 'dpos', 'pos'] as const)(
    '%s: catches a member that votes twice for one height, and its deposit pays once (finality-checkpoint V1, pos-pow N2)',
    async (name) => {
      const { network, evidence, run, finalHeights } = await start(name, 5);
      const { nodes, crypto } = network;
      await run(12);
      const [honest] = nodes;
      if (honest === undefined) throw new Error('no nodes');
      const cheat = crypto.identity(network.keyOf(2)).address;
      await voteTwice(network, 2);
      const before = Math.min(...finalHeights());
      await run(12);
      expect(evidence.length).toBeGreaterThan(0);
      expect(new Set(evidence.map(({ kind, offender }) => `${kind}/${offender}`))).toEqual(
        new Set([`equivocation/${cheat}`]),
      );
      const record = honest.ledger.stateAt()?.get(CANDIDATES, cheat);
      expect(record?.deposit).toBe((DEPOSIT * 9n) / 10n);
      expect(Math.min(...finalHeights())).toBeGreaterThan(before);
    },
  );

  it('finality-checkpoint B1 and B4: blocks carry what votes prove, one link once', async () => {
    const { network, traces, run } = await start('dpos', 9);
    await run(20);
    const [node] = network.nodes;
    if (node === undefined) throw new Error('no nodes');
    const links: string[] = [];
    for (let height = heightOf(node); height > 0; height--) {
      const stored = await node.ledger.read({ kind: 'height', height });
      for (const { data } of stored?.block.certificates ?? []) {
        const link = decodeCertificate(data)?.link;
        links.push(`${link?.source.number}-${link?.target.number}`);
      }
    }
    expect(links.length).toBeGreaterThan(4);
    expect(new Set(links).size).toBe(links.length);
    expect(traces.get('FINALITY_CONFLICT')).toBeUndefined();
  });
});

describe('light client of a real chain', () => {
  function decodeHeader(bytes: Bytes): LightHeader | null {
    const block = decodeBlockHeader(bytes);
    if (typeof block === 'string') return null;
    const { id, parentId, height, timestamp } = block.header;
    return { id, parentId, height, timestamp, stateRoot: block.fields.stateRoot };
  }

  it('goes from genesis over hand-overs of elected committees to a balance, with no node behind it', async () => {
    const { network, proofs, run } = await start('dt-dpos', 21, { every: 1, delay: 1, grace: 1 });
    const elected = network.rules.validators(network.nodes[0]?.host.head().state);
    await run(60);
    const [node] = network.nodes;
    if (node === undefined) throw new Error('no nodes');
    const { ledger } = node;
    const final = node.host.finalized();
    const last = decodeProof(proofs.get(final.id) ?? EMPTY);
    if (last === undefined) throw new Error('no proof');
    const terms = last.certificate?.link.term ?? (last.handover?.certificate.link.term ?? 0) + 1;
    const handovers = handoversIn([...proofs.values()]).slice(0, terms);
    expect(handovers.length).toBeGreaterThanOrEqual(2);

    const genesis = (await ledger.read({ kind: 'genesis' }))?.block.header;
    if (genesis === undefined) throw new Error('no genesis');
    const trusted: TrustedCheckpoint = {
      scope: { chainId: ledger.chainId, era: 0, protocol: 'checkpoint@1' },
      every: 1,
      checkpoint: { number: 0, id: genesis.id },
      timestamp: genesis.timestamp,
      term: 0,
      seats: elected.filter(({ weight }) => weight > 0n).map(({ id }) => ({ id, weight: 1, publicKey: null })),
    };
    const headers = [(await ledger.read({ kind: 'id', id: final.id }))?.block.headerBytes ?? EMPTY];
    const account = network.crypto.identity(network.keyOf(0)).address;
    const proof = ledger.stateAt(final.id)?.prove(ACCOUNTS, account);
    if (proof === undefined) throw new Error('state is gone');

    const bytes = encodeLightProof({
      chainId: ledger.chainId,
      era: 0,
      handovers,
      certificate: last.certificate,
      headers,
      links: await linksBetween(node, trusted.checkpoint, handovers, last.certificate, [...proofs.values()]),
    });
    const check = (state: StateProof, isStrict = true) =>
      checkLightProof(bytes, trusted, {
        isStrict,
        sha256,
        decodeHeader,
        now: genesis.timestamp,
        maxAgeMs: 0,
        verifyState: (root) => verifyStateProof(root, state),
      });
    const verdict = check(proof);
    if (verdict.kind === 'reject') throw new Error(verdict.code);
    expect(await network.crypto.verify(trusted.scope, verdict.claims)).toEqual({ kind: 'valid' });
    expect(verdict.trusted.term).toBe(handovers.length);
    expect(verdict.header.id).toBe(final.id);
    expect(check(proof, false).kind).toBe('accept');
    expect(check({ ...proof, value: EMPTY })).toEqual({ kind: 'reject', code: 'LIGHT_STATE' });
    const foreign = await network.crypto.verify({ ...trusted.scope, era: 1 }, verdict.claims);
    expect(foreign.kind).toBe('invalid');
  });

  /** From the start of each term to the source of its last link, out of what blocks carry and nodes proved to each other. */
  async function linksBetween(
    { ledger, host }: ChainNode,
    genesis: Checkpoint,
    handovers: readonly HandoverProof[],
    last: Certificate | null,
    known: readonly Bytes[],
  ): Promise<readonly Certificate[]> {
    const carried = known.flatMap((bytes) => decodeProof(bytes)?.certificate ?? []);
    for (let height = 1; height <= host.head().header.height; height++) {
      const block = (await ledger.read({ kind: 'height', height }))?.block;
      for (const { data } of block?.certificates ?? []) carried.push(decodeCertificate(data) ?? expect.unreachable());
    }
    const roots = [genesis, ...handovers.map(({ boundary }) => boundary)];
    const ends = [...handovers.map(({ certificate }) => certificate), ...(last === null ? [] : [last])];
    return ends.flatMap(({ link: { term, source } }, index) => {
      const path: Certificate[] = [];
      for (let at = source; at.number > (roots[index]?.number ?? 0); ) {
        const certificate = carried.find(({ link }) => link.term === term && link.target.id === at.id);
        if (certificate === undefined) throw new Error(`nothing justifies ${at.number} in term ${term}`);
        path.unshift(certificate);
        at = certificate.link.source;
      }
      return path;
    });
  }

  /** One per term, in order. */
  function handoversIn(proofs: readonly Bytes[]): readonly HandoverProof[] {
    const byTerm = new Map<number, HandoverProof>();
    for (const bytes of proofs) {
      const handover = decodeProof(bytes)?.handover;
      if (handover) byTerm.set(handover.certificate.link.term, handover);
    }
    return [...byTerm.entries()].sort(([a], [b]) => a - b).map(([, handover]) => handover);
  }
});
