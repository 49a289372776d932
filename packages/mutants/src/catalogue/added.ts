/**
 * Bugs that the specification does not list, each made for a checker that would otherwise have nothing to find.
 *
 * @module
 */
import { kit, type Patch, simulate } from '../mutant.ts';

/** Added bugs. */
export const ADDED_MUTANTS: readonly Patch[] = [
  {
    id: 'MUT-48',
    appliesTo: 'host',
    title: 'the final block is forgotten at a restart',
    edits: [
      {
        file: 'host/src/tree/restore.ts',
        find: '  return stored.block.header.height;\n',
        replace: '  return genesis.tip.header.height;\n',
      },
    ],
    killers: [simulate('dpos+checkpoint', 'I2'), simulate('dpos+checkpoint', 'I9'), kit('dpos+checkpoint', 'CK-15')],
  },
  {
    id: 'MUT-49',
    appliesTo: 'host',
    title: 'directives are not carried out',
    edits: [{ file: 'host/src/era/apply.ts', find: '  return all;\n', replace: '  return [];\n' }],
    killers: [simulate('dpos', 'I3'), kit('dpos', 'CK-13'), kit('dpos', 'CK-17'), kit('dpos', 'CK-18')],
  },
  {
    id: 'MUT-50',
    appliesTo: 'host',
    title: 'everybody produces in every slot, and no header is refused',
    edits: [
      {
        file: 'host/src/import/assess.ts',
        find: "if (verdict.kind === 'reject') return rejected(verdict.code, verdict.provable === true);",
        replace: "if (verdict.kind === 'reject') continue;",
      },
      {
        file: 'consensus/src/slot-engine.ts',
        find: 'return this.#protocol.leaderOf(state, slot) === this.#self;',
        replace: 'return this.#protocol.leaderOf(state, slot) !== undefined;',
      },
    ],
    killers: [simulate('dpos', 'I7')],
  },
  {
    id: 'MUT-51',
    appliesTo: 'host',
    title: 'of equal branches the first one stays',
    edits: [
      {
        file: 'consensus/src/head-choice.ts',
        find: '  if (a.header.id === b.header.id) return 0;\n  return a.header.id < b.header.id ? 1 : -1;\n',
        replace: '  return a.header.id === b.header.id ? 0 : -1;\n',
      },
    ],
    killers: [simulate('pow', 'I8')],
  },
  {
    id: 'MUT-52',
    appliesTo: 'host',
    title: 'what became final is told, but not stored',
    edits: [{ file: 'host/src/finality/keeper.ts', find: '      finalized: { id: header.id, proof },\n', replace: '' }],
    killers: [simulate('dpos+checkpoint', 'I14')],
  },
  {
    id: 'MUT-53',
    appliesTo: 'ledger',
    title: 'a fee is credited to the author, but not taken from the payer',
    edits: [
      {
        file: 'ledger/src/execution/execution.ts',
        find: '{ balance: account.balance - fee, nonce: nonce + 1 }',
        replace: '{ balance: account.balance, nonce: nonce + 1 }',
      },
      {
        file: 'ledger/src/execution/execution.ts',
        find: '    assertSupply(this.#before, this.#state.tree);\n',
        replace: '',
      },
    ],
    killers: [simulate('dpos', 'I4')],
  },
  {
    id: 'MUT-54',
    appliesTo: 'host',
    title: 'nobody answers questions for blocks',
    edits: [
      {
        file: 'host/src/import/fetcher.ts',
        find: '    if (request === undefined) return null;\n',
        replace: '    if (request === undefined || request.kind !== undefined) return null;\n',
      },
    ],
    killers: [simulate('dpos', 'I10'), kit('dpos', 'CK-14')],
  },
  {
    id: 'MUT-55',
    appliesTo: 'pbft, host',
    title: 'a copy of a final block with another seal passes for a rival',
    edits: [
      {
        file: 'consensus-pbft/src/rules.ts',
        find: `  if (header.seal.length > 0) return reject('BAD_SEAL');
  const seals = decodeSeals(proof);`,
        replace: '  const seals = decodeSeals(proof);',
      },
      {
        file: 'host/src/finality/keeper.ts',
        find: 'if (own !== null && compareBytes(own.block.header.sealHash, header.sealHash) === 0) return;',
        replace: '',
      },
    ],
    killers: [simulate('pbft')],
  },
];
