/**
 * The plugin takes over from another and is taken over from, on a live network (contract CK-17, H-34).
 *
 * @module
 */
import type { ActorId, ConsensusPlugin, Era } from '@fiducia/consensus';
import { isHostError } from '@fiducia/host';
import type { FaultPlan, InvariantId, Subject } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { type LoggedCall, withLog } from '../faults/engine-log.ts';
import { calmPlan, tryPlan } from '../faults/fault-run.ts';
import { Findings, type KitItem, skipped } from '../item.ts';
import { referenceNotary } from '../reference/notary.ts';
import { referenceTurns } from '../reference/turns.ts';
import { createNetwork } from '../sample/network.ts';
import { configFor, hashesPerSecondOf, pluginUnderTest } from '../subject.ts';

const FIRST_BORDER = 8;
const SECOND_BORDER = 18;
const SLOTS = 30;
const INVARIANTS: readonly InvariantId[] = ['I1', 'I2', 'I3', 'I5', 'I8', 'I9', 'I12', 'I10'];
/** What the static check answers to a pair that cannot be: it is refused before it starts, as it should be. */
const REFUSALS = ['VALIDATORS_MISSING', 'HANDOVER_INVALID'] as const;

/** The requirement. */
export const switching: KitItem = {
  id: 'CK-17',
  title: 'switches in and out under delay and restart; the old engine is silent after the border',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    let refusals = 0;
    for (const seed of context.seeds) {
      for (const direction of ['in', 'out'] as const) {
        if (!(await crossBorder(context, seed, direction, findings))) refusals += 1;
        if (!findings.isEmpty) return findings.outcome();
      }
    }
    if (refusals === context.seeds.length * 2)
      return skipped('the static check refuses every switch from and to the reference plugin');
    findings.count('switches refused by the static check', refusals);
    return findings.outcome();
  },
};

/** @returns Whether the pair can be run. */
async function crossBorder(
  context: KitContext,
  seed: number,
  direction: 'in' | 'out',
  findings: Findings,
): Promise<boolean> {
  const calls: LoggedCall[] = [];
  const subject = switchingSubject(context.simulated, direction, (call) => calls.push(call));
  if (await isRefused(context, subject)) return false;
  const run = { subject, seed, plan: planOf(context, seed), invariants: INVARIANTS };
  const { blocks, violations } = await tryPlan(
    run,
    `a switch ${direction === 'in' ? 'to' : 'from'} the plugin`,
    findings,
  );
  if (violations.length > 0) return true;
  const border = direction === 'in' ? FIRST_BORDER : SECOND_BORDER;
  const add = (message: string): void => {
    findings.add({ rule: 'contract H-34', message, trace: [`${direction}, border at height ${border}`], seed });
  };
  if (blocks <= border) add(`the chain ends at height ${blocks}, before or at the border`);
  if (direction === 'in' && !calls.some(({ era }) => era === 1)) add('no engine of the new era was ever called');
  return true;
}

/** Whether the static check of a node says before it starts that this pair cannot be (contract H-37). */
async function isRefused({ nodeCount, seed }: KitContext, subject: Subject): Promise<boolean> {
  const [later] = subject.laterEras ?? [];
  if (later === undefined) return false;
  const named = [subject, later].flatMap(({ production, finality }) => [
    production.plugin,
    ...(finality === undefined ? [] : [finality.plugin]),
  ]);
  const plugins = [...new Map(named.map((plugin) => [plugin.name, plugin])).values()];
  const eraOf = (
    fromHeight: number,
    { production, finality }: Pick<Subject, 'production' | 'finality'>,
    members: readonly ActorId[],
  ): Era => ({
    fromHeight,
    production: { name: production.plugin.name, config: configFor(production.config, members) },
    ...(finality && { finality: { name: finality.plugin.name, config: configFor(finality.config, members) } }),
  });
  try {
    const network = await createNetwork({
      name: subject.name,
      seed,
      nodeCount,
      conditions: {},
      hashesPerSecond: hashesPerSecondOf(subject, nodeCount),
      eras: (members) => [eraOf(1, subject, members), eraOf(later.fromHeight, later, members)],
      plugins: () => plugins,
    });
    await network.stop();
    return false;
  } catch (thrown) {
    if (REFUSALS.some((code) => isHostError(thrown, code))) return true;
    throw thrown;
  }
}

/** Delay, and machines that restart around both borders. */
function planOf({ nodeCount, subject: { slotMs } }: KitContext, seed: number): FaultPlan {
  const around = (height: number): number => (height + (seed % 3) - 1) * slotMs;
  const crash = (height: number, node: number) => {
    const at = around(height);
    return { kind: 'crash', at, until: at + 2 * slotMs, node, damagePermille: 500, isTorn: true } as const;
  };
  const faults = [crash(FIRST_BORDER, 0), crash(SECOND_BORDER, nodeCount - 1)];
  return {
    ...calmPlan(nodeCount, SLOTS),
    conditions: { delayMs: { min: 5, max: Math.max(6, Math.floor(slotMs / 5)) } },
    faults,
  };
}

function switchingSubject(subject: Subject, direction: 'in' | 'out', log: (call: LoggedCall) => void): Subject {
  const { slotMs } = subject;
  // A chain that has made blocks final is expected to go on doing so.
  const isFinal = pluginUnderTest(subject).plugin.traits.finality !== 'settle';
  const next = direction === 'out' && isFinal ? referenceNotary() : referenceTurns();
  const reference = { plugin: next as ConsensusPlugin, config: { slotMs } };
  const { production, finality } = withLog(subject, log);
  const own = { production, ...(finality && { finality }) };
  const name = `${subject.name}.switch`;
  const rest = { slotMs, ...(subject.hashesPerSecond !== undefined && { hashesPerSecond: subject.hashesPerSecond }) };
  if (direction === 'in')
    return { name, ...rest, production: reference, laterEras: [{ fromHeight: FIRST_BORDER, ...own }] };
  return { name, ...rest, ...own, laterEras: [{ fromHeight: SECOND_BORDER, production: reference }] };
}
