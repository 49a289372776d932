/**
 * Why no host starts a plugin on the chain of the kit (contract H-37).
 *
 * @module
 */
import { type ConsensusPlugin, isConsensusError } from '@fiducia/consensus';
import { type HostError, type HostErrorData, isHostError } from '@fiducia/host';
import type { Finding } from '../item.ts';
import { referenceTurns } from '../reference/turns.ts';
import { createNetwork } from './network.ts';

/** What has to do with the plugin and its configuration; anything else that is thrown is for the item to report. */
const REFUSALS: readonly HostErrorData['code'][] = [
  'CLAIMS_MISSING',
  'CONFIG_INVALID',
  'CONTRACT_MISMATCH',
  'FACTS_MISSING',
  'HANDOVER_INVALID',
  'ROLE_MISMATCH',
  'VALIDATORS_MISSING',
];

/** Whether a host says that it does not start a plugin, or not like this. */
function isRefusal(thrown: unknown): thrown is HostError {
  return isHostError(thrown) && REFUSALS.includes(thrown.data.code);
}

/**
 * Whether a host does not start a plugin because that says, in the way that it may, that it does not run like this. Whoever
 * throws anything else has broken down (contract H-17).
 */
export function isDeclined(thrown: unknown): boolean {
  if (!isRefusal(thrown)) return false;
  return thrown.data.code !== 'HANDOVER_INVALID' || isConsensusError(thrown.cause, 'INVALID_HANDOVER');
}

/**
 * What a refused start says of the plugin; `undefined` if `thrown` is not one.
 *
 * @param configName - Configuration that is refused, unless it is that of the subject.
 */
export async function findingOfRefusal(
  thrown: unknown,
  seed: number,
  configName?: string,
): Promise<Finding | undefined> {
  if (!isRefusal(thrown)) return undefined;
  const where = configName === undefined ? '' : ` under the configuration ${configName}`;
  const message = `no host starts the plugin${where}, so nothing can be tried: ${thrown.message}`;
  const trace = thrown.data.code === 'FACTS_MISSING' ? [await describeFacts()] : [];
  return { rule: 'contract H-37', message, trace, seed };
}

/** As the ledger says itself, under a plugin that starts anywhere. */
async function describeFacts(): Promise<string> {
  const network = await createNetwork({
    name: 'facts',
    seed: 1,
    nodeCount: 1,
    conditions: {},
    hashesPerSecond: 0,
    eras: () => [{ fromHeight: 1, production: { name: referenceTurns().name, config: {} } }],
    plugins: () => [referenceTurns() as ConsensusPlugin],
  });
  const kinds = network.nodes.flatMap(({ ledger }) => [...ledger.provides]);
  await network.stop();
  return `the chain of the kit has facts of the kinds ${[...kinds, 'evidence', 'certificate'].join(', ')}`;
}
