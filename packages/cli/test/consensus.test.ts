import { readMarket } from '@fiducia/energy';
import { auditSupply, readAccount, readProducerIncome } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import { builtInInput } from '../src/input/load.ts';
import { CONSENSUS_NAMES, PROTOCOLS } from '../src/scenario/consensus/protocols.ts';
import { runDemo } from '../src/scenario/demo.ts';
import { NODE_DEPOSIT } from '../src/scenario/genesis.ts';
import { createDemoMarket } from '../src/scenario/market/market.ts';
import { DEMO_GENESIS_TIME, SLOT_SECONDS } from '../src/scenario/market/timeline.ts';
import { createNetwork } from '../src/scenario/network.ts';
import { requireDemoOptions } from '../src/scenario/options.ts';
import type { BondedNodeSummary, ConsensusName, DemoOptions, DemoResult } from '../src/scenario/result.ts';

const WITHOUT_TRUST = CONSENSUS_NAMES.filter((name) => name !== 'dt-dpos');
const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
const bonded = ({ summary }: DemoResult) => summary.nodes as readonly BondedNodeSummary[];

/** Made once: every run plays the same market. */
const input = builtInInput();
const play = (options: Partial<DemoOptions>) => runDemo(options, input);

/** Honest runs, each played once however many tests look at it. */
const honest = new Map<ConsensusName, Promise<DemoResult>>();
function playWithoutAttack(consensus: ConsensusName): Promise<DemoResult> {
  const result = honest.get(consensus) ?? play({ consensus, rounds: 21, malicious: 0 });
  honest.set(consensus, result);
  return result;
}

describe.each(WITHOUT_TRUST)('demo under %s', (consensus) => {
  it('reports what it knows, and no trust; one seed gives one trace (simulation E4)', async () => {
    const result = await playWithoutAttack(consensus);
    const { summary, history, options } = result;
    expect(summary).toMatchObject({
      consensus,
      rounds: 21,
      rejectedBlocks: 0,
      evidence: 0,
      conserved: { money: true, energy: true },
    });
    expect([options.schedule, options.profile, options.finality, history.compositeTrust]).toEqual([
      null,
      null,
      null,
      [],
    ]);
    expect(summary.finality.holds).toBe(true);
    expect(Object.keys(summary.nodes[0] ?? {})).toEqual(['node', 'role', 'elections', 'blocks', 'deposit', 'jailed']);
    expect(total(bonded(result).map(({ blocks }) => blocks))).toBe(summary.blocks);
    expect(bonded(result).every(({ deposit, jailed }) => deposit === '1000' && !jailed)).toBe(true);
    expect([new Set(summary.stateRoots).size, new Set(summary.consensusRoots).size]).toEqual([1, 1]);
    expect([summary.energy.tradedWh > 0, history.refusals]).toEqual([true, {}]);

    const again = await play({ consensus, rounds: 21, malicious: 0 });
    expect(again.summary).toEqual(summary);
  });
});

describe('PBFT', () => {
  it('makes every block final within a fraction of a round (pbft R4)', async () => {
    const { summary, history } = await playWithoutAttack('pbft');
    expect(summary.finality).toMatchObject({ kind: 'instant', height: 21, certificates: 0, holds: true });
    expect(summary.finality.time.p99Ms).toBeLessThan(1_000);
    expect(summary.blocks).toBe(21);
    // The seats take turns in the order of their addresses (pbft P).
    expect(history.leaders.slice(6, 12)).toEqual(history.leaders.slice(0, 6));
    expect(new Set(history.leaders.slice(0, 6)).size).toBe(6);
  });

  it('gives the turn of who proposes too early to the next seat, and loses no round (pbft R1, R6)', async () => {
    const result = await play({ consensus: 'pbft', rounds: 24 });
    const { summary, history } = result;
    const turns = bonded(result)[5]?.elections ?? 0;
    expect(turns).toBeGreaterThan(2);
    expect(bonded(result)[5]).toMatchObject({ blocks: 0, deposit: '1000', jailed: false });
    expect(summary).toMatchObject({ blocks: 24, rejectedBlocks: turns, evidence: 0 });
    expect(summary.finality).toMatchObject({ height: 24, holds: true });
    expect([history.emptySlots, history.leaders.length]).toEqual([[], 24 + turns]);
  });

  it('proves two machines with one key once, and takes deposit and seat (pbft S4)', async () => {
    // Of which machine's votes the others hear first depends on the seed, and so does whether the lock shows.
    const result = await play({ consensus: 'pbft', rounds: 24, act: 'equivocate', seed: 3 });
    const { summary, history } = result;
    expect(bonded(result)[5]).toMatchObject({ elections: 1, deposit: '0', jailed: true });
    // Two votes for one place, and a lock that the other machine knew nothing of (pbft M3, M4); it pays once.
    expect(summary).toMatchObject({ blocks: 24, rejectedBlocks: 0, evidence: 2 });
    expect(summary.finality).toMatchObject({ height: 24, holds: true });
    // Five seats are left, and they take turns without it.
    expect(new Set(history.leaders.slice(-5)).size).toBe(5);
    expect(
      bonded(result)
        .slice(0, 5)
        .every(({ deposit, jailed }) => deposit === '1000' && !jailed),
    ).toBe(true);
  });
});

describe('checkpoint finality', () => {
  it.each([
    ['dpos', 1],
    ['pos', 1],
    ['pow', 5],
  ] as const)(
    'makes blocks of %s final, a checkpoint every %i blocks (finality-checkpoint F1)',
    async (consensus, every) => {
      const { summary } = await play({ consensus, finality: 'checkpoint', rounds: 21 });
      const { kind, height, certificates, time, holds } = summary.finality;
      expect([kind, holds, height % every]).toEqual(['checkpoint', true, 0]);
      expect(height).toBeGreaterThan(summary.blocks - 4 * every);
      expect(certificates).toBeGreaterThanOrEqual(height / every);
      expect(time.p50Rounds).toBeGreaterThan(1);
      expect(time.p99Rounds).toBeLessThan(6);
      expect([new Set(summary.stateRoots).size, new Set(summary.consensusRoots).size]).toEqual([1, 1]);
    },
  );

  it('leaves the trust of every node where it was under DT-DPoS, and the elections too (trust F8)', async () => {
    const [without, beside] = [await play({ rounds: 24 }), await play({ rounds: 24, finality: 'checkpoint' })];
    expect(without.summary.finality).toMatchObject({ kind: 'settle', certificates: 0, holds: true });
    expect(beside.summary.finality).toMatchObject({ kind: 'checkpoint', holds: true });
    expect(beside.summary.finality.certificates).toBeGreaterThan(15);
    expect(beside.summary.finality.height).toBeGreaterThan(without.summary.finality.height);
    expect(beside.summary.nodes).toEqual(without.summary.nodes);
    expect(beside.history.compositeTrust).toEqual(without.history.compositeTrust);
    expect(beside.history.leaders).toEqual(without.history.leaders);

    const again = await play({ rounds: 24, finality: 'checkpoint' });
    expect(again.summary).toEqual(beside.summary);
  });
});

describe.each(['dpos', 'pos'] as const)('malicious node under %s', (consensus) => {
  it('loses its slots by invalid headers, and nothing else (pos-pow A2)', async () => {
    const result = await play({ consensus, rounds: 24 });
    const { summary, history } = result;
    const { elections, blocks, deposit, jailed } = bonded(result)[5] ?? expect.unreachable();
    expect(elections).toBeGreaterThan(0);
    expect([blocks, deposit, jailed]).toEqual([0, '1000', false]);
    expect(summary).toMatchObject({ blocks: 24 - elections, rejectedBlocks: elections, evidence: 0 });
    expect(history.emptySlots).toEqual(history.leaders.flatMap((leader, index) => (leader === 5 ? [index + 1] : [])));
    expect(total(summary.nodes.map((node) => node.elections))).toBe(24);
  });
});

describe('malicious node that signs two blocks for a slot', () => {
  it.each([
    ['dpos', '0'],
    ['pos', '950'],
  ] as const)(
    'is proven once under %s, jailed, and keeps %s of 1000 units (pos-pow P2, N1)',
    async (consensus, deposit) => {
      const result = await play({ consensus, rounds: 24, act: 'equivocate' });
      const { summary, history } = result;
      const offender = bonded(result)[5] ?? expect.unreachable();
      expect(offender).toMatchObject({ blocks: 1, deposit, jailed: true });
      expect(summary).toMatchObject({ rejectedBlocks: 0, evidence: 1, blocks: 24 - offender.elections + 1 });
      // It keeps its turns until others are drawn, but every slot after its first stays empty.
      const turns = history.leaders.flatMap((leader, index) => (leader === 5 ? [index + 1] : []));
      expect(history.emptySlots).toEqual(turns.slice(1));
      expect(bonded(result).slice(0, 5)).toEqual(
        summary.nodes.slice(0, 5).map((node) => ({ ...node, deposit: '1000', jailed: false })),
      );
    },
  );

  it('can be nobody under PoW, where two blocks at one height are no offence (pos-pow M5)', async () => {
    await expect(play({ consensus: 'pow', act: 'equivocate' })).rejects.toMatchObject({
      data: { code: 'INVALID_OPTION', option: 'act' },
      message: '--act: must be invalid under PoW',
    });
  });
});

describe('proof of work', () => {
  it('wastes the work of who mines on a target that is not due (pos-pow H3, F3)', async () => {
    const result = await play({ consensus: 'pow', rounds: 30 });
    const { summary, history } = result;
    expect(bonded(result)[5]).toMatchObject({ elections: 0, blocks: 0, deposit: '1000', jailed: false });
    expect(summary.rejectedBlocks).toBeGreaterThan(0);
    expect([summary.evidence, history.leaders.length]).toEqual([0, summary.blocks]);
    // Five honest nodes of six: 125 blocks in 30 rounds, give or take four standard deviations.
    expect(Math.abs(summary.blocks - 125)).toBeLessThan(45);
  });
});

describe('settings', () => {
  it.each([
    [{ consensus: 'proof-of-hope' as ConsensusName }, 'consensus', 'dt-dpos or dpos or pos or pow or pbft'],
    [{ consensus: 'pbft', finality: 'checkpoint' }, 'finality', 'every block is final already'],
    [{ finality: 'soon' as 'checkpoint' }, 'finality', 'must be checkpoint'],
    [{ consensus: 'pbft', profile: 'paper' }, 'profile', 'no meaning under PBFT'],
    [{ consensus: 'dpos', schedule: 'wrr' }, 'schedule', 'no meaning under DPoS'],
    [{ consensus: 'pow', profile: 'paper' }, 'profile', 'no meaning under PoW'],
    [{ schedule: null }, 'schedule', 'wrr or lottery'],
    [{ profile: null }, 'profile', 'paper or default'],
  ] as const)('refuse %j', async (options, option, reason) => {
    await expect(play(options)).rejects.toMatchObject({
      data: { option },
      message: expect.stringContaining(reason),
    });
  });

  it('give DT-DPoS VRF keys under the profile that draws from VRF outputs (trust E3)', async () => {
    const { summary } = await play({ profile: 'default', rounds: 21, malicious: 0 });
    expect(summary).toMatchObject({ blocks: 21, evidence: 0 });
    expect(new Set(summary.stateRoots).size).toBe(1);
  });
});

/** Everything that money and energy did in a market of six rows, long enough that nothing is under way at the end. */
async function playHonestly(consensus: ConsensusName) {
  const options = requireDemoOptions({ consensus, malicious: 0 });
  const rows = input.market.rows.slice(0, 6);
  const market = createDemoMarket({ ...input, market: { ...input.market, rows } });
  const network = await createNetwork({
    seed: options.seed,
    genesisTime: DEMO_GENESIS_TIME,
    consensus: PROTOCOLS[consensus].setUp(options, { slotMs: SLOT_SECONDS * 1000, deposit: NODE_DEPOSIT }),
    malicious: options.malicious,
    act: options.act,
    ledgerModules: [market.module],
    accounts: market.accounts,
  });
  await network.start();
  market.start(network);
  for (let slot = 1; slot <= 30; slot++) await network.runSlot(slot);
  await network.stop();
  const { ledger } = network.observer.node;
  const state = ledger.stateAt() ?? expect.unreachable();
  const incomes = network.nodes.map(({ keyPair }) => readProducerIncome(state, keyPair.address));
  return {
    height: state.height,
    applicationRoot: state.applicationRoot,
    market: readMarket(state),
    accounts: [
      ...market.accounts.map(({ actor }) => actor),
      ...network.nodes.map(({ keyPair }) => keyPair.address),
    ].map((actor) => readAccount(state, actor)),
    supply: auditSupply(state),
    fees: incomes.reduce((sum, income) => sum + income, 0n),
    incomes,
  };
}

describe('DPoS as the baseline of DT-DPoS', () => {
  it('runs the same transactions to the same totals, and to the same application state (pos-pow P7)', async () => {
    const { incomes: baseline, ...dpos } = await playHonestly('dpos');
    const { incomes, ...dtDpos } = await playHonestly('dt-dpos');
    expect(dpos.height).toBe(30);
    expect(dpos.fees).toBeGreaterThan(0n);
    expect(dpos.supply.conserved).toBe(true);
    expect(dpos).toEqual(dtDpos);
    // Who earns the fees is what the protocols decide differently.
    expect(baseline).not.toEqual(incomes);
  });
});
