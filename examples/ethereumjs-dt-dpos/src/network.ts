/** Two nodes and the line between them, which can be cut. */
import type { TypedTransaction } from '@ethereumjs/tx';
import type { Bytes } from '@fiducia/consensus';
import type { Node } from './node.ts';

export class Network {
  readonly #nodes = new Map<string, Node>();
  #letters: { readonly from: string; readonly block: Bytes }[] = [];
  #transactions: TypedTransaction[] = [];
  #isCut = false;

  set(name: string, node: Node): void {
    this.#nodes.set(name, node);
  }

  /** Sends a block from a node to all others when everybody is done with the present. */
  send(from: string, block: Bytes): void {
    if (!this.#isCut) this.#letters.push({ from, block });
  }

  /** Gives a transaction to a node, and to all others as soon as the line allows. */
  spread(to: string, transaction: TypedTransaction): void {
    this.#nodes.get(to)?.submit(transaction);
    this.#transactions.push(transaction);
  }

  cut(): void {
    this.#isCut = true;
  }

  /** Repairs the line; every node tells the others its head. */
  async heal(): Promise<void> {
    this.#isCut = false;
    for (const [name, { chain }] of this.#nodes) {
      const block = await chain.blockOf(chain.head().header.id);
      if (block !== null) this.send(name, block.serialize());
    }
  }

  /** Waits until all nodes are done and everything that was sent has arrived. */
  async settle(): Promise<void> {
    do {
      const letters = this.#letters;
      this.#letters = [];
      if (!this.#isCut) {
        for (const node of this.#nodes.values()) for (const item of this.#transactions) node.submit(item);
        this.#transactions = [];
      }
      for (const { from, block } of letters) this.#deliver(from, block);
      for (const node of this.#nodes.values()) await node.idle();
    } while (this.#letters.length > 0);
  }

  #deliver(from: string, block: Bytes): void {
    const sender = this.#nodes.get(from);
    for (const [name, node] of this.#nodes) {
      if (name === from) continue;
      node.receive(block, async (id) => (await sender?.chain.blockOf(id))?.serialize() ?? null);
    }
  }
}
