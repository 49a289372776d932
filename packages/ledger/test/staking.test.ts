import type { Directive, Fact } from '@fiducia/consensus';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  auditSupply,
  BALLOTS_MAX,
  CANDIDATES,
  type CandidateRecord,
  castBallot,
  collectIncome,
  createTransaction,
  exitCandidate,
  isActiveCandidate,
  type LedgerStateView,
  readBalance,
  readProducerIncome,
  readSupply,
  readTrust,
  registerCandidate,
  SUPPLY_MAX,
  signAdmission,
  signCandidateConsent,
  topUpDeposit,
  withdrawDeposit,
} from '../src/index.ts';
import { FEE, genesisCandidate, SUPERVISORS, stubSigner, TestChain, testGenesis } from './support.ts';

const alice = stubSigner('alice');
const bob = stubSigner('bob');
const node1 = stubSigner('node1');
const solar = stubSigner('solar');

let chain: TestChain;

beforeEach(async () => {
  chain = await TestChain.start();
});

function state(): LedgerStateView {
  const view = chain.ledger.stateAt();
  if (view === undefined) throw new Error('no state');
  return view;
}

function candidate(id: string): CandidateRecord | undefined {
  return state().get(CANDIDATES, id);
}

/** An approved registration of `solar` by `alice`. */
function registration(changes: { expiry?: number; deposit?: bigint; signers?: readonly number[] } = {}) {
  const { expiry = 50, deposit = 2_000n, signers = [0, 2] } = changes;
  const { chainId } = chain.ledger;
  const approval = { id: 'solar', category: 'PV', deposit, expiry };
  const signatures = SUPERVISORS.map((name, index) =>
    signers.includes(index) ? signAdmission({ ...approval, chainId }, stubSigner(name)) : new Uint8Array(),
  );
  const consent = signCandidateConsent({ owner: 'alice', expiry, chainId }, solar);
  return { ...approval, signatures, consent };
}

/** Includes one transaction, or says why the builder left it out. */
async function attempt(bytes: Uint8Array, directives: readonly Directive[] = []): Promise<readonly Fact[] | string> {
  const submitted = await chain.ledger.submit(bytes);
  if (submitted.kind !== 'added') return submitted.kind === 'rejected' ? submitted.code : submitted.kind;
  const block = await chain.build({ directives });
  const decoded = chain.ledger.decode(block.bytes, 'block');
  if (decoded?.transactions.length === 1) {
    const result = await chain.adopt(block.bytes, directives);
    if (result.kind !== 'executed') throw new Error(result.kind);
    return result.facts;
  }
  return codeOfForced(bytes, directives);
}

/** Code with which a block that contains the transaction all the same is refused. */
async function codeOfForced(bytes: Uint8Array, directives: readonly Directive[]): Promise<string> {
  const { computeBodyRoot, decodeBlock, encodeBlock } = await import('../src/index.ts');
  const empty = await chain.build({ directives });
  const template = decodeBlock(empty.bytes);
  if (typeof template === 'string') throw new Error(template);
  const body = { transactions: [bytes], roundVotes: [], evidence: [], certificates: [] };
  const forced = encodeBlock({ ...template.fields, bodyRoot: computeBodyRoot(body) }, body);
  const result = await chain.adopt(forced, directives);
  return result.kind === 'invalid' ? result.code : 'executed';
}

describe('admission', () => {
  it('needs the deposit and m of n supervisor signatures (trust K1)', async () => {
    const facts = await attempt(chain.transaction(registerCandidate, alice, registration()));
    expect(facts).toEqual([{ kind: 'admission', actor: 'solar', deposit: 2_000n, category: 'PV' }]);
    expect(candidate('solar')).toMatchObject({ owner: 'alice', deposit: 2_000n, index: 3, status: 'ACTIVE' });
    expect(readBalance(state(), 'alice')).toBe(1_000_000n - 2_000n - FEE);
    expect(auditSupply(state()).conserved).toBe(true);
  });

  it.each([
    ['too few signatures', { signers: [1] }, 'STAKE_APPROVAL'],
    ['a deposit below the minimum', { deposit: 999n }, 'STAKE_DEPOSIT_MIN'],
    ['an approval that has expired', { expiry: 0 }, 'STAKE_APPROVAL'],
  ])('is refused with %s (trust K1)', async (_name, changes, code) => {
    expect(await attempt(chain.transaction(registerCandidate, alice, registration(changes)))).toBe(code);
  });

  it('is refused with a list of signatures that is not one per supervisor (trust K1)', async () => {
    const payload = registration();
    const signatures = [...payload.signatures, new Uint8Array()];
    expect(await attempt(chain.transaction(registerCandidate, alice, { ...payload, signatures }))).toBe(
      'STAKE_APPROVAL',
    );
  });

  it('is refused with a forged supervisor signature (trust K1)', async () => {
    const payload = registration({ signers: [0] });
    const { chainId } = chain.ledger;
    const forged = signAdmission({ ...payload, chainId }, stubSigner('mallory'));
    const signatures = [payload.signatures[0] ?? forged, forged, new Uint8Array()];
    expect(await attempt(chain.transaction(registerCandidate, alice, { ...payload, signatures }))).toBe(
      'SIGNATURE_INVALID',
    );
  });

  it('is refused without the consent of the validator key', async () => {
    const consent = signCandidateConsent({ owner: 'bob', expiry: 50, chainId: chain.ledger.chainId }, solar);
    const stolen = chain.transaction(registerCandidate, alice, { ...registration(), consent });
    expect(await attempt(stolen)).toBe('SIGNATURE_INVALID');
    const none = chain.transaction(registerCandidate, alice, { ...registration(), consent: new Uint8Array() });
    expect(await attempt(none)).toBe('SIGNATURE_INVALID');
  });

  it('takes no consent where the candidate itself is the owner', async () => {
    await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }));
    const { chainId } = chain.ledger;
    const approval = { id: 'node1', category: 'WIND', deposit: 2_000n, expiry: 40 };
    const signatures = SUPERVISORS.map((name) => signAdmission({ ...approval, chainId }, stubSigner(name)));
    const payload = { ...approval, signatures, consent: new Uint8Array([1]) };
    expect(await attempt(chain.transaction(registerCandidate, node1, payload))).toBe('STAKE_CONSENT');
  });

  it('reads the category nowhere but in the fact (trust K3)', async () => {
    const other = await TestChain.start(
      testGenesis({ candidates: ['node1', 'node2', 'node3'].map((id) => genesisCandidate(id, 'HYDRO')) }),
    );
    const vote = await other.ledger.submitRoundVote(other.vote('node1'));
    expect(vote.kind).toBe('added');
    const active = (view: LedgerStateView | undefined) => view && isActiveCandidate(view, 'node1', 1);
    expect(active(other.ledger.stateAt())).toBe(active(chain.ledger.stateAt()));
  });

  it('gives indices in the order of admission, never one twice (trust K4)', async () => {
    await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }));
    const { chainId } = chain.ledger;
    const approval = { id: 'node1', category: 'WIND', deposit: 2_000n, expiry: 40 };
    const signatures = SUPERVISORS.map((name) => signAdmission({ ...approval, chainId }, stubSigner(name)));
    const again = { ...approval, signatures, consent: new Uint8Array() };
    const facts = await attempt(chain.transaction(registerCandidate, node1, again));
    expect(facts).toEqual([{ kind: 'admission', actor: 'node1', deposit: 2_000n, category: 'WIND' }]);
    expect(candidate('node1')?.index).toBe(3);
    // The same approval does not serve a second time.
    await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }));
    expect(await attempt(chain.transaction(registerCandidate, node1, again))).toBe('STAKE_APPROVAL');
  });

  it('takes nobody twice, and after an exit only the same owner', async () => {
    const { chainId } = chain.ledger;
    const taken = { ...registration(), id: 'node1' };
    const signatures = SUPERVISORS.map((name) => signAdmission({ ...taken, chainId }, stubSigner(name)));
    const consent = signCandidateConsent({ owner: 'alice', expiry: 50, chainId }, node1);
    const payload = { ...taken, signatures, consent };
    expect(await attempt(chain.transaction(registerCandidate, alice, payload))).toBe('STAKE_REGISTERED');
    chain = await TestChain.start();
    await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }));
    expect(await attempt(chain.transaction(registerCandidate, alice, payload))).toBe('STAKE_OWNER');
  });

  it('in mode open asks for the deposit alone (trust K1)', async () => {
    const candidates = ['node1', 'node2', 'node3'].map((id) => ({ ...genesisCandidate(id), signatures: [] }));
    chain = await TestChain.start(
      testGenesis({ admission: 'open', supervisors: { keys: [], threshold: 0 }, candidates }),
    );
    const payload = { ...registration(), signatures: [] };
    payload.consent = signCandidateConsent({ owner: 'alice', expiry: 50, chainId: chain.ledger.chainId }, solar);
    expect(await attempt(chain.transaction(registerCandidate, alice, payload))).toHaveLength(1);
  });
});

describe('deposits', () => {
  it('report every change as a fact with the new total (trust F7)', async () => {
    expect(await attempt(chain.transaction(topUpDeposit, node1, { id: 'node1', amount: 7n }))).toEqual([
      { kind: 'deposit', actor: 'node1', total: 5_007n },
    ]);
    expect(await attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 2_000n }))).toEqual([
      { kind: 'deposit', actor: 'node1', total: 3_007n },
    ]);
    expect(candidate('node1')?.unbonding).toEqual([{ amount: 2_000n, releaseHeight: 7 }]);
    expect(auditSupply(state()).conserved).toBe(true);
  });

  it('unbond before they are paid out, and stay slashable meanwhile', async () => {
    await attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 2_000n }));
    const before = readBalance(state(), 'node1');
    const collect = () => attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 0n }));
    expect(await collect()).toBe('TX_AMOUNT');
    chain = await TestChain.start();
    await attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 2_000n }));
    const slash: Directive = { kind: 'slash', actor: 'node1', partsPerMillion: 500_000, reason: 'TEST' };
    expect((await chain.include([], [slash])).facts).toEqual([{ kind: 'deposit', actor: 'node1', total: 1_500n }]);
    expect(readSupply(state()).burnt).toBe(1_500n + 1_000n);
    while (chain.height < 5) await chain.include([]);
    expect(await collect()).toEqual([]);
    expect(readBalance(state(), 'node1')).toBe(before + 1_000n - FEE);
    expect(auditSupply(state()).conserved).toBe(true);
  });

  it('unbond in at most eight parts at a time', async () => {
    chain = await TestChain.start(testGenesis({ unbondingBlocks: 100 }));
    const withdraw = (nonce: number) =>
      chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 1n }, { nonce });
    expect((await chain.include([0, 1, 2, 3, 4, 5, 6, 7].map(withdraw))).included).toBe(8);
    expect(await attempt(withdraw(8))).toBe('STAKE_UNBONDING');
    const { chainId } = chain.ledger;
    const exit = createTransaction(exitCandidate, {
      chainId,
      nonce: 8,
      fee: 2n * FEE,
      payload: { id: 'node1' },
      signer: node1,
    });
    expect(await attempt(exit)).toBe('STAKE_UNBONDING');
  });

  it('stay slashable after an exit, without a fact about a member that is none (trust F1)', async () => {
    await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }));
    const slash: Directive = { kind: 'slash', actor: 'node1', partsPerMillion: 300_000, reason: 'TEST' };
    expect((await chain.include([], [slash])).facts).toEqual([]);
    expect(candidate('node1')?.unbonding).toEqual([{ amount: 3_500n, releaseHeight: 6 }]);
    expect(readSupply(state()).burnt).toBe(1_500n);
  });

  it('are touched by their owner only, and never below the minimum', async () => {
    expect(await attempt(chain.transaction(withdrawDeposit, bob, { id: 'node1', amount: 1n }))).toBe('STAKE_OWNER');
    chain = await TestChain.start();
    expect(await attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 4_001n }))).toBe(
      'STAKE_DEPOSIT_MIN',
    );
    chain = await TestChain.start();
    expect(await attempt(chain.transaction(topUpDeposit, bob, { id: 'nobody', amount: 1n }))).toBe('STAKE_UNKNOWN');
    chain = await TestChain.start();
    expect(await attempt(chain.transaction(topUpDeposit, node1, { id: 'node1', amount: 10_000_000n }))).toBe(
      'TX_BALANCE',
    );
  });

  it('of an exited candidate unbond whole, with its ballots withdrawn (trust F7)', async () => {
    expect(await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }))).toEqual([
      { kind: 'ballot', from: 'node1', to: 'node2', weight: 0n },
      { kind: 'exit', actor: 'node1' },
    ]);
    expect(candidate('node1')).toMatchObject({
      status: 'EXITED',
      deposit: 0n,
      unbonding: [{ amount: 5_000n, releaseHeight: 6 }],
    });
    expect(isActiveCandidate(state(), 'node1', 2)).toBe(false);
  });

  it('of a leaver are reported as 0 once the last part is paid out, and not before (trust F7, G1)', async () => {
    await attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 2_000n }));
    await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }));
    const collect = () => attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 0n }));
    while (chain.height < 5) await chain.include([]);
    expect(await collect()).toEqual([]);
    expect(candidate('node1')?.unbonding).toEqual([{ amount: 3_000n, releaseHeight: 7 }]);
    expect(await collect()).toEqual([{ kind: 'deposit', actor: 'node1', total: 0n }]);
    expect(candidate('node1')?.unbonding).toEqual([]);
  });
});

describe('ballots', () => {
  it('state the new weight, and zero withdraws them', async () => {
    const cast = (weight: bigint) =>
      attempt(chain.transaction(castBallot, node1, { from: 'node1', to: 'node3', weight }));
    expect(await cast(4_999n)).toEqual([{ kind: 'ballot', from: 'node1', to: 'node3', weight: 4_999n }]);
    expect(await cast(0n)).toEqual([{ kind: 'ballot', from: 'node1', to: 'node3', weight: 0n }]);
    expect(candidate('node1')).toMatchObject({ ballotWeight: 1n, ballots: 1 });
  });

  it.each([
    ['for the voter itself (trust F4)', 'node1', 1n, 'BALLOT_SELF'],
    ['for somebody who is no candidate', 'alice', 1n, 'STAKE_UNKNOWN'],
    ['beyond the deposit', 'node3', 5_000n, 'BALLOT_WEIGHT'],
  ])('are refused %s', async (_name, to, weight, code) => {
    expect(await attempt(chain.transaction(castBallot, node1, { from: 'node1', to, weight }))).toBe(code);
  });

  it('keep a withdrawal from leaving less deposit than they weigh', async () => {
    await attempt(chain.transaction(castBallot, node1, { from: 'node1', to: 'node3', weight: 4_500n }));
    expect(await attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 1_000n }))).toBe(
      'BALLOT_WEIGHT',
    );
  });

  it('are limited in number', async () => {
    const names = Array.from({ length: BALLOTS_MAX + 2 }, (_, index) => `node${index + 1}`);
    const ballots = names.slice(1, BALLOTS_MAX + 1).map((to) => ({ from: 'node1', to, weight: 1n }));
    chain = await TestChain.start(testGenesis({ candidates: names.map((id) => genesisCandidate(id)), ballots }));
    const [last = ''] = names.slice(-1);
    expect(await attempt(chain.transaction(castBallot, node1, { from: 'node1', to: last, weight: 1n }))).toBe(
      'BALLOT_TOO_MANY',
    );
  });

  it('are cast by the owner of the deposit only', async () => {
    expect(await attempt(chain.transaction(castBallot, bob, { from: 'node1', to: 'node2', weight: 1n }))).toBe(
      'STAKE_OWNER',
    );
  });

  it('count for the admission they were cast for, and for no later one (trust K4)', async () => {
    const censusOf = async () => {
      const stored = await chain.ledger.read({ kind: 'head' });
      if (stored === null) throw new Error('no head');
      const result = await chain.ledger.execute(stored.block, { directives: [], census: ['ballot'] });
      return result.kind === 'executed' ? [...(result.census ?? [])] : result.kind;
    };
    const node2Ballot = { kind: 'ballot', from: 'node2', to: 'node1', weight: 1n };
    expect(await censusOf()).toContainEqual(node2Ballot);
    await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }));
    expect(await censusOf()).toEqual([]);
    const approval = { id: 'node1', category: 'WIND', deposit: 2_000n, expiry: 40 };
    const { chainId } = chain.ledger;
    const signatures = SUPERVISORS.map((name) => signAdmission({ ...approval, chainId }, stubSigner(name)));
    await attempt(chain.transaction(registerCandidate, node1, { ...approval, signatures, consent: new Uint8Array() }));
    expect(await censusOf()).toEqual([]);
    await attempt(chain.transaction(castBallot, stubSigner('node2'), { from: 'node2', to: 'node1', weight: 2n }));
    expect(await censusOf()).toEqual([{ ...node2Ballot, weight: 2n }]);
  });

  it('go when a slash leaves less deposit than they weigh', async () => {
    await attempt(chain.transaction(castBallot, node1, { from: 'node1', to: 'node3', weight: 4_000n }));
    const slash: Directive = { kind: 'slash', actor: 'node1', partsPerMillion: 200_001, reason: 'TEST' };
    expect((await chain.include([], [slash])).facts).toEqual([
      { kind: 'ballot', from: 'node1', to: 'node2', weight: 0n },
      { kind: 'ballot', from: 'node1', to: 'node3', weight: 0n },
      { kind: 'deposit', actor: 'node1', total: 4_000n },
    ]);
  });
});

describe('directives', () => {
  it('mint rewards into producer income, not into the trading balance', async () => {
    const before = readSupply(state());
    await chain.include([], [{ kind: 'reward', actor: 'node2', units: 70n }]);
    expect(readProducerIncome(state(), 'node2')).toBe(70n);
    expect(readBalance(state(), 'node2')).toBe(1_000_000n);
    expect(readSupply(state())).toEqual({ ...before, issued: before.issued + 70n });
  });

  it('give nothing beyond the bound of the supply, and do not fail', async () => {
    const before = state().root;
    await chain.include([], [{ kind: 'reward', actor: 'node2', units: SUPPLY_MAX }]);
    expect(state().root).toEqual(before);
  });

  it('let the author or the owner of its deposit collect the income', async () => {
    await chain.include([], [{ kind: 'reward', actor: 'node1', units: 70n }]);
    expect(await attempt(chain.transaction(collectIncome, bob, { author: 'node1' }))).toBe('TX_SIGNER');
    chain = await TestChain.start();
    await chain.include([], [{ kind: 'reward', actor: 'node1', units: 70n }]);
    await attempt(chain.transaction(collectIncome, node1, { author: 'node1' }));
    // The fee of the collecting transaction was booked first, so it came back with the income.
    expect(readBalance(state(), 'node1')).toBe(1_000_070n);
    expect(readProducerIncome(state(), 'node1')).toBe(0n);
  });

  it('leave nothing to collect where nothing was earned', async () => {
    expect(await attempt(chain.transaction(collectIncome, stubSigner('node2'), { author: 'node2' }))).toBe('TX_AMOUNT');
  });

  it('jail: no round vote, ballot, withdrawal or return until the height', async () => {
    const jail: Directive = { kind: 'jail', actor: 'node1', untilHeight: 4, reason: 'TEST' };
    await chain.include([], [jail]);
    expect([2, 3, 4].map((height) => isActiveCandidate(state(), 'node1', height))).toEqual([false, false, true]);
    expect(await chain.ledger.submitRoundVote(chain.vote('node1'))).toEqual({
      kind: 'rejected',
      code: 'VOTE_NOT_CANDIDATE',
    });
    expect(await attempt(chain.transaction(withdrawDeposit, node1, { id: 'node1', amount: 1n }))).toBe('STAKE_JAILED');
  });

  it('jail keeps an exited candidate from returning', async () => {
    await attempt(chain.transaction(exitCandidate, node1, { id: 'node1' }));
    await chain.include([], [{ kind: 'jail', actor: 'node1', untilHeight: 9, reason: 'TEST' }]);
    const approval = { id: 'node1', category: 'WIND', deposit: 2_000n, expiry: 40 };
    const { chainId } = chain.ledger;
    const signatures = SUPERVISORS.map((name) => signAdmission({ ...approval, chainId }, stubSigner(name)));
    const payload = { ...approval, signatures, consent: new Uint8Array() };
    expect(await attempt(chain.transaction(registerCandidate, node1, payload))).toBe('STAKE_JAILED');
  });

  it('jail for ever with null', async () => {
    await chain.include([], [{ kind: 'jail', actor: 'node1', untilHeight: null, reason: 'TEST' }]);
    await chain.include([], [{ kind: 'jail', actor: 'node1', untilHeight: 3, reason: 'TEST' }]);
    expect(isActiveCandidate(state(), 'node1', 1_000_000_000)).toBe(false);
  });

  it('jail for ever keeps a candidate out of the next era, unless there is nobody else (trust X4, contract H-33)', async () => {
    const admittedWith = async (directives: readonly Directive[]) => {
      await chain.include([], directives);
      const stored = await chain.ledger.read({ kind: 'head' });
      if (stored === null) throw new Error('no head');
      const result = await chain.ledger.execute(stored.block, { directives, census: ['admission', 'deposit'] });
      const facts = result.kind === 'executed' ? [...(result.census ?? [])] : [];
      const actorsOf = (kind: Fact['kind']) =>
        facts.flatMap((fact) => (fact.kind === kind && 'actor' in fact ? fact.actor : []));
      expect(actorsOf('deposit')).toEqual(actorsOf('admission'));
      return actorsOf('admission');
    };
    const jail = (actor: string, untilHeight: number | null): Directive => ({
      kind: 'jail',
      actor,
      untilHeight,
      reason: 'TEST',
    });
    const everybody = await admittedWith([]);
    expect(everybody).toContain('node1');
    expect(await admittedWith([jail('node1', 1_000)])).toEqual(everybody);
    expect(await admittedWith([jail('node1', null)])).toEqual(everybody.filter((actor) => actor !== 'node1'));
    expect(await admittedWith(everybody.map((actor) => jail(actor, null)))).toEqual(everybody);
  });

  it('publish trust and tier, which no transaction can write (trust K2)', async () => {
    await chain.include(
      [],
      [
        { kind: 'trustChanged', actor: 'node1', trust: 812_000, reason: 'TEST' },
        { kind: 'tierChanged', actor: 'node1', from: 'TRUSTED', to: 'NORMAL' },
      ],
    );
    expect(readTrust(state(), 'node1')).toEqual({ trustMicro: 812_000, tier: 'NORMAL' });
    const before = state();
    await attempt(chain.transaction(topUpDeposit, node1, { id: 'node1', amount: 1n }));
    expect(readTrust(state(), 'node1')).toBe(readTrust(before, 'node1'));
  });

  it('that the state cannot hold change nothing, and never fail', async () => {
    const before = state().root;
    await chain.include(
      [],
      [
        { kind: 'reward', actor: 'No Actor', units: 5n },
        { kind: 'reward', actor: 'a'.repeat(300), units: 5n },
        { kind: 'trustChanged', actor: 'node1', trust: -1, reason: 'TEST' },
        { kind: 'tierChanged', actor: 'node1', from: '', to: 'A tier with a very long name indeed' },
      ],
    );
    expect(state().root).toEqual(before);
    await chain.include([], [{ kind: 'tierChanged', actor: 'node1', from: '', to: 'Überaus verlässlicher Knoten' }]);
    expect(readTrust(state(), 'node1')?.tier).toBe('Überaus verlässlicher Knoten');
  });

  it('about an unknown actor change nothing, and never fail', async () => {
    const before = state().root;
    await chain.include(
      [],
      [
        { kind: 'slash', actor: 'nobody', partsPerMillion: 1, reason: 'TEST' },
        { kind: 'jail', actor: 'nobody', untilHeight: null, reason: 'TEST' },
        { kind: 'trustChanged', actor: 'nobody', trust: 1, reason: 'TEST' },
        { kind: 'tierChanged', actor: 'nobody', from: 'A', to: 'B' },
        { kind: 'custom', id: 'x', data: new Uint8Array() },
      ],
    );
    expect(state().root).toEqual(before);
  });
});
