/** Strict TypeScript: a plugin, and the errors of a node, as the compiler and the program see them. */
import { type ConsensusHeader, type ConsensusPlugin, isConsensusError, protocolId } from '@fiducia/consensus';
import { pluginModule } from '@fiducia/di';
import { createNode, defaultModule } from '@fiducia/node';
import { entries } from './everything.js';
import { openSigning } from './plugin.js';

const plugin = openSigning();
const protocol = protocolId(plugin);
const context = { chainId: new Uint8Array(32), era: 0, protocol, sha256: (data: Uint8Array) => data };
const rules = plugin.createRules(plugin.parseConfig({ minSpacingMs: 1_000 }), context);
const genesis: ConsensusHeader = {
  id: 'genesis',
  parentId: '',
  height: 0,
  timestamp: 1_000,
  author: '',
  protocol,
  digest: new Uint8Array(),
  sealHash: new Uint8Array(32),
  seal: new Uint8Array(),
};
const tip = { header: genesis, state: 0, totalWeight: 0n };
const verdicts = [1_500, 2_000].map((timestamp) => {
  const verdict = rules.verifyHeader({ ...genesis, id: 'block', height: 1, author: 'alice', timestamp }, tip, 9_000);
  return verdict.kind === 'reject' ? verdict.code : verdict.kind;
});
// @ts-expect-error A plugin names one contract, and another number is no version of it.
const other: ConsensusPlugin['contract'] = 99;

/** Puts a node together that runs the plugin with this configuration; returns where it starts, or what is wrong. */
async function start(config: unknown): Promise<string> {
  const ledgerGenesis = {
    chainName: 'typed',
    timestamp: 0,
    minimumFee: 0n,
    accounts: [],
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 0n,
    unbondingBlocks: 1,
    candidates: [],
    ballots: [],
  } as const;
  try {
    const node = await createNode({
      modules: [defaultModule({ genesis: ledgerGenesis }), pluginModule(plugin)],
      eras: [{ fromHeight: 1, production: { name: plugin.name, config } }],
    });
    await node.start();
    const { height } = node.host.head().header;
    await node.stop();
    return `started at ${height}`;
  } catch (error) {
    if (isConsensusError(error) && error.data.code === 'INVALID_CONFIG') return error.data.path;
    throw error;
  }
}

const starts = [await start({ minSpacingMs: 1 }), await start({ minSpacingMs: 0.5 })];
console.log(JSON.stringify({ protocol, verdicts, other, starts, entries: entries.length }));
