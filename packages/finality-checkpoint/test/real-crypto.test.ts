import { MESSAGE_DOMAIN } from '@fiducia/consensus';
import { createCrypto, createMemoryGuardStore, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { describe, expect, it } from 'vitest';
import { encodeCertificate, encodeVote, type Link } from '../src/index.ts';
import { CHAIN_ID, EMPTY, SCOPE, sha256, statesOf, text, World } from './support.ts';

const crypto = await createCrypto();
const KEYS = ['wind', 'solar', 'hydro', 'tide'].map(keyPairFromSeed);

const linkTo = (source: number, target: number, id = `c${target}`, term = 0): Link => ({
  term,
  source: { number: source, id: source === 0 ? 'g' : `c${source}` },
  target: { number: target, id },
  handover: EMPTY,
});

/** What the engine asks for a vote. */
const requestFor = (link: Link) => ({
  scope: SCOPE,
  domain: MESSAGE_DOMAIN,
  data: encodeVote(link),
  guard: {
    lane: 'vote',
    sequence: [link.term, link.target.number],
    floors: { source: link.term * 2 ** 32 + link.source.number },
  },
});

describe('real signatures', () => {
  it('make a certificate that holds here and nowhere else (finality-checkpoint O2 and O3)', async () => {
    const validators = KEYS.map(({ address }) => ({ id: address, weight: 1n }));
    const world = new World({ validators });
    const { rules, tip } = statesOf(world, [['c1']]);
    const link = linkTo(0, 1);
    const seats = tip('g').state.term.committee.seats.map(({ id }) => id);
    const votes = new Map<number, Uint8Array>();
    for (const keyPair of KEYS.slice(0, 3)) {
      const result = await createMemorySigner({ keyPair, crypto }).sign(requestFor(link));
      if (result.kind === 'signed') votes.set(seats.indexOf(keyPair.address), result.signature);
    }
    const voters = [...votes.keys()].sort((a, b) => a - b);
    const certificate = { link, voters, signatures: voters.map((voter) => votes.get(voter) ?? EMPTY) };
    const verdict = rules.verifyCertificate?.(encodeCertificate(certificate), tip('c1'));
    if (verdict?.kind !== 'accept') throw new Error('refused');
    expect(await crypto.verify(SCOPE, verdict.claims)).toEqual({ kind: 'valid' });
    for (const scope of [
      { ...SCOPE, era: 1 },
      { ...SCOPE, chainId: sha256(text('another')) },
      { ...SCOPE, protocol: 'other@1' } as const,
    ]) {
      expect((await crypto.verify(scope, verdict.claims)).kind).toBe('invalid');
    }
  });
});

describe('real guard records', () => {
  const [keyPair] = KEYS as [(typeof KEYS)[number]];

  it('finality-checkpoint V1, V2, D2 and D3: refuse what the marks forbid, also after a restart', async () => {
    const guardStore = createMemoryGuardStore();
    const sign = (link: Link) =>
      createMemorySigner({ keyPair, crypto, guardStore, headHeight: 0 }).sign(requestFor(link));
    const first = await sign(linkTo(1, 4));
    expect(first.kind).toBe('signed');
    expect(await sign(linkTo(1, 4))).toEqual(first);
    expect(await sign(linkTo(1, 4, 'rival'))).toMatchObject({ kind: 'conflict', data: encodeVote(linkTo(1, 4)) });
    expect(await sign(linkTo(1, 3))).toEqual({ kind: 'refused', code: 'STALE' });
    expect(await sign(linkTo(0, 5))).toEqual({ kind: 'refused', code: 'FLOOR' });
    expect((await sign(linkTo(0, 2, 'c2', 1))).kind).toBe('signed');
    expect(await sign(linkTo(4, 6))).toEqual({ kind: 'refused', code: 'STALE' });
  });

  it('finality-checkpoint D4: lost above genesis, they disable voting until the operator decides', async () => {
    const guardStore = createMemoryGuardStore();
    const signer = createMemorySigner({ keyPair, crypto, guardStore, headHeight: 9 });
    expect(await signer.sign(requestFor(linkTo(0, 1)))).toEqual({ kind: 'refused', code: 'DISABLED' });
    await guardStore.openChain(CHAIN_ID);
    expect((await signer.sign(requestFor(linkTo(0, 1)))).kind).toBe('signed');
  });
});
