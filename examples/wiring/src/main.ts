/** Prints how far each of the wirings came. */
import { createPlainHost } from './no-container.ts';
import { createOwnHost } from './own-chain.ts';
import { runManyNodes, runOwnChain } from './run.ts';

const many = await runManyNodes();
process.stdout.write(`default ledger, ports replaced: ${many.height} blocks, ${many.commits} commits on three nodes\n`);
const contained = await runOwnChain(createOwnHost);
process.stdout.write(`own chain, with a container: ${contained.height} blocks\n`);
const plain = await runOwnChain(createPlainHost);
process.stdout.write(
  `own chain, without one: ${plain.height} blocks, ${plain.heads[0] === contained.heads[0] ? 'the same' : 'others'}\n`,
);
