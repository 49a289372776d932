/**
 * Execution of blocks: directives first, then transactions, on the state of the parent whichever branch it is on.
 *
 * @module
 */
import type { Block, HeaderData } from '@ethereumjs/block';
import type { TypedTransaction } from '@ethereumjs/tx';
import { buildBlock, runBlock, type VM, type VMOpts } from '@ethereumjs/vm';
import type { Bytes, Directive, HeaderContext } from '@fiducia/consensus';
import type { DirectiveHook } from './directives.ts';

/** What an execution starts from. */
export interface ExecutionBase {
  /** Block to execute on; its state must be there. */
  readonly parent: Block;
  /** What consensus decided for the new block. */
  readonly directives: readonly Directive[];
  /** The new block, as far as it is known before its body. */
  readonly context: HeaderContext;
}

/** Executes blocks on copies of a virtual machine. */
export class Executor {
  readonly #vm: VM;
  readonly #hook: DirectiveHook | undefined;
  readonly #ancestor: (hash: Bytes) => Promise<Block>;

  /** @param ancestor - Finds a block of any branch by its hash; rejects if it is not there. */
  constructor(vm: VM, hook: DirectiveHook | undefined, ancestor: (hash: Bytes) => Promise<Block>) {
    this.#vm = vm;
    this.#hook = hook;
    this.#ancestor = ancestor;
  }

  /** Whether the state after a block is there. */
  hasStateOf({ header }: Block): Promise<boolean> {
    return this.#vm.stateManager.hasStateRoot(header.stateRoot);
  }

  /**
   * Whether the body of a block leads from the parent's state to what its header says. Header and body are not validated
   * otherwise; a body that does not belong to its header changes nothing that lasts.
   *
   * Rejects if something fails that no block can cause: a state that is not there any more, a hook, what is kept at the end.
   * Such a failure says nothing about the block, which other nodes may well accept (contract H-43).
   */
  async run(block: Block, base: ExecutionBase): Promise<boolean> {
    try {
      await this.#onStateOf(base, (vm) => runOn(vm, block));
      return true;
    } catch (error) {
      if (error instanceof InvalidBody) return false;
      throw error;
    }
  }

  /** Builds an unsealed block; `null` if an execution was broken off such that the result cannot be trusted. */
  async build(
    headerData: HeaderData,
    transactions: readonly TypedTransaction[],
    base: ExecutionBase,
  ): Promise<Block | null> {
    const { common } = this.#vm;
    const block = await this.#onStateOf(base, async (vm) => {
      const blockOpts = { putBlockIntoBlockchain: false, common };
      const builder = await buildBlock(vm, { parentBlock: base.parent, headerData, blockOpts });
      for (const transaction of transactions) await tryAdd(() => builder.addTransaction(transaction));
      return (await builder.build()).block;
    });
    return (await this.hasStateOf(block)) ? block : null;
  }

  /**
   * Keeps what `work` changes in the state after the parent, or nothing of it if it throws. It works on a copy: an
   * execution that is broken off may leave checkpoints behind.
   */
  async #onStateOf<T>({ parent, directives, context }: ExecutionBase, work: (vm: VM) => Promise<T>): Promise<T> {
    const vm = await this.#vm.shallowCopy();
    Object.assign(vm.evm, { blockchain: new BranchView(parent, this.#ancestor) });
    await vm.stateManager.setStateRoot(parent.header.stateRoot, true);
    await vm.stateManager.checkpoint();
    await this.#hook?.(directives, { stateManager: vm.stateManager, context });
    const result = await work(vm);
    await vm.stateManager.commit();
    return result;
  }
}

/** The body of a block does not lead to what its header says. */
class InvalidBody extends Error {}

async function runOn(vm: VM, block: Block): Promise<void> {
  try {
    await runBlock(vm, { block, skipBlockValidation: true });
  } catch (error) {
    // EthereumJS throws for whatever is wrong, with a text and nothing else to tell it by.
    throw new InvalidBody('EXECUTION_INVALID', { cause: error });
  }
}

/** What the machine asks for blocks; the type has no name in `@ethereumjs/vm`. */
type AncestorSource = NonNullable<VMOpts['blockchain']>;

/**
 * What `BLOCKHASH` sees: the ancestors of a block by number. EthereumJS would answer with canonical blocks, so that a block of
 * another branch would lead to another state on each node.
 */
class BranchView implements AncestorSource {
  readonly #ancestor: (hash: Bytes) => Promise<Block>;
  readonly #seen: Block[];
  #lowest: Block;

  constructor(parent: Block, ancestor: (hash: Bytes) => Promise<Block>) {
    this.#ancestor = ancestor;
    this.#seen = [parent];
    this.#lowest = parent;
  }

  /** The machine asks for at most 256 blocks back. */
  async getBlock(number: number): Promise<Block> {
    while (this.#lowest.header.number > BigInt(number)) {
      this.#lowest = await this.#ancestor(this.#lowest.header.parentHash);
      this.#seen.push(this.#lowest);
    }
    return this.#seen.find(({ header }) => header.number === BigInt(number)) ?? this.#lowest;
  }

  /** Nothing that is executed puts blocks. */
  async putBlock(): Promise<void> {}

  shallowCopy(): AncestorSource {
    return this;
  }
}

/** Transactions that cannot be executed now are left for another block. */
async function tryAdd(add: () => Promise<unknown>): Promise<void> {
  try {
    await add();
  } catch {
    // The state is as before: a transaction that is refused is undone.
  }
}
