/**
 * Sends the transactions of a comparison through one network, and checks what became of them.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { decodeBlock, type LedgerBlock } from '@fiducia/ledger';
import { FiduciaCommandError } from '../failure.ts';
import type { Network } from '../scenario/network.ts';
import { ROUND_MS } from './network.ts';
import type { WorkloadTransaction } from './workload/pen.ts';
import type { RefusedTransaction } from './workload/refused.ts';
import { MARKET_SLOT_MS, marketSlotOfPhase, PHASES, phaseStart } from './workload/timeline.ts';

/** What is sent. */
export interface Consignment {
  readonly transactions: readonly WorkloadTransaction[];
  readonly refused: readonly RefusedTransaction[];
}

/** Between the start of a market slot and the sending of its transactions: past the first block of the slot. */
const SEND_DELAY_MS = ROUND_MS + 1_000;

/**
 * Plans the sending. Every signer has one node that it sends through, so that its nonces arrive in order; a bad
 * transaction goes to every node at once, after the good ones of its phase.
 *
 * @returns What nodes answered otherwise than they should; it grows while the network runs.
 */
export function planSending(
  { simulation, nodes }: Network,
  { transactions, refused }: Consignment,
): readonly FiduciaCommandError[] {
  const surprises: FiduciaCommandError[] = [];
  const note = (subject: string): void =>
    void surprises.push(new FiduciaCommandError({ code: 'CHECK_FAILED', subject }));
  const ledgers = nodes.map(({ node }) => node.ledger);
  const signers = [...new Set(transactions.map(({ signer }) => signer))];
  for (let phase = 0; phase < PHASES; phase++) {
    simulation.schedule(phaseStart(phase) + SEND_DELAY_MS, `transactions/${phase}`, async () => {
      for (const transaction of transactions) {
        if (transaction.phase !== phase) continue;
        const ledger = ledgers[signers.indexOf(transaction.signer) % ledgers.length];
        const result = await ledger?.submit(transaction.bytes);
        if (result?.kind !== 'added') note(`a node did not take a good transaction: ${JSON.stringify(result)}`);
      }
      for (const transaction of refused) {
        if (transaction.phase !== phase) continue;
        for (const ledger of ledgers) {
          const result = await ledger.submit(transaction.bytes);
          if (!isAsExpected(transaction, result))
            note(`a node answered ${JSON.stringify(result)} to: ${transaction.name}`);
        }
      }
    });
  }
  return surprises;
}

function isAsExpected(
  { refusedBy, code }: RefusedTransaction,
  result: { readonly kind: string; readonly code?: string },
): boolean {
  return refusedBy === 'pool' ? result.kind === 'rejected' && result.code === code : result.kind !== 'rejected';
}

/**
 * Checks that the chain holds every good transaction, in a block of its market slot, and nothing else. So it holds no
 * bad one, and nothing was executed at another market time than under other protocols.
 *
 * @throws {@link FiduciaCommandError} with `CHECK_FAILED`.
 */
export async function requireCarried(network: Network, { transactions }: Consignment): Promise<void> {
  const expected = new Map(transactions.map(({ bytes, phase }) => [hexOf(bytes), marketSlotOfPhase(phase)]));
  let count = 0;
  for (const { header, transactions } of await readChain(network)) {
    const slot = Math.floor(header.timestamp / MARKET_SLOT_MS);
    for (const { bytes, kind } of transactions) {
      const due = expected.get(hexOf(bytes));
      if (due === undefined) fail(`the chain holds a bad transaction of kind ${kind}`);
      if (due !== slot) fail(`a transaction of kind ${kind} came ${slot - due} market slots late`);
      count++;
    }
  }
  if (count !== transactions.length) fail(`${transactions.length - count} transactions are missing in the chain`);
}

/** Root of the application state, if all nodes have the same. @throws {@link FiduciaCommandError} with `CHECK_FAILED`. */
export function requireOneApplicationRoot({ nodes }: Network): string {
  const roots = new Set(nodes.map(({ node }) => hexOf(node.ledger.stateAt()?.applicationRoot ?? new Uint8Array())));
  const [root] = roots;
  if (roots.size !== 1 || root === undefined) fail('the nodes have different application states');
  return root;
}

/** Blocks of the adopted chain, newest first, without genesis. */
async function readChain({ observer }: Network): Promise<readonly LedgerBlock[]> {
  const { ledger, host } = observer.node;
  const blocks: LedgerBlock[] = [];
  for (let { id, height } = host.head().header; height > 0; ) {
    const stored = await ledger.read({ kind: 'id', id });
    const block = stored && decodeBlock(stored.block.bytes);
    if (block === null || typeof block === 'string') throw new Error(`block ${id} of the adopted chain is not stored`);
    blocks.push(block);
    id = block.header.parentId;
    height = block.header.height - 1;
  }
  return blocks;
}

function hexOf(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex');
}

function fail(subject: string): never {
  throw new FiduciaCommandError({ code: 'CHECK_FAILED', subject });
}
