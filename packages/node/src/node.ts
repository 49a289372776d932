/**
 * Composition root.
 *
 * @module
 */
import type { Era } from '@fiducia/consensus';
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { createNodeContainer, eraModule, type Module, TOKENS } from '@fiducia/di';
import type { ConsensusHost } from '@fiducia/host';
import type { Ledger } from '@fiducia/ledger';
import { NODE_TOKENS } from './tokens.ts';

/** What {@link createNode} puts together. */
export interface NodeOptions {
  /** What the node consists of, applied in order; the last registration of a token wins. */
  readonly modules: readonly Module[];
  /** Protocols of the chain by height, first era first. */
  readonly eras: readonly Era[];
}

/** A node, put together and checked. It does nothing before it is started. */
export interface FiduciaNode {
  /** Consensus: head, import, events. */
  readonly host: ConsensusHost;
  /** State, transactions, events. */
  readonly ledger: Ledger;
  /** Checks of claims that host and ledger use. */
  readonly crypto: CryptoPort;
  /** Signs what consensus asks for; `null` for a node that only follows. */
  readonly signer: SignerPort | null;
  /**
   * Joins the network, starts the engine, then the round voter. Further calls wait for the first.
   * @throws `HostError` if the stored chain or the handover at genesis is faulty.
   */
  start(): Promise<void>;
  /** Stops in the opposite order. The node can be read afterwards and is not started again. */
  stop(): Promise<void>;
}

/**
 * Puts a node together: a container of its own, the modules in order, then a plain object.
 *
 * @throws `ConsensusError` with `INVALID_CONFIG` for a configuration that its plugin refuses,
 *   `NodeError` with `RECORDING_FAILED` if it is to be recorded in a file that exists or cannot be made,
 *   `HostError` if the eras do not fit the plugins and ports (contract H-37), `LedgerError` for a
 *   faulty genesis, `CryptoError` for a signature library that was demanded and does not load.
 * @example
 * ```ts
 * const node = await createNode({
 *   modules: [
 *     defaultModule({ genesis, ledgerModules: [validatorKeysModule({ keys })], keyPair, vrfSecretKey }),
 *     pluginModule(dtDpos()),
 *     portModule({ clock: myClock }), // one port replaced: last wins
 *   ],
 *   eras: [{ fromHeight: 1, production: { name: 'dt-dpos', config: { preset: 'default' } } }],
 * });
 * await node.start();
 * ```
 */
export async function createNode(options: NodeOptions): Promise<FiduciaNode> {
  const container = await createNodeContainer([eraModule(...options.eras), ...options.modules]);
  const ledger = container.resolve(NODE_TOKENS.ledger);
  const host = container.resolve(TOKENS.host);
  const roundVoter = container.resolve(NODE_TOKENS.roundVoter);
  const recording = container.resolve(NODE_TOKENS.recording);
  let started: Promise<void> | undefined;

  const startAll = async (): Promise<void> => {
    ledger.start();
    await host.start();
    roundVoter?.start();
  };

  return {
    host,
    ledger,
    crypto: container.resolve(TOKENS.crypto),
    signer: container.resolve(TOKENS.signer),

    start() {
      started ??= startAll();
      return started;
    },

    async stop() {
      // A start that is under way would otherwise bring back what is stopped here; its failure was reported.
      await started?.catch(() => undefined);
      roundVoter?.stop();
      await host.stop();
      ledger.stop();
      recording?.close();
    },
  };
}
