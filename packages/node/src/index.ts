/**
 * Composition root: modules in, a running node out.
 *
 * {@link createNode} gives every node a container of its own, applies modules in order and returns a plain
 * object. {@link defaultModule} registers Fiducia's ledger and host on ports in memory; any module after
 * it replaces a port or adds plugins. Plugins are never named here, they arrive as modules.
 *
 * @example
 * ```ts
 * import { generateKeyPair } from '@fiducia/crypto';
 * import { pluginModule, portModule } from '@fiducia/di';
 * import { createNode, defaultModule } from '@fiducia/node';
 *
 * const node = await createNode({
 *   modules: [
 *     defaultModule({ genesis, keyPair: generateKeyPair() }),
 *     pluginModule(myPlugin()),
 *     portModule({ net: network.join('node-1') }),
 *   ],
 *   eras: [{ fromHeight: 1, production: { name: 'my-plugin', config: {} } }],
 * });
 * node.host.events.on('headChanged', ({ tip }) => report(tip.header.height));
 * await node.start();
 * ```
 *
 * Not for: commands and configuration files, and chains that bring a ledger of their own without
 * wanting ours: those call `createHost` directly.
 *
 * @packageDocumentation
 */

export { type DefaultModuleOptions, defaultModule } from './default-module.ts';
export { encodeEras } from './era-encoding.ts';
export { isNodeError, NodeError, type NodeErrorData } from './errors.ts';
export { createNode, type FiduciaNode, type NodeOptions } from './node.ts';
export { openRecording, type Recording, type RecordingOptions } from './recording.ts';
export { createRoundVoter, type RoundVoteOutcome, type RoundVoter, type RoundVoterOptions } from './round-voter.ts';
export { NODE_TOKENS } from './tokens.ts';
