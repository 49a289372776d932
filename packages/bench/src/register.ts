/**
 * Cost of DT-DPoS by the size of its register (trust L2, L3, experiment E-10).
 *
 * @module
 */
import type { ActorId, ConsensusHeader, ConsensusRules, Fact, HashFunction } from '@fiducia/consensus';
import { type DtDposState, dtDpos, encodeDigest, leadersBetween } from '@fiducia/consensus-dt-dpos';
import { createCrypto } from '@fiducia/crypto';
import { compare, type Measurement, requireSpeed, type Subject } from './measure.ts';

/** Candidates that take part, and those that once did. */
const LIVE = 10_000;
const REGISTERED = 100_000;

/** Candidates that vote in a block under measurement. */
const VOTERS = 64;

/** Blocks until those that take no part are dormant, and the ratings of the first election published. */
const BLOCKS = 20;

/** E-10: a block costs the same whatever is registered; lookups in a larger map cost a little. */
const FLAT_RATIO_MIN = 0.5;

/** E-10: crossing an epoch takes less than 50 ms. */
const BOUNDARIES_PER_SECOND_MIN = 20;

const CONFIG = {
  preset: 'minimal',
  committee: { size: 21, mode: 'weighted' },
  dormantEpochs: 2,
  electionLagEpochs: 0,
} as const;

/** Measures a block on registers of two sizes, and the last block of an epoch. */
export async function measureRegister(): Promise<readonly Measurement[]> {
  const { sha256 } = await createCrypto();
  const large = new Register(REGISTERED, sha256);
  const small = new Register(LIVE, sha256);
  const boundary = blockOn(large, 'cross an epoch with 10,000 of 100,000 candidates live', BLOCKS - 1, 0);
  return [
    await compare(
      blockOn(large, 'apply a block with 64 votes, 100,000 candidates registered', BLOCKS - 3, VOTERS),
      blockOn(small, 'apply the same with 10,000 registered', BLOCKS - 3, VOTERS),
      FLAT_RATIO_MIN,
    ),
    requireSpeed(boundary, 'limit of trust E-10', BOUNDARIES_PER_SECOND_MIN),
  ];
}

/** A chain on which a number of candidates was registered and all but {@link LIVE} have fallen dormant. */
class Register {
  readonly config;
  readonly rules: ConsensusRules<DtDposState>;
  readonly sha256: HashFunction;
  /** States by height. */
  readonly states: DtDposState[];

  constructor(registered: number, sha256: HashFunction) {
    const plugin = dtDpos();
    this.sha256 = sha256;
    this.config = plugin.parseConfig(CONFIG);
    this.rules = plugin.createRules(this.config, {
      chainId: new Uint8Array(32),
      era: 0,
      protocol: 'dt-dpos@1',
      sha256,
    });
    const census = Array.from({ length: registered }, (_, index): Fact => {
      return { kind: 'admission', actor: idOf(index), deposit: this.config.depositTarget, category: 'wind' };
    });
    const handover = { validators: [], randomness: new Uint8Array(32), extra: new Map() };
    this.states = [this.rules.initialState({ era: 0, parent: headerAt(0, ''), handover, census })];
    // Everybody who stays live takes part once in every epoch.
    for (let height = 1; height <= BLOCKS; height++) {
      const isFirstOfEpoch = height % this.config.trust.epochRounds === 1;
      this.states.push(this.apply(height, votes(isFirstOfEpoch ? LIVE : 0, height)));
    }
  }

  /** State after the block of a height on the state before it. */
  apply(height: number, facts: readonly Fact[]): DtDposState {
    const state = this.states[height - 1];
    if (state === undefined) throw new RangeError(`no state before height ${height}`);
    const author = leadersBetween(state, height, this.config, this.sha256).at(-1) ?? '';
    return this.rules.applyHeader(state, headerAt(height, author), facts);
  }
}

function blockOn(register: Register, name: string, height: number, voters: number): Subject {
  const facts = votes(voters, height + 1);
  return { name, run: () => register.apply(height + 1, facts) };
}

function votes(count: number, round: number): readonly Fact[] {
  return Array.from({ length: count }, (_, index): Fact => ({ kind: 'participation', actor: idOf(index), round }));
}

function idOf(index: number): ActorId {
  return `node-${index}`;
}

function headerAt(height: number, author: ActorId): ConsensusHeader {
  return {
    id: `block-${height}`,
    parentId: `block-${height - 1}`,
    height,
    timestamp: height * 1_000,
    author,
    protocol: 'dt-dpos@1',
    digest: encodeDigest({ slot: height }),
    sealHash: new Uint8Array(32).fill(height),
    seal: new Uint8Array(),
  };
}
