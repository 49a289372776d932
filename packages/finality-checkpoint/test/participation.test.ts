import type { ConsensusHeader, Fact, RulesContext } from '@fiducia/consensus';
import { candidateScores, DORMANT_EPOCHS_MAX, dtDpos, encodeDigest, leadersBetween } from '@fiducia/consensus-dt-dpos';
import { expect, it } from 'vitest';
import { EMPTY, headerOf, sha256, text } from './support.ts';

/** What a chain configures whose ledger keeps no votes for rounds (docs/adr/0022-checkpoint-finality.md). */
const WITHOUT_ROUND_VOTES = {
  dormantEpochs: DORMANT_EPOCHS_MAX,
  trust: { omega1Bp: 10_000, omega2Bp: 0, decayN: 0 },
};

const MEMBERS = ['grid', 'hydro', 'solar', 'tide', 'wave', 'wind'];
const BLOCKS = 240;

/** Composite trust of everybody before and after a life in which certificates are all that is known of votes. */
function live(overrides: object): { before: readonly number[]; after: readonly number[]; produced: Set<string> } {
  const plugin = dtDpos();
  const config = plugin.parseConfig({ preset: 'minimal', slotMs: 1_000, ...overrides });
  const context: RulesContext = { chainId: sha256(text('chain')), era: 0, protocol: 'dt-dpos@1', sha256 };
  const rules = plugin.createRules(config, context);
  let parent: ConsensusHeader = headerOf('genesis', null);
  const census = MEMBERS.map((actor): Fact => ({ kind: 'admission', actor, deposit: 10n, category: 'WIND' }));
  const handover = { validators: [], randomness: sha256(EMPTY), extra: new Map() };
  let state = rules.initialState({ era: 0, parent, handover, census });
  const scores = () => candidateScores(state, config).map(({ score }) => score.composite);
  const before = scores();
  const produced = new Set<string>();
  for (let height = 1; height <= BLOCKS; height++) {
    const slot = state.slot + 1;
    const author = leadersBetween(state, slot, config, sha256).at(-1) ?? '';
    produced.add(author);
    const digest = encodeDigest({ slot });
    const header = { ...headerOf(`b${height}`, parent), author, digest, timestamp: parent.timestamp + 1_000 };
    // Every fourth block carries a certificate, and the same two members are always too late for it.
    const named = height % 4 === 0 ? MEMBERS.slice(0, 4) : [];
    const facts = named.map((actor): Fact => ({ kind: 'participation', actor, round: height - 1 }));
    state = rules.applyHeader(state, header, facts);
    parent = header;
  }
  return { before, after: scores(), produced };
}

it('certificates as the only witnesses of participation lower the trust of nobody honest, as configured for that', () => {
  const { before, after, produced } = live(WITHOUT_ROUND_VOTES);
  for (const [index, trust] of after.entries()) expect(trust).toBeGreaterThanOrEqual(before[index] ?? 0);
  expect(produced.size).toBeGreaterThan(4);
});

it('as configured for round votes they would lower it for everybody', () => {
  const { before, after } = live({});
  for (const [index, trust] of after.entries()) expect(trust).toBeLessThan(before[index] ?? 0);
});
