import { ByteWriter, type Fact } from '@fiducia/consensus';
import fc from 'fast-check';
import { type DtDposConfig, TRUST_OFFENCE_ID } from '../src/index.ts';
import {
  configOf,
  equivocation,
  evidenceFact,
  invalidHeaderEvidence,
  keyedCensus,
  nodeId,
  TestChain,
} from './support.ts';

/** One step of a random chain: slots skipped before the block, and what happens in it. */
export interface Step {
  readonly gap: number;
  readonly events: readonly Event[];
}

/** An event about a member, by position; `amount` fills in whatever the kind needs. */
interface Event {
  readonly kind:
    | 'vote'
    | 'equivocate'
    | 'invalid'
    | 'stated'
    | 'ballot'
    | 'deposit'
    | 'exit'
    | 'admit'
    | 'key'
    | 'govern';
  readonly node: number;
  readonly amount: number;
}

const event: fc.Arbitrary<Event> = fc.record({
  kind: fc.oneof(
    { arbitrary: fc.constant('vote' as const), weight: 6 },
    {
      arbitrary: fc.constantFrom(
        'equivocate' as const,
        'invalid' as const,
        'stated' as const,
        'ballot' as const,
        'deposit' as const,
        'exit' as const,
        'admit' as const,
        'key' as const,
        'govern' as const,
      ),
      weight: 1,
    },
  ),
  node: fc.integer({ min: 0, max: 7 }),
  amount: fc.integer({ min: 0, max: 9 }),
});

/** Random chains of up to 30 blocks. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ gap: fc.integer({ min: 0, max: 9 }), events: fc.array(event, { maxLength: 12 }) }),
  { minLength: 1, maxLength: 30 },
);

/** Configurations that turn different parts on. */
export const configs: fc.Arbitrary<DtDposConfig> = fc
  .record({
    profile: fc.constantFrom({ preset: 'paper' }, { preset: 'minimal' }, { preset: 'minimal', seedMode: 'vrf' }),
    schedule: fc.constantFrom('wrr', 'lottery', 'permutation'),
    mode: fc.constantFrom('all', 'top', 'weighted'),
    lag: fc.integer({ min: 0, max: 2 }),
    jailBaseEpochs: fc.integer({ min: 0, max: 1 }),
    tombstone: fc.boolean(),
  })
  .map(({ profile, mode, lag, ...raw }) => {
    const electionLagEpochs = 'seedMode' in profile ? 2 + lag : lag;
    return configOf({ ...profile, ...raw, electionLagEpochs, unbondingRounds: 20, committee: { mode, size: 3 } });
  });

/** Facts of a step at `height`; at most one total per kind and subject, as in a real block. */
export function factsOf(step: Step, chain: TestChain): readonly Fact[] {
  const height = chain.header.height + 1;
  const seen = new Set<string>();
  return step.events.flatMap((item): readonly Fact[] => {
    const key = item.kind === 'govern' ? item.kind : `${item.kind}/${item.node}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [factOf(item, height, chain)];
  });
}

function factOf({ kind, node, amount }: Event, height: number, chain: TestChain): Fact {
  const actor = nodeId(node);
  const past = Math.max(1, height - amount);
  switch (kind) {
    case 'vote':
      return { kind: 'participation', actor, round: amount === 9 ? height + 1 : height };
    case 'equivocate':
      return evidenceFact(equivocation(actor, past));
    case 'invalid':
      return evidenceFact(invalidHeaderEvidence({ ...chain.header, author: actor, height: past }, 'SLOT_MISMATCH'));
    case 'stated':
      return { kind: 'custom', id: TRUST_OFFENCE_ID, data: new ByteWriter().text(actor).uint(amount, 6).finish() };
    case 'ballot':
      return { kind: 'ballot', from: nodeId(amount), to: actor, weight: BigInt(amount) };
    case 'deposit':
      return { kind: 'deposit', actor, total: BigInt(amount) };
    case 'exit':
      return { kind: 'exit', actor };
    case 'admit':
      return { kind: 'admission', actor, deposit: BigInt(amount), category: 'solar' };
    case 'key':
      return { kind: 'key', actor, role: 'vrf', publicKey: new Uint8Array(33).fill(amount) };
    case 'govern':
      return { kind: 'parameter', name: 'dt-dpos/trust.trustReward', value: String(amount * 100) };
  }
}

/** Runs steps on a new chain of six members; `arrange` may reorder the facts of a block. */
export function runSteps(
  config: DtDposConfig,
  list: readonly Step[],
  arrange: (facts: readonly Fact[]) => readonly Fact[] = (facts) => facts,
): TestChain {
  const chain = new TestChain(config, keyedCensus(6, 5n));
  for (const step of list) {
    const facts = factsOf(step, chain);
    chain.add(chain.state.slot + 1 + (step.gap > 6 ? step.gap : 0), arrange(facts));
  }
  return chain;
}
