/**
 * Chains that change their protocol at a height, to and from the plugin under test.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin, Era } from '@fiducia/consensus';
import { isHostError } from '@fiducia/host';
import type { Subject } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { referenceNotary } from '../reference/notary.ts';
import { referenceTurns } from '../reference/turns.ts';
import { createNetwork } from '../sample/network.ts';
import { configFor, hashesPerSecondOf, pluginUnderTest } from '../subject.ts';
import { type LoggedCall, withLog } from './engine-log.ts';

/** First height under the plugin where a network switches to it. */
export const FIRST_BORDER = 8;
/** First height under a reference plugin where a network switches from it. */
export const SECOND_BORDER = 18;
/** What the static check answers to a pair that cannot be: it is refused before it starts, as it should be. */
const REFUSALS = ['VALIDATORS_MISSING', 'HANDOVER_INVALID'] as const;

/** A chain that switches to the plugin or from it; the engines of the plugin log their calls. */
export function switchingSubject(subject: Subject, direction: 'in' | 'out', log: (call: LoggedCall) => void): Subject {
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

/** Whether the static check of a node says before it starts that this pair cannot be (contract H-37). */
export async function isRefused(
  { nodeCount, seed }: Pick<KitContext, 'nodeCount' | 'seed'>,
  subject: Subject,
): Promise<boolean> {
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
