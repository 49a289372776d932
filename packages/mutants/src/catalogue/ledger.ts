/**
 * Bugs of the ledger: MUT-36 to MUT-39.
 *
 * @module
 */
import { type Patch, scenario } from '../mutant.ts';

const TAMPERING = 'ledger/test/tampering.test.ts';
const EXECUTION = 'ledger/src/execution/execution.ts';

const appliesTo = 'ledger';

/** Bugs of the ledger. */
export const LEDGER_MUTANTS: readonly Patch[] = [
  {
    id: 'MUT-36/pool',
    appliesTo,
    title: 'undo applied in wrong order: transactions of abandoned blocks, newest first',
    edits: [
      {
        file: 'ledger/src/ledger.ts',
        find: 'for (const id of [...reverted].reverse()) {',
        replace: 'for (const id of reverted) {',
      },
    ],
    killers: [
      scenario(
        'ledger/test/reorganisation.test.ts',
        'left for three, ledger in memory > what the old branch had included waits again in its order there',
      ),
    ],
  },
  {
    id: 'MUT-36/store',
    appliesTo,
    title: 'undo applied in wrong order: heights of the old branch, behind those of the new one',
    edits: [
      {
        file: 'ledger/src/store/durable.ts',
        find: 'for (let height = keep + applied.length; height <= this.#position.headHeight; height++) {',
        replace: 'for (let height = keep; height <= this.#position.headHeight; height++) {',
      },
      {
        file: 'ledger/src/store/durable.ts',
        find: `    for (let height = keep; height <= headHeight; height++) this.#adopted.delete(height);
    for (const [index, id] of applied.entries()) this.#noteAdopted(keep + index, id);
`,
        replace: `    for (const [index, id] of applied.entries()) this.#noteAdopted(keep + index, id);
    for (let height = keep; height <= headHeight; height++) this.#adopted.delete(height);
`,
      },
    ],
    killers: [
      scenario(
        'ledger/test/reorganisation.test.ts',
        'left for three, ledger in store > the adopted branch is the new one at every height',
      ),
    ],
  },
  {
    id: 'MUT-37',
    appliesTo,
    title: 'nonce check `>=`',
    edits: [{ file: EXECUTION, find: "if (nonce > account.nonce) return 'TX_NONCE_GAP';", replace: '' }],
    killers: [scenario(TAMPERING, 'out of order: TX_NONCE_GAP')],
  },
  {
    id: 'MUT-38',
    appliesTo,
    title: 'sum of outputs unchecked',
    edits: [
      {
        file: 'ledger/src/modules/transfer.ts',
        find: "if (!takeBalance(state, signer, amount)) return 'TX_BALANCE';",
        replace: 'takeBalance(state, signer, amount);',
      },
      { file: EXECUTION, find: '    assertSupply(this.#before, this.#state.tree);\n', replace: '' },
    ],
    killers: [scenario(TAMPERING, 'more than the balance: TX_BALANCE (catalogue T03)')],
  },
  {
    id: 'MUT-39',
    appliesTo,
    title: 'validity checks skipped on the block path (only pool checks)',
    edits: [
      {
        file: 'ledger/src/execution/verifier.ts',
        find: 'return (await this.verifyPrepared(prepared, roundVotes)) ?? prepared;',
        replace: 'return roundVotes.length < 0 ? [] : prepared;',
      },
    ],
    killers: [scenario(TAMPERING, 'with other bytes signed: SIGNATURE_INVALID')],
  },
];
