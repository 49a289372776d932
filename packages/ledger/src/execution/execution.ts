/**
 * Execution of one block on the state of its parent; used by import and by building alike.
 *
 * Order: directives, `beginBlock` of the modules, round votes, transactions. A transaction that fails
 * leaves nothing behind; whether that spoils the block or only leaves the transaction out is for the
 * caller to say (energy TX23).
 *
 * @module
 */
import {
  type ActorId,
  type BlockId,
  type Bytes,
  type Directive,
  type Fact,
  LIMITS,
  type Millis,
} from '@fiducia/consensus';
import { ACCOUNTS, addIncome, readAccount } from '../account/accounts.ts';
import { LedgerError } from '../errors.ts';
import { CandidateLookup } from '../modules/candidate-lookup.ts';
import type { BlockContext } from '../modules/module.ts';
import { bookRoundVote } from '../modules/round-votes.ts';
import { TreeWriter } from '../state/state.ts';
import type { Tree } from '../state/tree.ts';
import type { RoundVote } from '../transaction/codec.ts';
import { assertSupply } from './invariants.ts';
import type { ModuleRegistry, PreparedTransaction } from './registry.ts';

/** What a block's execution needs to know about it. */
export interface ExecutionFrame {
  /** Chain. */
  readonly chainId: Bytes;
  /** Height of the block. */
  readonly height: number;
  /** Its parent. */
  readonly parentId: BlockId;
  /** Its time. */
  readonly timestamp: Millis;
  /** Its author. */
  readonly author: ActorId;
  /** Least fee of a transaction. */
  readonly minimumFee: bigint;
}

/** Result of an execution. */
export interface Executed {
  /** State after the block. */
  readonly tree: Tree;
  /** Facts in the order of emission. */
  readonly facts: readonly Fact[];
}

/** One block in execution. */
export class BlockExecution {
  readonly #registry: ModuleRegistry;
  readonly #frame: ExecutionFrame;
  readonly #before: Tree;
  readonly #state: TreeWriter;
  readonly #facts: Fact[] = [];
  readonly #context: BlockContext;
  readonly #candidates: CandidateLookup;
  readonly #voters = new Set<string>();
  #transactions = 0;

  constructor(registry: ModuleRegistry, frame: ExecutionFrame, parent: Tree, candidates = new CandidateLookup()) {
    this.#candidates = candidates;
    this.#registry = registry;
    this.#frame = frame;
    this.#before = parent;
    const state = new TreeWriter(parent);
    this.#state = state;
    const { height, timestamp, author, chainId } = frame;
    const emit = (fact: Fact) => {
      // Every vote of a block is a fact: the text is for the one that nobody declared.
      if (!registry.provides.has(fact.kind)) {
        throw new LedgerError({ code: 'INVARIANT', rule: 'provides', reason: `undeclared fact ${fact.kind}` });
      }
      this.#facts.push(fact);
    };
    this.#context = { state, height, timestamp, author, chainId, emit };
  }

  /** Context of the block, for what genesis does outside of modules. */
  get context(): BlockContext {
    return this.#context;
  }

  /** Carries out the directives, then lets the modules begin the block. */
  begin(directives: readonly Directive[]): void {
    for (const directive of directives) {
      for (const module of this.#registry.modules) module.applyDirective?.(this.#context, directive);
    }
    for (const module of this.#registry.modules) module.beginBlock?.(this.#context);
  }

  /** Books a round vote (trust F8). @returns A code if it is not valid in this block. */
  applyRoundVote(vote: RoundVote): string | undefined {
    const voter = this.#candidates.of(this.#state.tree, vote.voter);
    return bookRoundVote(this.#context, vote, this.#frame, voter, this.#voters);
  }

  /** Executes a transaction whose signatures hold. @returns A code if it failed; nothing changed then. */
  applyTransaction(prepared: PreparedTransaction): string | undefined {
    const tree = this.#state.tree;
    const facts = this.#facts.length;
    const code = this.#chargeFee(prepared) ?? this.#runTransaction(prepared);
    if (code !== undefined) {
      this.#state.tree = tree;
      this.#facts.length = facts;
      return code;
    }
    this.#transactions++;
    return undefined;
  }

  /** Ends the block: checks the invariants and returns what came out. */
  finish(): Executed {
    assertSupply(this.#before, this.#state.tree);
    return { tree: this.#state.tree, facts: this.#facts };
  }

  #chargeFee({ transaction }: PreparedTransaction): string | undefined {
    const { signer, nonce, fee } = transaction;
    const account = readAccount(this.#state, signer);
    if (nonce < account.nonce) return 'TX_NONCE_USED';
    if (nonce > account.nonce) return 'TX_NONCE_GAP';
    if (fee < this.#frame.minimumFee) return 'TX_FEE';
    if (account.balance < fee) return 'TX_BALANCE';
    this.#state.set(ACCOUNTS, signer, { balance: account.balance - fee, nonce: nonce + 1 });
    addIncome(this.#state, this.#frame.author, fee);
    return undefined;
  }

  #runTransaction({ transaction, type, payload }: PreparedTransaction): string | undefined {
    const context = { ...this.#context, signer: transaction.signer, index: this.#transactions };
    const code = type.execute(context, payload);
    return code ?? (this.#facts.length > LIMITS.factsPerBlock ? 'BLOCK_TOO_MANY_FACTS' : undefined);
  }
}
