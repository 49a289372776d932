/**
 * Default wiring of a node, on memory ports.
 *
 * @module
 */
import type { Bytes, ConsensusPlugin, Height } from '@fiducia/consensus';
import type { SignerPort } from '@fiducia/consensus/ports';
import { type Crypto, createCrypto, createMemorySigner, type GuardStore, type KeyPair } from '@fiducia/crypto';
import { type DependencyContainer, type Module, provide, resolveEach, TOKENS } from '@fiducia/di';
import {
  type ConsensusHost,
  createHost,
  createLoopbackNetwork,
  createMemoryLog,
  type HostOptions,
} from '@fiducia/host';
import { createLedger, type GenesisConfig, type Ledger, type LedgerLimits, type LedgerModule } from '@fiducia/ledger';
import { createPlatformClock } from './clock.ts';
import { encodeEras } from './era-encoding.ts';
import { openRecording, type Recording, type RecordingOptions } from './recording.ts';
import { createRoundVoter, type RoundVoteOutcome, type RoundVoter } from './round-voter.ts';
import { NODE_TOKENS } from './tokens.ts';

/** What a node on default ports is made of. */
export interface DefaultModuleOptions {
  /**
   * First block; all nodes of a chain have the same. `consensus` is left out as a rule: it is then
   * {@link encodeEras} of the node's eras, so that the chain's identity covers its rules.
   */
  readonly genesis: Omit<GenesisConfig, 'consensus'> & Partial<Pick<GenesisConfig, 'consensus'>>;
  /** Modules of the ledger beside the built-in ones, in the order in which every node registers them. */
  readonly ledgerModules?: readonly LedgerModule[];
  /** Key of the validator. Without one the node follows, relays and produces nothing. */
  readonly keyPair?: KeyPair;
  /** Signature library; nodes of one process may share one. @default `createCrypto()` */
  readonly crypto?: Crypto;
  /** Guard records of the key. @default a store in memory, like everything else */
  readonly guardStore?: GuardStore;
  /**
   * Height of the stored head, where a module replaces the chain by one that outlives the process: above 0 without guard
   * records nothing is signed until `openChain` of the guard store (contract H-27). @default 0
   */
  readonly headHeight?: Height;
  /** Key of the validator's random function, for plugins whose leaders prove randomness; never its own key. */
  readonly vrfSecretKey?: Bytes;
  /** Rounds to vote in, see {@link createRoundVoter}. @default every round */
  readonly participates?: (height: Height) => boolean;
  /** Observes the node's own round votes. */
  readonly onVote?: (outcome: RoundVoteOutcome) => void;
  /** Limits of the ledger, downwards only. */
  readonly ledgerLimits?: Partial<LedgerLimits>;
  /** Records every engine call in a file that `fiducia replay` reads. @default not recorded */
  readonly recording?: RecordingOptions;
  /** Limits, first validators and recorder of the host. */
  readonly host?: Pick<HostOptions, 'limits' | 'genesisValidators' | 'recorder'>;
}

/**
 * Registers a ledger, a memory log, a network of one, the system clock, a signer with its key in memory,
 * the host, and the round voter of trust F8 if there is a key.
 *
 * Put it first: modules that come after it replace what they register. Everything is made when it is
 * first asked for, so a replaced port reaches all its users.
 * @example
 * ```ts
 * const modules = [
 *   defaultModule({ genesis, keyPair }),
 *   pluginModule(dtDpos()),
 *   portModule({ clock: myClock }), // replaces what the default registered
 * ];
 * ```
 */
export function defaultModule(options: DefaultModuleOptions): Module {
  return async (container) => {
    const crypto = options.crypto ?? (await createCrypto());
    container.register(TOKENS.crypto, { useValue: crypto });
    provide(container, TOKENS.net, () => createLoopbackNetwork().join(options.keyPair?.address ?? 'self'));
    provide(container, TOKENS.log, createMemoryLog);
    provide(container, TOKENS.clock, createPlatformClock);
    provide(container, TOKENS.signer, () => signerOf(options, crypto));
    provide(container, NODE_TOKENS.ledger, (node) => ledgerOf(options, node));
    provide(container, TOKENS.chain, (node) => node.resolve(NODE_TOKENS.ledger));
    provide(container, TOKENS.host, (node) => hostOf(options, node));
    provide(container, NODE_TOKENS.roundVoter, (node) => voterOf(options, crypto, node));
    provide(container, NODE_TOKENS.recording, (node) => recordingOf(options, node));
  };
}

function signerOf(options: DefaultModuleOptions, crypto: Crypto): SignerPort | null {
  const { keyPair, guardStore, headHeight, vrfSecretKey } = options;
  if (keyPair === undefined) return null;
  return createMemorySigner({
    keyPair,
    crypto,
    ...(guardStore && { guardStore }),
    ...(headHeight !== undefined && { headHeight }),
    ...(vrfSecretKey && { vrfSecretKey }),
  });
}

function ledgerOf(options: DefaultModuleOptions, node: DependencyContainer): Ledger {
  const consensus = options.genesis.consensus ?? encodeEras(node.resolve(TOKENS.eras), pluginsOf(node));
  return createLedger({
    genesis: { ...options.genesis, consensus },
    modules: options.ledgerModules ?? [],
    crypto: node.resolve(TOKENS.crypto),
    net: node.resolve(TOKENS.net),
    limits: options.ledgerLimits ?? {},
  });
}

function recordingOf({ recording }: DefaultModuleOptions, node: DependencyContainer): Recording | null {
  if (recording === undefined) return null;
  return openRecording({ ...recording, plugins: pluginsOf(node), sha256: node.resolve(TOKENS.crypto).sha256 });
}

/**
 * Both recorders. The file is made once the host is: of a node that is refused nothing is left that would stand in the
 * way of the next one.
 */
function recorderOf({ host }: DefaultModuleOptions, node: DependencyContainer): NonNullable<HostOptions['recorder']> {
  let recording: Recording | null | undefined;
  return (record) => {
    if (recording === undefined) recording = node.resolve(NODE_TOKENS.recording);
    recording?.recorder(record);
    host?.recorder?.(record);
  };
}

function hostOf(options: DefaultModuleOptions, node: DependencyContainer): ConsensusHost {
  return createHost({
    ...options.host,
    recorder: recorderOf(options, node),
    chain: node.resolve(TOKENS.chain),
    net: node.resolve(TOKENS.net),
    crypto: node.resolve(TOKENS.crypto),
    signer: node.resolve(TOKENS.signer),
    clock: node.resolve(TOKENS.clock),
    log: node.resolve(TOKENS.log),
    chainId: node.resolve(NODE_TOKENS.ledger).chainId,
    plugins: pluginsOf(node),
    eras: node.resolve(TOKENS.eras),
  });
}

/** Registered plugins; of several with one name the last counts, as with every other token. */
function pluginsOf(node: DependencyContainer): readonly ConsensusPlugin[] {
  return [...new Map(resolveEach(node, TOKENS.plugin).map((plugin) => [plugin.name, plugin])).values()];
}

function voterOf(options: DefaultModuleOptions, crypto: Crypto, node: DependencyContainer): RoundVoter | null {
  const { keyPair, participates, onVote } = options;
  if (keyPair === undefined) return null;
  return createRoundVoter({
    host: node.resolve(TOKENS.host),
    ledger: node.resolve(NODE_TOKENS.ledger),
    signer: {
      address: keyPair.address,
      sign: (scope, domain, data) => crypto.sign(keyPair, scope, domain, data),
    },
    ...(participates === undefined ? {} : { participates }),
    ...(onVote === undefined ? {} : { onVote }),
  });
}
