import type { ConsensusHeader, Effect, Input } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { type DposState, decodeDigest, dpos } from '../src/index.ts';
import {
  CONTEXT,
  configOf,
  equivocation,
  evidenceFact,
  exit,
  headerOf,
  membersCensus,
  nodeId,
  T0,
  TestChain,
} from './support.ts';

/** Drives one engine and writes down what goes in and comes out, one line each. */
class Transcript {
  readonly lines: string[] = [];
  readonly #chain: TestChain;
  readonly #engine;

  constructor(chain: TestChain, self: string | null) {
    this.#chain = chain;
    const plugin = dpos();
    const context = { ...CONTEXT, self };
    const engine = plugin.createEngine?.(chain.config, chain.rules, context);
    if (engine === undefined) throw new Error('the plugin has an engine');
    this.#engine = engine;
  }

  start(now: number, behind = false): this {
    const { tip } = this.#chain;
    const effects = this.#engine.start(
      { head: tip, finalized: tip.header, log: [], entropy: new Uint8Array(32), behind },
      now,
    );
    return this.#note(`start at ${now - T0}${behind ? ' behind' : ''}`, effects);
  }

  on(input: Input<DposState>, now: number): this {
    return this.#note(`${describeInput(input)} at ${now - T0}`, this.#engine.on(input, now));
  }

  timer(now: number): this {
    return this.on({ kind: 'timerElapsed', timerId: 'slot' }, now);
  }

  head(now: number): this {
    return this.on({ kind: 'headChanged', head: this.#chain.tip }, now);
  }

  #note(input: string, effects: readonly Effect[]): this {
    this.lines.push(input, ...effects.map((effect) => `  ${describeEffect(effect)}`));
    return this;
  }
}

function describeInput(input: Input<DposState>): string {
  switch (input.kind) {
    case 'headChanged':
      return `head ${input.head.header.height}/${input.head.state.slot}`;
    case 'blockBuilt':
      return `built ${input.requestId}${input.header === null ? ' nothing' : ''}`;
    case 'syncChanged':
      return input.behind ? 'fell behind' : 'caught up';
    default:
      return input.kind;
  }
}

function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'setTimer':
      return `timer ${effect.timerId} at ${(effect.at ?? T0) - T0}`;
    case 'buildBlock':
      return `build ${effect.requestId} on ${effect.parentId} for ${effect.timestamp - T0}, digest slot ${
        decodeDigest(effect.digest)?.slot
      }, until ${effect.deadline - T0}`;
    case 'publish':
      return `publish ${effect.blockId} ${JSON.stringify(effect.sealing)}`;
    case 'trace':
      return `trace ${effect.event} ${JSON.stringify(effect.data)}`;
    default:
      return effect.kind;
  }
}

const chainOf = (members = 3, raw: object = {}) => new TestChain(configOf(raw), membersCensus(members));

const built = (chain: TestChain, slot: number, overrides: Partial<ConsensusHeader> = {}): Input<DposState> => ({
  kind: 'blockBuilt',
  requestId: `slot/${slot}`,
  header: { ...chain.next(slot), id: `built-${slot}`, ...overrides },
});

describe('engine (pos-pow P1, P2)', () => {
  it('builds at the start of its own slot and publishes with the guard of that slot', () => {
    const chain = chainOf();
    const [first, second] = [chain.delegateOf(1), chain.delegateOf(2)];
    expect(first).not.toBe(second);
    const parent = chain.header.id;
    const transcript = new Transcript(chain, second).start(T0 + 3).timer(T0 + 1_000);
    chain.add(1);
    transcript
      .head(T0 + 1_100)
      .timer(T0 + 2_004)
      .on(built(chain, 2), T0 + 2_010);
    expect(transcript.lines).toEqual([
      'start at 3',
      '  timer slot at 1000',
      'timerElapsed at 1000',
      '  timer slot at 2000',
      'head 1/1 at 1100',
      'timerElapsed at 2004',
      '  timer slot at 3000',
      `  build slot/2 on ${chain.header.id} for 2000, digest slot 2, until 2500`,
      'built slot/2 at 2010',
      '  publish built-2 {"kind":"sign","guard":{"lane":"seal","sequence":[2]}}',
    ]);
    expect(chain.header.id).not.toBe(parent);
  });

  it('leads on the parent it has: after an empty slot the next delegate builds the same height (pos-pow P3)', () => {
    const chain = chainOf();
    const transcript = new Transcript(chain, chain.delegateOf(3)).start(T0 + 2_500).timer(T0 + 3_000);
    expect(transcript.lines.at(-1)).toBe(`  build slot/3 on ${chain.header.id} for 3000, digest slot 3, until 3500`);
    // The guard counts slots, not heights: another block at this height in a later slot is no offence.
    transcript.on(built(chain, 3), T0 + 3_010);
    expect(transcript.lines.at(-1)).toBe('  publish built-3 {"kind":"sign","guard":{"lane":"seal","sequence":[3]}}');
  });

  it('its blocks verify on every other node, first blocks of epochs included (pos-pow V2)', () => {
    const chain = new TestChain(configOf(), membersCensus(6));
    for (let slot = 1; slot <= 30; slot++) {
      const engine = dpos().createEngine?.(chain.config, chain.rules, { ...CONTEXT, self: chain.delegateOf(slot) });
      const now = T0 + slot * 1_000;
      const { tip } = chain;
      engine?.start({ head: tip, finalized: tip.header, log: [], entropy: new Uint8Array(32), behind: false }, now - 1);
      const effects = engine?.on({ kind: 'timerElapsed', timerId: 'slot' }, now) ?? [];
      const build = effects.find((effect) => effect.kind === 'buildBlock');
      if (build?.kind !== 'buildBlock') throw new Error('the delegate builds');
      const { timestamp, digest } = build;
      const header = headerOf({ ...chain.next(slot), timestamp, digest });
      expect(chain.rules.verifyHeader(header, tip, now)).toMatchObject({ kind: 'accept' });
      chain.add(slot);
    }
  });

  it('never builds without an identity, for another delegate, or while behind', () => {
    const chain = chainOf();
    const delegate = chain.delegateOf(1);
    const others = [0, 1, 2].map(nodeId).filter((id) => id !== delegate);
    for (const self of [null, 'stranger', ...others]) {
      expect(new Transcript(chain, self).start(T0).timer(T0 + 1_000).lines).toEqual([
        'start at 0',
        '  timer slot at 1000',
        'timerElapsed at 1000',
        '  timer slot at 2000',
      ]);
    }
    const behind = new Transcript(chain, delegate).start(T0, true).timer(T0 + 1_000);
    expect(behind.lines).toHaveLength(4);
    const late = new Transcript(chain, chain.delegateOf(2)).start(T0, true).timer(T0 + 1_000);
    late.on({ kind: 'syncChanged', behind: false }, T0 + 1_500).timer(T0 + 2_000);
    expect(late.lines.at(-1)).toMatch(/build slot\/2/);
  });

  it('never builds for a slot that the head has reached', () => {
    const chain = chainOf(1);
    const transcript = new Transcript(chain, nodeId(0)).start(T0);
    chain.add(4);
    transcript
      .head(T0 + 1_500)
      .timer(T0 + 2_000)
      .timer(T0 + 4_400)
      .timer(T0 + 5_000);
    expect(transcript.lines.filter((line) => line.includes('build'))).toEqual([
      `  build slot/5 on ${chain.header.id} for 5000, digest slot 5, until 5500`,
    ]);
  });

  it('waits for an era that starts in the future', () => {
    const chain = chainOf(1);
    const transcript = new Transcript(chain, nodeId(0))
      .start(T0 - 86_400_000)
      .timer(T0 - 5)
      .timer(T0)
      .timer(T0 + 999);
    expect(transcript.lines.filter((line) => !line.includes('timer slot at 1000'))).toEqual([
      'start at -86400000',
      'timerElapsed at -5',
      'timerElapsed at 0',
      'timerElapsed at 999',
    ]);
    expect(transcript.timer(T0 + 1_000).lines.at(-1)).toMatch(/build slot\/1/);
  });

  it('a late timer builds for the slot that runs, not for the one it was set for, and only in its first half', () => {
    const chain = chainOf(1);
    const transcript = new Transcript(chain, nodeId(0))
      .start(T0)
      .timer(T0 + 7_499)
      .timer(T0 + 8_500);
    expect(transcript.lines.slice(2)).toEqual([
      'timerElapsed at 7499',
      '  timer slot at 8000',
      `  build slot/7 on ${chain.header.id} for 7000, digest slot 7, until 7500`,
      'timerElapsed at 8500',
      '  timer slot at 9000',
    ]);
  });

  it('drops a built block if the head moved, the node fell behind, or nothing was built', () => {
    const chain = chainOf(1);
    const block = built(chain, 1);
    const publishes = (transcript: Transcript) => transcript.lines.some((line) => line.includes('publish'));
    const ready = () => new Transcript(chainOf(1), nodeId(0)).start(T0).timer(T0 + 1_000);

    expect(publishes(ready().on(block, T0 + 1_001))).toBe(true);
    expect(publishes(ready().on({ kind: 'blockBuilt', requestId: 'slot/1', header: null }, T0 + 1_001))).toBe(false);
    expect(
      publishes(
        ready()
          .on({ kind: 'syncChanged', behind: true }, T0 + 1_001)
          .on(block, T0 + 1_002),
      ),
    ).toBe(false);
    expect(publishes(ready().on(built(chain, 1, { parentId: 'other' }), T0 + 1_001))).toBe(false);
    expect(publishes(ready().on(built(chain, 1, { digest: new Uint8Array(1) }), T0 + 1_001))).toBe(false);
    const moved = chainOf(1);
    const transcript = new Transcript(moved, nodeId(0)).start(T0).timer(T0 + 1_000);
    moved.add(1);
    expect(publishes(transcript.head(T0 + 1_001).on(block, T0 + 1_002))).toBe(false);
  });

  it('tells once per epoch that nobody could be elected (pos-pow V2)', () => {
    const chain = new TestChain(configOf({ delegates: 1 }), membersCensus(1));
    chain.add(1, [exit(nodeId(0))]);
    const transcript = new Transcript(chain, null).start(T0 + 1_500);
    for (let slot = 2; slot <= 15; slot++) {
      chain.add(slot);
      transcript.head(T0 + slot * 1_000 + 100);
    }
    expect(transcript.lines.filter((line) => line.includes('trace'))).toEqual([
      '  trace electionWithoutCandidates {"epoch":3}',
      '  trace electionWithoutCandidates {"epoch":4}',
      '  trace electionWithoutCandidates {"epoch":5}',
    ]);
  });

  it('tells of every promotion once, also after a reorganisation to the same one (pos-pow P4)', () => {
    const config = configOf({ delegates: 7, standby: 3, epochRounds: 12, missWindow: 4, missMax: 2 });
    const chain = new TestChain(config, membersCensus(10));
    const transcript = new Transcript(chain, null).start(T0);
    for (let slot = 1; slot <= 60; slot++) {
      if ([nodeId(2), nodeId(3)].includes(chain.delegateOf(slot))) continue;
      chain.add(slot);
      transcript.head(T0 + slot * 1_000 + 100).head(T0 + slot * 1_000 + 100);
    }
    const traces = transcript.lines.filter((line) => line.includes('trace'));
    expect(traces).toHaveLength(2);
    expect(chain.state.epoch.promotions.map(({ suspended }) => suspended).toSorted()).toEqual([nodeId(2), nodeId(3)]);
    for (const promotion of chain.state.epoch.promotions) {
      const { suspended, promoted, fromRound } = promotion;
      const data = JSON.stringify({ epoch: 0, fromRound, suspended, promoted });
      expect(traces).toContain(`  trace standbyPromoted ${data}`);
    }
  });

  it('builds nothing once it is ejected (pos-pow P2)', () => {
    const chain = chainOf(3, { delegates: 3, standby: 0 });
    const self = chain.delegateOf(5);
    chain.run(2);
    chain.add(3, [evidenceFact(equivocation(self, 1))]);
    const transcript = new Transcript(chain, self).start(T0 + 3_500).timer(T0 + 5_000);
    expect(transcript.lines.filter((line) => line.includes('build'))).toEqual([]);
  });

  it('returns nothing for inputs it has no use for, and before it was started', () => {
    const chain = chainOf(1);
    const engine = dpos().createEngine?.(chain.config, chain.rules, { ...CONTEXT, self: nodeId(0) });
    expect(engine?.on({ kind: 'timerElapsed', timerId: 'slot' }, T0 + 1_000)).toEqual([]);
    const transcript = new Transcript(chain, nodeId(0)).start(T0);
    const message = { author: 'x', payload: new Uint8Array([1]), signature: new Uint8Array() };
    transcript
      .on({ kind: 'timerElapsed', timerId: 'other' }, T0 + 1_000)
      .on({ kind: 'messageReceived', from: 'peer', message }, T0 + 1_000)
      .on({ kind: 'finalized', header: chain.header }, T0 + 1_000);
    expect(transcript.lines.filter((line) => line.startsWith('  '))).toEqual(['  timer slot at 1000']);
  });

  it('replays to the same effects (contract H-8)', () => {
    const run = () => {
      const chain = chainOf(2);
      const transcript = new Transcript(chain, chain.delegateOf(1)).start(T0);
      for (let slot = 1; slot <= 20; slot++) {
        transcript.timer(T0 + slot * 1_000);
        chain.add(slot);
        transcript.head(T0 + slot * 1_000 + 9);
      }
      return transcript.lines;
    };
    expect(run()).toEqual(run());
  });
});
