/** A member whose ledger checks nothing before it makes a block: it executes what it can, and includes everything. */
import type { Bytes } from '@fiducia/consensus';
import type { Block, BuildRequest } from '@fiducia/consensus/ports';
import type { GenesisConfig } from '@fiducia/ledger';
import { assembleBlock, computeBodyRoot, encodedBody, type LedgerBlock } from '../../../ledger/src/block/codec.ts';
import { BlockExecution } from '../../../ledger/src/execution/execution.ts';
import { createModuleRegistry, prepareTransaction } from '../../../ledger/src/execution/registry.ts';
import { createGenesisBlock } from '../../../ledger/src/genesis/block.ts';
import { stakingModule } from '../../../ledger/src/modules/staking.ts';
import { accountModule } from '../../../ledger/src/modules/transfer.ts';
import { rootOf } from '../../../ledger/src/state/tree.ts';
import { decodeTransaction } from '../../../ledger/src/transaction/codec.ts';
import { sha256, toHex } from '../../src/inspect/hash.ts';

/** Makes blocks on genesis and on blocks that it made before, whatever seal those got. */
export function createForger(genesis: GenesisConfig, chainId: Bytes) {
  const registry = createModuleRegistry([accountModule(), stakingModule(genesis)]);
  const first = createGenesisBlock(genesis, registry, chainId, sha256);
  const trees = new Map([[toHex(first.block.header.sealHash), first.tree]]);
  return ({ header }: Block, request: BuildRequest, given: readonly Bytes[]): LedgerBlock | null => {
    const { parentId, timestamp, author, protocol, digest, directives, evidence, certificates } = request;
    const before = trees.get(toHex(header.sealHash));
    if (before === undefined) throw new RangeError(`${parentId} is neither genesis nor forged`);
    const height = header.height + 1;
    const frame = { chainId, height, parentId, timestamp, author, minimumFee: genesis.minimumFee };
    const execution = new BlockExecution(registry, frame, before);
    execution.begin(directives);
    const transactions: LedgerBlock['transactions'][number][] = [];
    for (const bytes of given) {
      const transaction = decodeTransaction(bytes, sha256);
      if (typeof transaction === 'string') return null;
      const prepared = prepareTransaction(registry, chainId, transaction);
      if (typeof prepared !== 'string') execution.applyTransaction(prepared);
      transactions.push(transaction);
    }
    const { tree } = execution.finish();
    const body = { transactions, roundVotes: [], evidence, certificates };
    const roots = { bodyRoot: computeBodyRoot(encodedBody(body), sha256), stateRoot: rootOf(tree, sha256) };
    const fields = { chainId, height, parentId, timestamp, author, protocol, digest, ...roots, seal: new Uint8Array() };
    const block = assembleBlock(fields, body, sha256);
    trees.set(toHex(block.header.sealHash), tree);
    return block;
  };
}
