/**
 * The genesis block: executed like any other, without signatures, directives or parent.
 *
 * @module
 */
import type { Claim, HashFunction } from '@fiducia/consensus';
import { ACCOUNTS, issue } from '../account/accounts.ts';
import { assembleBlock, computeBodyRoot, type LedgerBlock, NO_PARENT } from '../block/codec.ts';
import { LedgerError } from '../errors.ts';
import { BlockExecution, type Executed } from '../execution/execution.ts';
import type { ModuleRegistry } from '../execution/registry.ts';
import type { BlockContext } from '../modules/module.ts';
import { admit, approvalClaims } from '../modules/registry.ts';
import { bookBallot } from '../modules/staking.ts';
import { rootOf } from '../state/tree.ts';
import { LEDGER_PROTOCOL } from '../transaction/codec.ts';
import { ballotsInOrder, type GenesisConfig } from './genesis.ts';

/** The genesis block and what its execution gave. */
export interface GenesisBlock extends Executed {
  /** The block. */
  readonly block: LedgerBlock;
}

/** Executes genesis. The supervisor signatures in it are checked when the host executes the block. */
export function createGenesisBlock(
  genesis: GenesisConfig,
  registry: ModuleRegistry,
  chainId: Uint8Array,
  sha256: HashFunction,
): GenesisBlock {
  const { timestamp, minimumFee } = genesis;
  const frame = { chainId, height: 0, parentId: NO_PARENT, timestamp, author: '', minimumFee };
  const execution = new BlockExecution(registry, frame, undefined);
  writeAccounts(execution.context, genesis);
  writeCandidates(execution.context, genesis);
  for (const module of registry.modules) module.genesis?.(execution.context);
  const executed = execution.finish();

  const body = { transactions: [], roundVotes: [], evidence: [], certificates: [] };
  const fields = {
    chainId,
    height: 0,
    parentId: NO_PARENT,
    timestamp,
    author: '',
    protocol: LEDGER_PROTOCOL,
    digest: new Uint8Array(),
    bodyRoot: computeBodyRoot(body, sha256),
    stateRoot: rootOf(executed.tree, sha256),
    seal: new Uint8Array(),
  } as const;
  return { ...executed, block: assembleBlock(fields, body, sha256) };
}

/** Supervisor signatures of all members, to be checked in the scope of `GENESIS_SCOPE_CHAIN_ID` (trust K5). */
export function genesisClaims(genesis: GenesisConfig): Claim[] {
  if (genesis.admission === 'open') return [];
  return genesis.candidates.flatMap((candidate) => approvalClaims(genesis, { ...candidate, expiry: 0 }));
}

function writeAccounts({ state }: BlockContext, genesis: GenesisConfig): void {
  for (const { actor, balance } of genesis.accounts) {
    issue(state, balance);
    state.set(ACCOUNTS, actor, { balance, nonce: 0 });
  }
}

function writeCandidates(context: BlockContext, genesis: GenesisConfig): void {
  for (const candidate of genesis.candidates) {
    issue(context.state, candidate.deposit);
    context.emit(admit(context, { ...candidate, expiry: 0 }));
  }
  for (const ballot of ballotsInOrder(genesis)) {
    const fact = bookBallot(context.state, ballot);
    if (typeof fact === 'string') {
      throw new LedgerError({ code: 'INVALID_GENESIS', path: `ballots.${ballot.from}/${ballot.to}`, reason: fact });
    }
    context.emit(fact);
  }
}
