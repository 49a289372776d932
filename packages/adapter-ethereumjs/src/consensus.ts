/**
 * The consensus object of an EthereumJS chain.
 *
 * @module
 */
import type { Block, BlockHeader } from '@ethereumjs/block';
import type { Blockchain, Consensus } from '@ethereumjs/blockchain';
import { ConsensusType } from '@ethereumjs/common';
import { equalsBytes, KECCAK256_RLP_ARRAY } from '@ethereumjs/util';
import {
  type BlockId,
  type Bytes,
  type ConsensusHeader,
  type ConsensusPlugin,
  type ConsensusRules,
  checkPluginFit,
  type FactKind,
  type HeaderContext,
  type Millis,
  missingClaims,
  type PluginMisfit,
  type ProtocolId,
  protocolId,
  type Tip,
  type Validator,
} from '@fiducia/consensus';
import type { CryptoPort, SigningScope } from '@fiducia/consensus/ports';
import { hasBeaconData } from './blocks.ts';
import { AdapterError } from './errors.ts';
import { decodeExtraData } from './extra-data.ts';
import type { FactSource } from './facts.ts';
import { blockIdOf, type ChainIdentity, computeChainId, projectHeader } from './identity.ts';
import { type CheckpointStore, States } from './states.ts';

/** What {@link createEthereumConsensus} needs. */
export interface EthereumConsensusOptions<Config, State> {
  /** A plugin that produces blocks and lets them settle by depth. */
  readonly plugin: ConsensusPlugin<Config, State>;
  /** Raw configuration, input of `plugin.parseConfig`. */
  readonly config: unknown;
  /** Checks claims, e.g. {@link createAddressCrypto}. */
  readonly crypto: CryptoPort;
  /** Where the facts come from, e.g. {@link createJournalFacts}. */
  readonly facts: FactSource;
  /** Local time in milliseconds, e.g. `Date.now`; decides only whether a block is early. */
  readonly now: () => Millis;
  /** Validators of the genesis handover, for plugins that start from a given set. @defaultValue none */
  readonly validators?: readonly Validator[];
  /** Where checkpoints go; without it a restart derives the state from genesis. */
  readonly store?: CheckpointStore;
  /** Most states in memory; others are derived again when they are needed. @defaultValue 1 024 */
  readonly statesMax?: number;
  /** Blocks between checkpoints. @defaultValue 256 */
  readonly checkpointBlocks?: number;
}

/** What consensus says about a block; nothing a peer sends makes it throw. */
export type Judgement =
  | { readonly kind: 'accepted'; readonly header: ConsensusHeader }
  /** Invalid for ever; `code` is that of the plugin, the crypto port, or one of the adapter. */
  | { readonly kind: 'rejected'; readonly code: string }
  /** The claimed time lies ahead; ask again at `until`. */
  | { readonly kind: 'early'; readonly until: Millis }
  /** The parent is unknown, not executed, or its state is pruned: nothing can be said. */
  | { readonly kind: 'unavailable' };

/** A plugin as `Consensus` of EthereumJS, with what observers and sealers ask. */
export interface EthereumConsensus<State> extends Consensus {
  /** Name of the plugin; `Common` has to name the same algorithm. */
  readonly algorithm: string;
  /** Protocol that headers of the chain name. */
  readonly protocol: ProtocolId;
  /** Difficulty that the header of a child of `parent` has to carry: its weight. */
  difficultyOf(parent: Tip<State>, context: HeaderContext): bigint;
  /** Rules of the plugin for this chain. @throws {@link AdapterError} with `NOT_SET_UP`. */
  rules(): ConsensusRules<State>;
  /** Place where signatures of this chain count. @throws {@link AdapterError} with `NOT_SET_UP`. */
  scope(): SigningScope;
  /** Judges a header and checks its claims. @throws {@link AdapterError} with `NOT_SET_UP`. */
  judge(header: BlockHeader): Promise<Judgement>;
  /** Projects a header of this chain onto the contract, or `undefined` if it is not of its form. */
  project(header: BlockHeader): ConsensusHeader | undefined;
  /**
   * Block and consensus state after it: the way to trust, elections and schedules, through the functions of the plugin.
   *
   * @param block - Hash or id of a block that is stored and executed.
   * @throws {@link AdapterError} with `STATE_UNAVAILABLE` or `NOT_SET_UP`.
   */
  tipAfter(block: Bytes | BlockId): Promise<Tip<State>>;
  /** Who may act on the next block. @throws as {@link EthereumConsensus.tipAfter}. */
  validatorsAfter(block: Bytes | BlockId): Promise<readonly Validator[]>;
  /** SHA-256 over the encoded consensus state, 32 bytes. @throws as {@link EthereumConsensus.tipAfter}. */
  rootAfter(block: Bytes | BlockId): Promise<Bytes>;
}

/** Verdicts remembered, so that a block that is judged before it is stored is not judged twice. */
const ACCEPTED_MAX = 1_024;

/**
 * Creates a consensus object for `consensusDict` of `createBlockchain`, for one chain.
 *
 * EthereumJS asks it about difficulty, then about everything else; it refuses by throwing {@link AdapterError}. Difficulty is
 * the weight of the block under the plugin, so the total difficulty of EthereumJS is the total weight of the branch. States
 * belong to block hashes and siblings share their parent's, so a reorganisation needs no repair.
 *
 * The state after a block depends on facts, and these on the block's execution. It is derived when a child or a caller asks
 * for it: execute a block before you put the next one, or let {@link createEthereumChain} do both.
 *
 * @throws {@link AdapterError} with `PLUGIN_UNSUPPORTED`, and what `parseConfig` throws.
 * @see docs/spec/contract.md, section 11.
 * @example
 * ```ts
 * const consensus = createEthereumConsensus({ plugin: dtDpos(), config: { slotMs: 1_000 }, crypto, facts, now: Date.now });
 * const consensusDict = { [consensus.algorithm]: consensus }; // for `createBlockchain`
 * ```
 */
export function createEthereumConsensus<Config, State>(
  options: EthereumConsensusOptions<Config, State>,
): EthereumConsensus<State> {
  requirePlace(options);
  const config = options.plugin.parseConfig(options.config);
  requireFit(options, config);
  return new PluginConsensus(options, config);
}

/** Everything that exists once the genesis block is known. */
interface Session<State> {
  readonly identity: ChainIdentity;
  readonly rules: ConsensusRules<State>;
  readonly states: States<State>;
}

class PluginConsensus<Config, State> implements EthereumConsensus<State> {
  readonly algorithm: string;
  readonly protocol: ProtocolId;
  readonly #options: EthereumConsensusOptions<Config, State>;
  readonly #config: Config;
  readonly #accepted = new Map<BlockId, ConsensusHeader>();
  #blockchain: Blockchain | undefined;
  #session: Session<State> | undefined;

  constructor(options: EthereumConsensusOptions<Config, State>, config: Config) {
    this.algorithm = options.plugin.name;
    this.protocol = protocolId(options.plugin);
    this.#options = options;
    this.#config = config;
  }

  async setup({ blockchain }: { readonly blockchain: Blockchain }): Promise<void> {
    const { common } = blockchain;
    const actual = common.consensusAlgorithm();
    const type = common.consensusType();
    if (actual !== this.algorithm) {
      throw new AdapterError({ code: 'COMMON_MISMATCH', expected: this.algorithm, actual });
    }
    // Proof of stake has no difficulty, proof of authority asks for signers of Clique while it executes.
    if (type === ConsensusType.ProofOfStake || type === ConsensusType.ProofOfAuthority) {
      throw new AdapterError({ code: 'COMMON_MISMATCH', expected: 'another consensus type', actual: type });
    }
    // EthereumJS repeats the call after changes of the hard fork.
    if (this.#blockchain === blockchain) return;
    this.#blockchain = blockchain;
    this.#session = undefined;
  }

  /** The genesis state is derived when it is first asked for: no virtual machine has it yet. */
  async genesisInit(): Promise<void> {}

  async validateDifficulty(header: BlockHeader): Promise<void> {
    const id = blockIdOf(header.hash());
    const projected = this.project(header);
    if (projected === undefined) throw refused('EXTRA_DATA', header);
    const parent = await this.#states().after(projected.parentId);
    if (parent === null) throw new AdapterError({ code: 'STATE_UNAVAILABLE', id });
    if (header.difficulty !== this.difficultyOf(parent.tip, projected)) throw refused('WRONG_DIFFICULTY', header);
  }

  async validateConsensus({ header }: Block): Promise<void> {
    const judgement = await this.judge(header);
    const id = blockIdOf(header.hash());
    switch (judgement.kind) {
      case 'rejected':
        throw refused(judgement.code, header);
      case 'early':
        throw new AdapterError({ code: 'BLOCK_EARLY', id, until: judgement.until });
      case 'unavailable':
        throw new AdapterError({ code: 'STATE_UNAVAILABLE', id: blockIdOf(header.parentHash) });
      case 'accepted':
    }
  }

  /** Nothing to do: the block may not have been executed yet, so its state is derived when it is first asked for. */
  async newBlock(): Promise<void> {}

  difficultyOf(parent: Tip<State>, context: HeaderContext): bigint {
    return this.rules().branchWeight?.(parent.state, context) ?? 1n;
  }

  rules(): ConsensusRules<State> {
    return this.#open().rules;
  }

  scope(): SigningScope {
    return { chainId: this.#open().identity.chainId, era: 0, protocol: this.protocol };
  }

  project(header: BlockHeader): ConsensusHeader | undefined {
    return projectHeader(header, this.#open().identity);
  }

  async judge(header: BlockHeader): Promise<Judgement> {
    const known = this.#accepted.get(blockIdOf(header.hash()));
    if (known !== undefined) return { kind: 'accepted', header: known };
    const projected = this.project(header);
    if (projected === undefined) return rejected('EXTRA_DATA');
    if (projected.height === 0) return rejected('WRONG_GENESIS');
    if (projected.protocol !== this.protocol) return rejected('WRONG_PROTOCOL');
    // Nobody here could judge them.
    if (decodeExtraData(header.extraData)?.proofs.length !== 0) return rejected('PROOFS_NOT_ALLOWED');
    if (!equalsBytes(header.uncleHash, KECCAK256_RLP_ARRAY)) return rejected('UNCLES_NOT_ALLOWED');
    if (hasBeaconData(header)) return rejected('BEACON_DATA_NOT_ALLOWED');
    const parent = await this.#states().after(projected.parentId);
    if (parent === null) return { kind: 'unavailable' };
    if (projected.height !== parent.tip.header.height + 1) return rejected('WRONG_HEIGHT');
    return this.#judgeChild(header, projected, parent.tip);
  }

  async #judgeChild(header: BlockHeader, projected: ConsensusHeader, parent: Tip<State>): Promise<Judgement> {
    const { crypto, now } = this.#options;
    const verdict = this.rules().verifyHeader(projected, parent, now());
    if (verdict.kind === 'reject') return rejected(verdict.code);
    if (verdict.kind === 'accept' && header.difficulty !== this.difficultyOf(parent, projected)) {
      return rejected('WRONG_DIFFICULTY');
    }
    const claims = await crypto.verify(this.scope(), verdict.claims ?? []);
    if (claims.kind === 'invalid') return rejected(claims.code);
    if (verdict.kind === 'defer') return { kind: 'early', until: verdict.until };
    this.#remember(projected);
    return { kind: 'accepted', header: projected };
  }

  async tipAfter(block: Bytes | BlockId): Promise<Tip<State>> {
    const id = typeof block === 'string' ? block : blockIdOf(block);
    const found = await this.#states().after(id);
    if (found === null) throw new AdapterError({ code: 'STATE_UNAVAILABLE', id });
    return found.tip;
  }

  async validatorsAfter(block: Bytes | BlockId): Promise<readonly Validator[]> {
    const { state } = await this.tipAfter(block);
    return this.rules().validators(state);
  }

  async rootAfter(block: Bytes | BlockId): Promise<Bytes> {
    const { state } = await this.tipAfter(block);
    const chunks = [...this.rules().codec.encode(state)];
    return this.#options.crypto.sha256(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
  }

  #states(): States<State> {
    return this.#open().states;
  }

  /** Rules and states belong to a genesis block, which EthereumJS knows only after `setup`. */
  #open(): Session<State> {
    const blockchain = this.#blockchain;
    if (blockchain === undefined) throw new AdapterError({ code: 'NOT_SET_UP' });
    if (this.#session !== undefined) return this.#session;
    const { plugin, crypto, facts, validators = [], store } = this.#options;
    const { sha256 } = crypto;
    const genesisHash = blockchain.genesisBlock.hash();
    const chainId = computeChainId(genesisHash, blockchain.common.chainId(), this.protocol, this.#config, sha256);
    const identity = { chainId, sha256 };
    const rules = plugin.createRules(this.#config, { ...identity, era: 0, protocol: this.protocol });
    const states = new States({
      ...{ blockchain, identity, rules, facts, validators, store },
      requires: plugin.requires,
      statesMax: this.#options.statesMax ?? 1_024,
      checkpointBlocks: this.#options.checkpointBlocks ?? 256,
    });
    this.#session = { identity, rules, states };
    return this.#session;
  }

  #remember(header: ConsensusHeader): void {
    this.#accepted.set(header.id, header);
    if (this.#accepted.size <= ACCEPTED_MAX) return;
    const [oldest] = this.#accepted.keys();
    if (oldest !== undefined) this.#accepted.delete(oldest);
  }
}

function rejected(code: string): Judgement {
  return { kind: 'rejected', code };
}

function refused(reason: string, header: BlockHeader): AdapterError {
  const height = Number(header.number);
  return new AdapterError({ code: 'BLOCK_REFUSED', reason, id: blockIdOf(header.hash()), height });
}

/** The part of the static check (contract H-37) that comes before the configuration means anything. */
function requirePlace<Config, State>({ plugin, facts }: EthereumConsensusOptions<Config, State>): void {
  const told = new Set<FactKind>(['evidence', 'certificate', ...facts.provides]);
  const misfit = checkPluginFit(plugin, { role: 'production', facts: told });
  if (misfit === undefined) return;
  throw new AdapterError({ code: 'PLUGIN_UNSUPPORTED', plugin: plugin.name, reason: describeMisfit(misfit) });
}

function describeMisfit(misfit: PluginMisfit): string {
  switch (misfit.kind) {
    case 'contract':
      return `contract ${misfit.contract} is not ${misfit.expected}`;
    case 'role':
      return 'it produces no blocks';
    case 'facts':
      return `nobody tells facts of kind ${misfit.missing.join(', ')}`;
  }
}

/** The rest of it, and what a chain that orders by difficulty cannot offer. */
function requireFit<Config, State>(options: EthereumConsensusOptions<Config, State>, config: Config): void {
  const { plugin, crypto, validators = [] } = options;
  const requireThat = (holds: boolean, reason: string): void => {
    if (!holds) throw new AdapterError({ code: 'PLUGIN_UNSUPPORTED', plugin: plugin.name, reason });
  };
  requireThat(plugin.traits.finality === 'settle', 'blocks carry no proofs of finality');
  const unknown = missingClaims(plugin, config, crypto.supports);
  requireThat(unknown.length === 0, `nobody checks claims of kind ${unknown.join(', ')}`);
  requireThat(!plugin.requires.validators || validators.length > 0, 'it has to start from validators');
}
