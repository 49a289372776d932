import type { Bytes, ConsensusEngine, ConsensusHeader, Effect, Input } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { decodeDigest, type PosState, pos } from '../src/index.ts';
import { leadershipAt } from '../src/lottery.ts';
import { CONTEXT, configOf, equivocation, evaluate, nodeId, T0, TestChain } from './support.ts';

const config = configOf();
const ENTROPY = new Uint8Array(32);

/** An engine on a chain, with the host's part played by hand. */
function setUp(options: { self?: string | null; behind?: boolean; chain?: TestChain } = {}) {
  const { chain = new TestChain(config), behind = false } = options;
  const self = options.self === undefined ? nodeId(3) : options.self;
  const engine = pos().createEngine?.(config, chain.rules, { ...CONTEXT, self }) as ConsensusEngine<PosState>;
  const start = { head: chain.tip, finalized: chain.header, log: [], entropy: ENTROPY, behind };
  const started = engine.start(start, T0);
  const on = (input: Input<PosState>, now: number) => engine.on(input, now);
  return {
    chain,
    engine,
    started,
    on,
    fire: (slot: number, late = 0) => on({ kind: 'timerElapsed', timerId: 'slot' }, T0 + slot * 1_000 + late),
    prove(slot: number, late = 0, state = chain.state) {
      const { leader, alpha } = leadershipAt(state, slot, config, CONTEXT);
      const proved = { kind: 'vrfProved', requestId: `vrf/${slot}`, ...evaluate(leader.vrfKey, alpha) } as const;
      return on(proved, T0 + slot * 1_000 + late);
    },
    adopt: (slot: number) => on({ kind: 'headChanged', head: chain.tip }, T0 + slot * 1_000),
  };
}

const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const find = <K extends Effect['kind']>(effects: readonly Effect[], kind: K) =>
  effects.find((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
const built = (requestId: string, header: ConsensusHeader | null) =>
  ({ kind: 'blockBuilt', requestId, header }) as const;

describe('a slot that this node leads', () => {
  it('is proved, built with the proof, sealed under the guard of the slot', () => {
    const { chain, fire, prove, on } = setUp();
    const slot = chain.firstSlotOf(nodeId(3));
    const proofs = fire(slot);
    const { alpha } = leadershipAt(chain.state, slot, config, CONTEXT);
    expect(kinds(proofs)).toEqual(['setTimer', 'trace', 'proveVrf']);
    expect(find(proofs, 'proveVrf')).toEqual({ kind: 'proveVrf', requestId: `vrf/${slot}`, alpha });
    expect(find(proofs, 'trace')).toMatchObject({ event: 'slotLed', data: { slot, height: 1 } });

    const builds = prove(slot, 12);
    const build = find(builds, 'buildBlock');
    const start = T0 + slot * 1_000;
    expect(build).toMatchObject({ parentId: chain.header.id, timestamp: start, deadline: start + 500 });
    const header = chain.next(slot);
    expect(build?.digest).toEqual(header.digest);
    const guard = { lane: 'seal', sequence: [slot] };
    expect(on(built(`slot/${slot}`, header), start + 20)).toEqual([
      { kind: 'publish', blockId: header.id, sealing: { kind: 'sign', guard } },
    ]);
    expect(chain.judge(header)).toBe('accept');
  });

  it('is left empty in its second half, behind the others, and by an observer', () => {
    const slot = new TestChain(config).firstSlotOf(nodeId(3));
    expect(kinds(setUp().fire(slot, 499))).toContain('proveVrf');
    expect(kinds(setUp().fire(slot, 500))).toEqual(['setTimer']);
    expect(kinds(setUp({ behind: true }).fire(slot))).toEqual(['setTimer']);
    expect(kinds(setUp({ self: null }).fire(slot))).toEqual(['setTimer']);
    const caughtUp = setUp({ behind: true });
    caughtUp.on({ kind: 'syncChanged', behind: false }, T0);
    expect(kinds(caughtUp.fire(slot))).toContain('proveVrf');
  });

  it('is left empty after an ejection (pos-pow S4)', () => {
    const chain = new TestChain(config);
    chain.add(1, [{ kind: 'evidence', evidence: equivocation(nodeId(3), 1) }]);
    const slot = chain.firstSlotOf(nodeId(3));
    expect(kinds(setUp({ chain }).fire(slot))).toEqual(['setTimer']);
    expect(chain.judge(chain.next(slot))).toBe('LEADER_EJECTED');
  });

  it('is not built a second time on a head that has reached it', () => {
    const { chain, fire, adopt } = setUp();
    const slot = chain.firstSlotOf(nodeId(3));
    chain.add(slot);
    adopt(slot);
    expect(kinds(fire(slot, 1))).toEqual(['setTimer']);
  });
});

it('does nothing in a slot of another', () => {
  const { chain, fire } = setUp();
  const slot = Array.from({ length: 20 }, (_, index) => index + 1).find((index) => chain.leaderOf(index) !== nodeId(3));
  expect(kinds(fire(slot ?? 0))).toEqual(['setTimer']);
});

describe('a proof', () => {
  it('is used on a head that changed meanwhile, if the branch has the same seed', () => {
    const { chain, fire, prove, adopt } = setUp();
    const slot = chain.firstSlotOf(nodeId(3), 4);
    fire(slot);
    chain.add(slot - 1);
    adopt(slot);
    expect(find(prove(slot, 30), 'buildBlock')).toMatchObject({ parentId: chain.header.id });
  });

  it('is dropped on a branch with another seed', () => {
    const chain = new TestChain(config);
    const fork = chain.fork();
    chain.add(1);
    fork.add(2);
    for (const branch of [chain, fork]) branch.add(31);
    const node = setUp({ chain });
    const both = (slot: number) => chain.leaderOf(slot) === nodeId(3) && fork.leaderOf(slot) === nodeId(3);
    const slot = Array.from({ length: 60 }, (_, index) => 60 + index).find(both) ?? 0;
    node.fire(slot);
    const before = chain.state;
    Object.assign(chain, fork);
    node.adopt(slot);
    expect(node.prove(slot, 30, before)).toEqual([]);
  });

  it('is dropped when it is late, malformed, repeated or about another slot', () => {
    const slot = new TestChain(config).firstSlotOf(nodeId(3));
    const proved = (output: Bytes, proof: Bytes, requestId = `vrf/${slot}`) =>
      ({ kind: 'vrfProved', requestId, output, proof }) as const;
    const attempt = (input: Input<PosState>, late = 10) => {
      const node = setUp();
      node.fire(slot);
      return node.on(input, T0 + slot * 1_000 + late);
    };
    const sound = [new Uint8Array(32), new Uint8Array(81)] as const;
    expect(kinds(attempt(proved(...sound)))).toEqual(['buildBlock']);
    expect(attempt(proved(...sound), 500)).toEqual([]);
    expect(kinds(attempt(proved(sound[0], new Uint8Array(80))))).toEqual(['trace']);
    expect(kinds(attempt(proved(new Uint8Array(0), sound[1])))).toEqual(['trace']);
    expect(attempt(proved(...sound, 'vrf/9999'))).toEqual([]);
    const node = setUp();
    node.fire(slot);
    node.prove(slot, 1);
    expect(node.prove(slot, 2)).toEqual([]);
    expect(setUp().prove(slot)).toEqual([]);
  });

  it('that is still awaited at the next slot is cancelled', () => {
    const { chain, fire } = setUp();
    const slot = chain.firstSlotOf(nodeId(3));
    fire(slot);
    expect(fire(slot + 1)).toContainEqual({ kind: 'cancel', requestId: `vrf/${slot}` });
  });
});

describe('a built block', () => {
  it('is dropped if there is none, or its parent is no longer the head', () => {
    const { chain, fire, prove, on, adopt } = setUp();
    const slot = chain.firstSlotOf(nodeId(3), 4);
    fire(slot);
    prove(slot);
    const header = chain.next(slot);
    expect(on(built(`slot/${slot}`, null), T0 + slot * 1_000)).toEqual([]);
    expect(on(built(`slot/${slot}`, { ...header, digest: new Uint8Array() }), T0)).toEqual([]);
    chain.add(slot - 1);
    adopt(slot);
    expect(on(built(`slot/${slot}`, header), T0 + slot * 1_000 + 20)).toEqual([]);
  });
});

describe('timer and traces', () => {
  it('wait for the next slot, also before the era begins', () => {
    const { started, fire, on } = setUp();
    expect(find(started, 'setTimer')).toEqual({ kind: 'setTimer', timerId: 'slot', at: T0 + 1_000 });
    expect(find(fire(6, 999), 'setTimer')?.at).toBe(T0 + 7_000);
    const early = on({ kind: 'timerElapsed', timerId: 'slot' }, T0 - 90_000);
    expect(find(early, 'setTimer')?.at).toBe(T0 + 1_000);
    expect(on({ kind: 'timerElapsed', timerId: 'other' }, T0)).toEqual([]);
  });

  it('tell once that an epoch opened', () => {
    const { chain, started, adopt } = setUp();
    const { seed } = chain.state.seeds;
    const opened = { epoch: 0, seed, validators: 5, stake: 8_000n };
    expect(find(started, 'trace')).toEqual({ kind: 'trace', event: 'epochOpened', data: opened });
    chain.add(1);
    expect(adopt(1)).toEqual([]);
    chain.add(31);
    expect(find(adopt(31), 'trace')).toMatchObject({ event: 'epochOpened', data: { epoch: 1 } });
  });
});

it('ignores what does not concern it, and everything before its start', () => {
  const { on } = setUp();
  const message = { author: nodeId(0), payload: new Uint8Array(9), signature: new Uint8Array(1) };
  expect(on({ kind: 'messageReceived', from: 'peer', message }, T0)).toEqual([]);
  const chain = new TestChain(config);
  const fresh = pos().createEngine?.(config, chain.rules, { ...CONTEXT, self: nodeId(3) });
  expect(fresh?.on({ kind: 'timerElapsed', timerId: 'slot' }, T0)).toEqual([]);
  expect(decodeDigest(new Uint8Array(125))).toBeUndefined();
});
