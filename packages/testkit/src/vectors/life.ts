/**
 * What golden vectors hold: a life of a chain, and what the rules said of it.
 *
 * @module
 */
import type {
  Artefact,
  BlockId,
  Bytes,
  ConsensusHeader,
  EraStart,
  Evidence,
  Fact,
  Millis,
  SignedMessage,
} from '@fiducia/consensus';

/**
 * Recorded decisions of one major version of a plugin: plain JSON, to be kept in the plugin's repository. As long as
 * the major number stays, its rules must give these answers.
 */
export interface GoldenVectors {
  /** `name@major` of the plugin. */
  readonly protocol: string;
  /**
   * One life for each configuration: its configuration and start, blocks with what the ledger established, proofs,
   * certificates, messages and evidence, and hashes of all answers; bytes, big integers and maps carry a tag.
   */
  readonly lives: readonly unknown[];
  /**
   * Lives of single engines among twins, where the subject names `twins`: what each was told, and hashes of what it did,
   * also where the author of a message had said something else. An engine may change within a major version; its author then looks at
   * the difference and records anew.
   */
  readonly engines?: readonly unknown[];
}

/** A block that was adopted. */
export interface GoldenBlock {
  readonly header: ConsensusHeader;
  readonly now: Millis;
  readonly facts: readonly Fact[];
}

/** A life under one configuration. */
export interface GoldenLife {
  readonly name: string;
  /** As given to `parseConfig`. */
  readonly config: unknown;
  readonly chainId: Bytes;
  readonly era: number;
  readonly start: EraStart;
  /** Parents first. */
  readonly blocks: readonly GoldenBlock[];
  /** Of blocks of this life. */
  readonly proofs: readonly { readonly proof: Bytes; readonly of: BlockId }[];
  /** Carried by a child of the block. */
  readonly certificates: readonly { readonly certificate: Bytes; readonly parent: BlockId }[];
  readonly messages: readonly SignedMessage[];
  /** Judged for a child of the block. */
  readonly evidence: readonly {
    readonly evidence: Evidence;
    readonly parent: BlockId;
    readonly subjects: readonly Artefact[];
  }[];
}

/** One answer of the rules. */
export interface Answer {
  /** Height that it is about; 0 for the start of the era, or for what has no height. */
  readonly height: number;
  /** What is wrong if it is another. */
  readonly complaint: string;
  readonly text: string;
}
