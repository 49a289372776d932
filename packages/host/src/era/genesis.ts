/**
 * State before the first block (contract H-33, H-37).
 *
 * @module
 */
import type { Tip, Validator } from '@fiducia/consensus';
import type { Block, ChainPort } from '@fiducia/consensus/ports';
import { HostError, isHostError, reasonOf } from '../errors.ts';
import type { ActiveEra } from './schedule.ts';

/**
 * Executes genesis, hands its census to the plugin and returns the tip that every branch starts from.
 *
 * @throws {@link HostError} with `HANDOVER_INVALID` if the plugin cannot start from it.
 */
export async function deriveGenesisTip(
  chain: ChainPort,
  genesis: Block,
  era: ActiveEra,
  validators: readonly Validator[],
): Promise<Tip<unknown>> {
  const kinds = [...era.facts].filter((kind) => chain.provides.has(kind));
  const execution = await chain.execute(genesis, { directives: [], census: kinds });
  if (execution.kind !== 'executed') {
    const code = execution.kind === 'invalid' ? execution.code : 'its state is gone';
    throw new HostError({ code: 'STORE_CORRUPT', reason: `genesis cannot be executed: ${code}` });
  }
  const handover = { validators, randomness: era.scope.chainId, extra: new Map() };
  const census = execution.census ?? [];
  try {
    const state = era.rules.initialState({ era: era.index, parent: genesis.header, handover, census });
    return { header: genesis.header, state, totalWeight: 0n };
  } catch (thrown) {
    if (isHostError(thrown)) throw thrown;
    throw new HostError({ code: 'HANDOVER_INVALID', plugin: era.plugin.name, reason: reasonOf(thrown) }, thrown);
  }
}
