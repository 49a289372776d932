/**
 * Directives: what consensus tells the ledger.
 *
 * @module
 */
import type { ActorId, Bytes, Height } from './primitives.ts';

/**
 * A decision of consensus that the ledger carries out while executing the block.
 *
 * Directives are part of the block's deterministic execution: every node derives the same list and
 * applies it in list order, before the first transaction. A ledger that does not know an actor
 * ignores the directive; it never fails because of one.
 */
export type Directive =
  | {
      /** Credit `units` of block reward; the ledger maps units to its token. At least `1n`. */
      readonly kind: 'reward';
      readonly actor: ActorId;
      readonly units: bigint;
    }
  | {
      /** Remove `partsPerMillion` (1 to 1 000 000) of the deposit or stake, rounding down. */
      readonly kind: 'slash';
      readonly actor: ActorId;
      readonly partsPerMillion: number;
      /** Stable UPPER_SNAKE reason. */
      readonly reason: string;
    }
  | {
      /** Exclude from admission and withdrawal until `untilHeight`; `null` means for ever. */
      readonly kind: 'jail';
      readonly actor: ActorId;
      readonly untilHeight: Height | null;
      readonly reason: string;
    }
  | {
      /** Publish the composite trust of `actor`; informative, moves no funds. */
      readonly kind: 'trustChanged';
      readonly actor: ActorId;
      /** Composite trust in millionths of full trust; may exceed 1 000 000 where parameters allow. */
      readonly trust: number;
      readonly reason: string;
    }
  | {
      /** Publish a change of trust tier; informative, moves no funds. */
      readonly kind: 'tierChanged';
      readonly actor: ActorId;
      readonly from: string;
      readonly to: string;
    }
  | {
      /** Anything two cooperating packages agree on; unknown ids are ignored. */
      readonly kind: 'custom';
      readonly id: string;
      readonly data: Bytes;
    };

/** Names of the {@link Directive} variants. */
export type DirectiveKind = Directive['kind'];
