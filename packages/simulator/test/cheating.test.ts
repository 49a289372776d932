/** Plugins that break the rules of determinism in ways that a single node never shows. */
import type { ConsensusPlugin, Effect } from '@fiducia/consensus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { drawFaultPlan, type FaultRunResult, runFaultPlan, type Subject } from '../src/index.ts';
import { createSubject } from './support/fault-subjects.ts';
import { sha256 } from './support/hash.ts';
import { withNumber } from './support/tampered.ts';

const honest = createSubject('round-robin');
const { plugin } = honest.production;

afterEach(() => vi.restoreAllMocks());

/** A clock of the platform that no two calls read the same from. */
function tickingPlatform(): void {
  let at = 1_000;
  vi.spyOn(Date, 'now').mockImplementation(() => (at += 7));
}

async function run(cheating: ConsensusPlugin, seed = 3): Promise<FaultRunResult> {
  const subject: Subject = { ...honest, production: { ...honest.production, plugin: cheating } };
  return runFaultPlan({ subject, seed, plan: drawFaultPlan({ subject, seed, profile: 'default', sha256 }), sha256 });
}

/** An engine that says something with each of its answers. */
function talking(word: () => number): ConsensusPlugin {
  return {
    ...plugin,
    createEngine(config, rules, context) {
      const engine = plugin.createEngine?.(config, rules, context);
      if (engine === undefined) throw new TypeError('round robin has an engine');
      const say = (effects: readonly Effect[]): readonly Effect[] => [
        ...effects,
        { kind: 'trace', event: 'said', data: { word: word() } },
      ];
      return { start: (start, now) => engine.start(start, now), on: (input, now) => say(engine.on(input, now)) };
    },
  };
}

describe('cheating against determinism', () => {
  it('simulation E4: equal seeds of an honest plugin leave equal traces', async () => {
    const [first, second] = [await run(plugin), await run(plugin)];
    expect(second).toEqual(first);
    expect(first.violations).toEqual([]);
  });

  it('simulation E1: an engine that reads the clock of the platform leaves another trace in a second run', async () => {
    tickingPlatform();
    const clocked = talking(() => Date.now());
    const [first, second] = [await run(clocked), await run(clocked)];
    expect(first.violations).toEqual([]);
    expect(second.traceHash).not.toBe(first.traceHash);
  });

  it('simulation E1: an engine that says something random leaves another trace, also if it is a fraction', async () => {
    const random = talking(() => Math.random());
    expect((await run(random)).traceHash).not.toBe((await run(random)).traceHash);
  });

  it('simulation E4: an engine that counts over the lives of its node leaves another trace in a second run', async () => {
    let calls = 0;
    const counting = talking(() => (calls += 1));
    expect((await run(counting)).traceHash).not.toBe((await run(counting)).traceHash);
  });

  it('simulation E1, I12: rules that read the clock of the platform give each node a state of its own', async () => {
    tickingPlatform();
    const { violations } = await run(withNumber(plugin, () => ({ next: () => Date.now() })));
    expect(violations[0]?.invariant).toBe('I12');
  });

  it('simulation E1, I12: rules that follow a set of objects in the order of receipt give nodes different states', async () => {
    const listing = withNumber(plugin, (rules) => {
      const seen = new Set<object>();
      return {
        rules: {
          verifyHeader(header, parent, now) {
            seen.add(header);
            return rules.verifyHeader(header, parent, now);
          },
        },
        next: () => ([...seen].at(-2) as { readonly height?: number } | undefined)?.height ?? 0,
      };
    });
    const found = new Set<string>();
    for (let seed = 1; seed <= 6; seed++) {
      for (const { invariant } of (await run(listing, seed)).violations) found.add(invariant);
    }
    expect([...found]).toContain('I12');
  });

  it('simulation E1, I12: a gadget that reads the clock of the platform gives each node a state of its own', async () => {
    tickingPlatform();
    const subject = createSubject('dpos+checkpoint');
    if (subject.finality === undefined) throw new TypeError('a subject with a gadget');
    const gadget = withNumber(subject.finality.plugin, () => ({ next: () => Date.now() }));
    const clocked = { ...subject, finality: { ...subject.finality, plugin: gadget } };
    const plan = drawFaultPlan({ subject, seed: 1, profile: 'none', nodes: 4, sha256 });
    const run = { subject: clocked, seed: 1, plan, sha256 };
    expect((await runFaultPlan(run)).violations[0]).toMatchObject({
      invariant: 'I12',
      reason: expect.stringMatching(/^gadget state after/),
    });
    const unchecked = { ...run, invariants: [] };
    expect((await runFaultPlan(unchecked)).traceHash).not.toBe((await runFaultPlan(unchecked)).traceHash);
    expect((await runFaultPlan({ ...run, invariants: ['I13'] })).violations[0]?.reason).toMatch(
      /^what the gadget knows/,
    );
  });

  it('simulation E1, I12: rules that keep state between calls are caught', async () => {
    const remembering = withNumber(plugin, () => {
      let calls = 0;
      return { next: () => (calls += 1) };
    });
    const { violations } = await run(remembering, 1);
    expect(violations[0]?.invariant).toBe('I12');
  });
});
