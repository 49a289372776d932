/**
 * Several copies of the contract, the host and the tokens in one process: the program has the next minor version of
 * them, its plugin, ledger, keys and node were built against the previous one, and one plugin names another contract.
 */
import { createRequire } from 'node:module';
import { ConsensusError, type ConsensusPlugin, type Era, isConsensusError } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { pluginModule, portModule } from '@fiducia/di';
import { createHost, createLoopbackNetwork, createMemoryLog, HostError, isHostError } from '@fiducia/host';
import { createLedger } from '@fiducia/ledger';
import { createNode, defaultModule } from '@fiducia/node';
import { createTurnedClock } from './clock.js';

const SLOT_MS = 2_000;
const config = { delegates: 1, slotMs: SLOT_MS };
const crypto = await createCrypto();
const alice = keyPairFromSeed('alice');
const genesis = {
  chainName: 'copies',
  timestamp: 0,
  minimumFee: 0n,
  accounts: [],
  admission: 'open',
  supervisors: { keys: [], threshold: 0 },
  depositMin: 0n,
  unbondingBlocks: 100,
  candidates: [{ id: alice.address, owner: alice.address, deposit: 100n, category: 'WIND', signatures: [] }],
  ballots: [],
} as const;

const erasOf = (name: string, settings: unknown): readonly Era[] => [
  { fromHeight: 1, production: { name, config: settings } },
];

/** A host of the next version over a ledger and keys of the previous one. */
function hostOf(plugins: readonly ConsensusPlugin[], eras: readonly Era[]) {
  const net = createLoopbackNetwork().join(alice.address);
  const chain = createLedger({ crypto, net, genesis: { ...genesis, consensus: new Uint8Array() } });
  const signer = createMemorySigner({ keyPair: alice, crypto });
  const clock = createTurnedClock();
  const options = { chain, net, crypto, signer, clock, plugins, eras, chainId: chain.chainId, log: createMemoryLog() };
  return { host: createHost(options), clock };
}

/** A node of the previous version whose clock and plugins were registered under tokens of the next one. */
async function nodeOf(plugins: readonly ConsensusPlugin[], eras: readonly Era[]) {
  const clock = createTurnedClock();
  const modules = [defaultModule({ genesis, keyPair: alice }), portModule({ clock }), pluginModule(...plugins)];
  return { node: await createNode({ modules, eras }), clock };
}

async function refusalOf(act: () => unknown) {
  try {
    await act();
    return 'nothing was refused';
  } catch (error) {
    if (isHostError(error)) return { ...error.data, isOfThisCopy: error instanceof HostError };
    if (isConsensusError(error)) return { ...error.data, isOfThisCopy: error instanceof ConsensusError };
    throw error;
  }
}

/** Versions of the contract: that of the program, and that of each package below it. */
function contractVersions() {
  const own = createRequire(import.meta.url);
  const packages = ['consensus-dpos', 'consensus-pos', 'consensus-pow', 'host', 'ledger', 'node'];
  const places = [own, ...packages.map((name) => createRequire(own.resolve(`@fiducia/${name}`)))];
  return places.map((place) => (place('@fiducia/consensus/package.json') as { readonly version: string }).version);
}

const { host, clock } = hostOf([dpos()], erasOf('dpos', config));
await host.start();
await clock.turn(6 * SLOT_MS, SLOT_MS / 4);
await host.stop();

const older = await nodeOf([dpos()], erasOf('dpos', config));
await older.node.start();
await older.clock.turn(6 * SLOT_MS, SLOT_MS / 4);
await older.node.stop();

// @ts-expect-error The compiler refuses a plugin of another contract as well.
const foreign: ConsensusPlugin = pos();
const wrong = erasOf('dpos', { ...config, delegates: 0 });
console.log(
  JSON.stringify({
    versions: contractVersions(),
    heights: [host.head().header.height, older.node.host.head().header.height],
    config: await refusalOf(() => dpos().parseConfig({ delegates: 0 })),
    configOfHost: await refusalOf(() => hostOf([dpos()], wrong)),
    twice: await refusalOf(() => hostOf([dpos(), dpos()], erasOf('dpos', config))),
    outdated: await refusalOf(() => pow()),
    contract: await refusalOf(() => hostOf([foreign], erasOf('pos', {}))),
    contractOfNode: await refusalOf(() => nodeOf([foreign], erasOf('pos', {}))),
  }),
);
