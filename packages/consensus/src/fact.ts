/**
 * Facts: what the ledger tells consensus.
 *
 * @module
 */
import type { Certificate, Evidence } from './evidence.ts';
import type { Validator } from './header.ts';
import type { PluginRequirements } from './plugin.ts';
import type { ActorId, Bytes, Height } from './primitives.ts';
import type { ConsensusRules } from './rules.ts';

/**
 * Something the ledger established while executing a block, already valid by the ledger's rules.
 *
 * Totals, not differences: a fact states the new value, so applying it twice changes nothing.
 * Facts of one block arrive in the order in which the ledger produced them; where a plugin needs
 * order independence it aggregates per actor first. A plugin ignores kinds it did not list in
 * {@link PluginRequirements.facts}; the host does not deliver them.
 */
export type Fact =
  | {
      /** `actor` was admitted to the register of candidates. */
      readonly kind: 'admission';
      readonly actor: ActorId;
      /** Deposit at admission in base units, at least `0n`. */
      readonly deposit: bigint;
      /** Category for reports (wind, solar, hydro, user, …); never an input to weight. */
      readonly category: string;
    }
  | {
      /** `actor` asked to leave; funds stay locked until the ledger releases them. */
      readonly kind: 'exit';
      readonly actor: ActorId;
    }
  | {
      /**
       * The deposit of `actor` is now `total` base units, at least `0n`; covers top-up, withdrawal and slashing. After
       * an `exit`, `0n` says that the ledger released the last of it: nothing is left to slash.
       */
      readonly kind: 'deposit';
      readonly actor: ActorId;
      readonly total: bigint;
    }
  | {
      /** The election ballot of `from` for `to` now weighs `weight`; `0n` withdraws it. */
      readonly kind: 'ballot';
      readonly from: ActorId;
      readonly to: ActorId;
      readonly weight: bigint;
    }
  | {
      /**
       * `actor` took part in consensus round `round` (its vote is on the chain). Supplied by a
       * ledger that records votes, or by the host for every signer of an accepted certificate.
       */
      readonly kind: 'participation';
      readonly actor: ActorId;
      /**
       * From a ledger: the height of the block that includes the vote, which supports its parent.
       * From a certificate: the height that the vote supports.
       */
      readonly round: Height;
    }
  | {
      /** The stake backing `actor`, own and delegated, is now `total` base units. */
      readonly kind: 'stake';
      readonly actor: ActorId;
      readonly total: bigint;
    }
  | {
      /** `actor` registered `publicKey` for `role` (`vrf`, `vote`, …); possession was proven. */
      readonly kind: 'key';
      readonly actor: ActorId;
      readonly role: string;
      readonly publicKey: Bytes;
    }
  | {
      /**
       * The complete validator set decided outside this plugin: by the ledger for a production
       * plugin, by the production plugin for a finality gadget.
       */
      readonly kind: 'validators';
      readonly validators: readonly Validator[];
    }
  | {
      /** A governed parameter now has this value, in the canonical text form of its definition. */
      readonly kind: 'parameter';
      readonly name: string;
      readonly value: string;
    }
  | {
      /** The block contains this verified evidence; each offence is reported once per chain. */
      readonly kind: 'evidence';
      readonly evidence: Evidence;
    }
  | {
      /** The block contains this certificate, accepted by {@link ConsensusRules.verifyCertificate}. */
      readonly kind: 'certificate';
      readonly certificate: Certificate;
    }
  | {
      /** Anything two cooperating packages agree on; `id` is namespaced like `energy/meter`. */
      readonly kind: 'custom';
      readonly id: string;
      readonly data: Bytes;
    };

/** Names of the {@link Fact} variants. */
export type FactKind = Fact['kind'];
