/**
 * What a Byzantine machine is: the real host on ports that lie (simulation section 5).
 *
 * Host, ledger and plugin run unchanged, so an adversary knows everything that an honest node knows and
 * speaks the protocol fluently. The ports between them and the world do what the strategy says: they hold
 * back, change and invent what leaves the machine, and keep from the host what it is not to see.
 *
 * @module
 */
import type { Bytes, Millis } from '@fiducia/consensus';
import type { ChainPort, SignerPort } from '@fiducia/consensus/ports';
import type { RandomStream } from '../random.ts';
import type { SimulatedPorts } from '../simulation.ts';

/** All strategies, as plans name them. */
export const STRATEGIES = [
  'equivocate',
  'withhold',
  'selfish',
  'delayVotes',
  'mutate',
  'censor',
  'grief',
  'lieInSync',
  'flood',
  'replay',
  'oldBackup',
  'grind',
  'trustFarming',
  'reseal',
] as const;

/**
 * What a Byzantine machine does.
 *
 * - `equivocate` two machines with one key, each of which talks to one half of the network (fault C01, C02)
 * - `withhold` own blocks and votes leave late or never (C09)
 * - `selfish` own blocks stay private until the honest branch catches up (C07)
 * - `delayVotes` own votes and blocks reach a part of the network, and the rest when the head has moved (C20)
 * - `mutate` small changes to real messages and blocks, signed again (ByzzFuzz; C19)
 * - `censor` transactions of one account never reach its blocks (C15)
 * - `grief` blocks and votes of one honest node are ignored (C17)
 * - `lieInSync` wrong, short, shuffled and endless answers to questions for blocks (N08)
 * - `flood` malformed and well-formed messages at a high rate (N01, C14, T08)
 * - `replay` old messages of everybody, again and again
 * - `oldBackup` forgets what it signed since a backup was made (C18)
 * - `grind` chooses among its own candidate blocks, or builds none (C06, C08)
 * - `trustFarming` behaves and favours friends, then strikes (C17)
 * - `reseal` real blocks once more with other seals and bodies, in place of the originals and beside them (T01, N06)
 */
export type StrategyName = (typeof STRATEGIES)[number];

/** Strategies after which an honest node may rightly be shown two signatures of this machine for one place. */
export const ACCUSABLE_STRATEGIES: readonly StrategyName[] = ['equivocate', 'mutate', 'oldBackup', 'trustFarming'];

/** What a strategy needs of the run. */
export interface DisguiseOptions {
  /** Name of the machine in the simulation. */
  readonly name: string;
  /** Draws for this adversary alone, usually of the stream `adversary/index`. */
  readonly random: RandomStream;
  /** Duration of a slot, or the mean time between two blocks; the measure of all its delays. */
  readonly slotMs: Millis;
  /** Names of all machines, from which victims and halves are chosen; its own may be among them. */
  readonly nodes: readonly string[];
  /**
   * A signer with the key of this machine and without any guard records. Needed by `oldBackup`, and by
   * `trustFarming` where it strikes so.
   */
  createSigner(): SignerPort;
}

/**
 * The lying ports of one Byzantine machine, through all its restarts.
 *
 * For every start of the machine call {@link Disguise.ports}, {@link Disguise.signer} and
 * {@link Disguise.chain} once, in any order, and hand what they return to the host (and the ledger) in
 * place of the true ones; then {@link Disguise.begin} after the host has started, and
 * {@link Disguise.end} before it stops. A crash needs no `end`.
 *
 * @example
 * ```ts
 * const disguise = createDisguise('withhold', options);
 * const node = createChainNode({
 *   ...rest,
 *   ports: disguise.ports(simulation.addNode('eve')),
 *   signer: disguise.signer(crypto.createSigner('eve')),
 * });
 * await node.start();
 * disguise.begin();
 * ```
 */
export interface Disguise {
  /** What it does. */
  readonly strategy: StrategyName;
  /** Network and clock of the machine with the lies in between. */
  ports(ports: SimulatedPorts): SimulatedPorts;
  /** The key of the machine, as its host is to see it. */
  signer(signer: SignerPort): SignerPort;
  /** The ledger of the machine, as its host is to see it. Strategies that change no block return it as it is. */
  chain(chain: ChainPort): ChainPort;
  /** The machine runs; from now on the strategy acts. */
  begin(): void;
  /** The machine is about to stop; what was planned is dropped. */
  end(): void;
  /** How often it did what; the sum is 0 as long as the machine behaved like an honest one. */
  counts(): Readonly<Record<string, number>>;
  /**
   * Tells it that a message or an answer, of whomever, reached an honest node: `reseal` counts its copies only then.
   * Absent: it counts what it does.
   */
  arrived?(bytes: Bytes): void;
  /**
   * Disguise of a second machine with the same key, a chain, a log and guard records of its own: whoever starts
   * this machine starts that one too, under another name. Only `equivocate` has one.
   */
  readonly twin?: Disguise;
}

/** Sum of all counts: how often the adversary did anything that an honest node would not have done. */
export function countDeeds(disguise: Disguise): number {
  return Object.values(disguise.counts()).reduce((sum, count) => sum + count, 0);
}
