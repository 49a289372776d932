import type { ConsensusHeader, Tip } from '@fiducia/consensus';
import { createCrypto, keyPairFromSeed } from '@fiducia/crypto';
import type { HeadChangedEvent } from '@fiducia/host';
import { createRoundVote, type SubmitResult } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import { createRoundVoter, type RoundVoteOutcome, type RoundVoterOptions } from '../src/index.ts';

const chainId = new Uint8Array(32).fill(9);
const keyPair = keyPairFromSeed('voter');

const tipAt = (height: number, branch = 'a'): Tip<unknown> => ({
  header: { id: `${branch}${height}`.padStart(64, '0'), height } as ConsensusHeader,
  state: null,
  totalWeight: BigInt(height),
});

async function setUp(options: Partial<Pick<RoundVoterOptions, 'participates' | 'ledger' | 'signer'>> = {}) {
  const crypto = await createCrypto();
  const signer: RoundVoterOptions['signer'] = {
    address: keyPair.address,
    sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data),
  };
  const observers = new Set<(event: HeadChangedEvent) => void>();
  const submitted: Uint8Array[] = [];
  const outcomes: RoundVoteOutcome[] = [];
  let head = tipAt(0);
  const host = {
    head: () => head,
    events: {
      on: (_name: string, observer: never) => void observers.add(observer),
      off: (_name: string, observer: never) => void observers.delete(observer),
    },
  } as unknown as RoundVoterOptions['host'];
  const ledger: RoundVoterOptions['ledger'] = {
    chainId,
    async submitRoundVote(vote) {
      submitted.push(vote);
      return { kind: 'rejected', code: 'VOTE_NOT_CANDIDATE' };
    },
  };
  const voter = createRoundVoter({ host, ledger, signer, onVote: (outcome) => outcomes.push(outcome), ...options });
  const adopt = (tip: Tip<unknown>, reverted: readonly string[] = []) => {
    head = tip;
    for (const observer of [...observers]) observer({ tip, reverted, applied: [tip.header.id] });
  };
  const voteFor = (tip: Tip<unknown>) =>
    createRoundVote({ chainId, height: tip.header.height + 1, parentId: tip.header.id, signer });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { voter, adopt, voteFor, submitted, outcomes, observers, settle };
}

describe('trust F8: the round voter', () => {
  it('votes for round 1 on genesis as soon as it starts', async () => {
    const { voter, voteFor, submitted } = await setUp();
    expect(submitted).toEqual([]);
    voter.start();
    expect(submitted).toEqual([voteFor(tipAt(0))]);
  });

  it('votes for the height above every head that is adopted, on that head', async () => {
    const { voter, adopt, voteFor, submitted } = await setUp();
    voter.start();
    adopt(tipAt(1));
    adopt(tipAt(3));
    expect(submitted).toEqual([voteFor(tipAt(0)), voteFor(tipAt(1)), voteFor(tipAt(3))]);
  });

  it('votes on both sides of a fork, and once on a head that comes back', async () => {
    const { voter, adopt, voteFor, submitted } = await setUp();
    voter.start();
    adopt(tipAt(1, 'a'));
    adopt(tipAt(1, 'b'), [tipAt(1, 'a').header.id]);
    adopt(tipAt(1, 'a'), [tipAt(1, 'b').header.id]);
    expect(submitted.slice(1)).toEqual([voteFor(tipAt(1, 'a')), voteFor(tipAt(1, 'b'))]);
  });

  it('leaves out the rounds in which it does not participate', async () => {
    const { voter, adopt, voteFor, submitted } = await setUp({ participates: (height) => height % 2 === 0 });
    voter.start();
    for (const height of [1, 2, 3]) adopt(tipAt(height));
    expect(submitted).toEqual([voteFor(tipAt(1)), voteFor(tipAt(3))]);
  });

  it('is silent once stopped, and votes on the head of the day when started again', async () => {
    const { voter, adopt, voteFor, submitted, observers } = await setUp();
    voter.start();
    voter.start();
    expect(observers.size).toBe(1);
    voter.stop();
    adopt(tipAt(1));
    adopt(tipAt(2));
    expect(submitted).toEqual([voteFor(tipAt(0))]);
    voter.start();
    expect(submitted).toEqual([voteFor(tipAt(0)), voteFor(tipAt(2))]);
  });

  it('reports what the ledger made of each vote', async () => {
    const { voter, outcomes, settle } = await setUp();
    voter.start();
    await settle();
    const result: SubmitResult = { kind: 'rejected', code: 'VOTE_NOT_CANDIDATE' };
    expect(outcomes).toEqual([{ height: 1, parentId: tipAt(0).header.id, result }]);
  });

  it('survives a ledger that fails', async () => {
    const ledger = { chainId, submitRoundVote: () => Promise.reject(new Error('disk full')) };
    const { voter, adopt, outcomes, settle } = await setUp({ ledger });
    voter.start();
    adopt(tipAt(1));
    await settle();
    expect(outcomes.map(({ result }) => result)).toEqual([null, null]);
  });

  it('survives a signer that fails, and votes again when it no longer does', async () => {
    const fails = [true, false];
    const sign = () => {
      if (fails.shift()) throw new Error('device not there');
      return new Uint8Array(97);
    };
    const { voter, adopt, submitted, outcomes, settle } = await setUp({ signer: { address: keyPair.address, sign } });
    voter.start();
    adopt(tipAt(1));
    await settle();
    expect(submitted).toHaveLength(1);
    expect(outcomes.map(({ result }) => result?.kind ?? null)).toEqual([null, 'rejected']);
  });

  it('remembers a bounded number of heads', async () => {
    const { voter, adopt, submitted } = await setUp();
    voter.start();
    for (let height = 1; height <= 1_024; height++) adopt(tipAt(height));
    expect(submitted).toHaveLength(1_025);
    adopt(tipAt(1));
    expect(submitted).toHaveLength(1_025);
    adopt(tipAt(0));
    expect(submitted).toHaveLength(1_026);
  });
});
