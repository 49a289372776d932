/**
 * What examples may take as given: the words that the documentation uses without saying each time where they come from.
 * An example that uses none of them but the ready-made ones is complete and is run.
 *
 * @module
 */
import { join } from 'node:path';
import { ROOT } from '../workspace.ts';

/** The plugin that the documentation speaks of: the example in the repository. */
export const ROUND_ROBIN = join(ROOT, 'examples', 'custom-plugin', 'src', 'round-robin.ts');

/** Given values that exist: an expression, and whether it is typed or made in place. */
const READY: Readonly<Record<string, string>> = {
  sha256: "(data: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest())",
  chainId: 'new Uint8Array(32).fill(7)',
  seed: 'new Uint8Array(32).fill(9)',
};

/** Type of an export, as an example would write it. */
const of = (module: string, name: string): string => `import('@fiducia/${module}').${name}`;

/** Given names that only have a type, everywhere. */
const COMMON: Readonly<Record<string, string>> = {
  assert: '{ deepEqual(actual: unknown, expected: unknown): void }',
  chain: of('consensus/ports', 'ChainPort'),
  clock: of('consensus/ports', 'ClockPort'),
  crypto: of('crypto', 'Crypto'),
  data: of('consensus', 'Bytes'),
  eras: `readonly ${of('consensus', 'Era')}[]`,
  genesis: of('ledger', 'GenesisConfig'),
  genesisHeader: of('consensus', 'ConsensusHeader'),
  genesisValidators: `readonly ${of('consensus', 'Validator')}[]`,
  keyPair: of('crypto', 'KeyPair'),
  keys: `readonly ${of('ledger', 'GenesisKey')}[]`,
  ledger: of('ledger', 'Ledger'),
  log: of('consensus/ports', 'LogPort'),
  net: of('consensus/ports', 'NetPort'),
  network: of('host', 'LoopbackNetwork'),
  node: of('node', 'FiduciaNode'),
  plugins: `readonly ${of('consensus', 'ConsensusPlugin')}[]`,
  report: '(value: unknown) => void',
  scope: of('consensus/ports', 'SigningScope'),
  sealHash: of('consensus', 'Bytes'),
  signer: of('consensus/ports', 'SignerPort'),
  slot: 'number',
  vrfSecretKey: of('consensus', 'Bytes'),
};

/** State, configuration and context of a plugin with slots. */
const slotted = (folder: string, name: string, reader: string): Readonly<Record<string, string>> => ({
  config: of(folder, `${name}Config`),
  context: `Parameters<typeof ${of(folder, reader)}>[3]`,
  state: of(folder, `${name}State`),
});

const SIGNER = of('ledger', 'TransactionSigner');
const CLOCK = of('consensus/ports', 'ClockPort');

/** Given names that mean something else, or something at all, in what belongs to one package. */
const OWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'adapter-ethereumjs': {
    blockchain: `${of('adapter-ethereumjs', 'EthereumChainOptions')}<unknown>['blockchain']`,
    broadcast: '(block: Uint8Array) => void',
    chain: `${of('adapter-ethereumjs', 'EthereumChain')}<unknown>`,
    Common: "typeof import('@ethereumjs/common').Common",
    config: 'unknown',
    consensus: `${of('adapter-ethereumjs', 'EthereumConsensus')}<unknown>`,
    crypto: of('consensus/ports', 'CryptoPort'),
    digest: of('consensus', 'Bytes'),
    facts: of('adapter-ethereumjs', 'FactSource'),
    members: 'readonly [string, ...string[]]',
    plugin: of('consensus', 'ConsensusPlugin'),
    proofs: of('consensus', 'Bytes'),
    store: `${of('adapter-ethereumjs', 'EthereumChainPortOptions')}['store']`,
    TRUST_ACCOUNT: `${of('adapter-ethereumjs', 'StateDirectivesOptions')}['trustAccount'] & string`,
    vm: `${of('adapter-ethereumjs', 'EthereumChainOptions')}<unknown>['vm']`,
  },
  consensus: {
    decodeHeader: `${of('consensus', 'EvidenceReaders')}['decodeHeader']`,
    delegates: 'readonly string[]',
    evidence: of('consensus', 'Evidence'),
    key: of('consensus', 'Bytes'),
    rules: `${of('consensus', 'ConsensusRules')}<unknown>`,
    slotBytes: of('consensus', 'Bytes'),
    state: 'unknown',
    tips: `readonly [${of('consensus', 'Tip')}<unknown>, ...${of('consensus', 'Tip')}<unknown>[]]`,
    totalStake: 'bigint',
  },
  'consensus-dpos': slotted('consensus-dpos', 'Dpos', 'delegateAt'),
  'consensus-pbft': { config: of('consensus-pbft', 'PbftConfig'), state: of('consensus-pbft', 'PbftState') },
  'consensus-pos': slotted('consensus-pos', 'Pos', 'leaderAt'),
  di: {
    container: of('di', 'DependencyContainer'),
    myClock: CLOCK,
    nightTariff: '{ readonly nightPermille: number }',
    options: of('node', 'DefaultModuleOptions'),
    simulatedNetwork: of('consensus/ports', 'NetPort'),
    stoppedClock: CLOCK,
    systemClock: CLOCK,
  },
  energy: {
    accounts: `${of('energy', 'EnergyGenesis')}['accounts']`,
    chainGenesis: of('ledger', 'GenesisConfig'),
    grid: `${of('energy', 'EnergyGenesis')}['grid']`,
    gridKey: of('crypto', 'KeyPair'),
    meterKey: of('crypto', 'KeyPair'),
    reading: `Parameters<typeof ${of('energy', 'energyCosignData')}<'energy/submitReading'>>[1]`,
    signer: SIGNER,
    supervisorKey: of('crypto', 'KeyPair'),
    supervisors: `${of('energy', 'EnergyGenesis')}['supervisors']`,
    text: 'string',
    windKey: of('crypto', 'KeyPair'),
  },
  'finality-checkpoint': {
    bytes: of('consensus', 'Bytes'),
    now: 'number',
    state: of('finality-checkpoint', 'CheckpointState'),
    trusted: of('finality-checkpoint/light-client', 'TrustedCheckpoint'),
    decodeHeader: `${of('finality-checkpoint/light-client', 'LightClientOptions')}['decodeHeader']`,
  },
  host: {
    config: 'unknown',
    context: of('consensus', 'EngineContext'),
    genesisBlock: of('consensus/ports', 'Block'),
    headerContext: of('consensus', 'HeaderContext'),
    createWriteStream: "typeof import('node:fs').createWriteStream",
    lines: 'AsyncIterable<string>',
    options: of('host', 'HostOptions'),
    payload: of('consensus', 'Bytes'),
    plugin: of('consensus', 'ConsensusPlugin'),
    records: `readonly ${of('host', 'HostRecord')}[]`,
    seal: of('consensus', 'Bytes'),
    state: of('consensus', 'Bytes'),
    rules: `${of('consensus', 'ConsensusRules')}<unknown>`,
  },
  ledger: {
    alice: 'string',
    deposit: 'bigint',
    friend: 'string',
    header: '{ readonly stateRoot: Uint8Array }',
    id: 'string',
    meterCodec: `${of('ledger', 'Codec')}<{ readonly register: number }>`,
    NOTES: `${of('ledger', 'Table')}<string>`,
    P: "typeof import('micro-packed')",
    METERS: `${of('ledger', 'Table')}<string>`,
    show: '(value: unknown) => void',
    signer: SIGNER,
    state: of('ledger', 'LedgerStateView'),
    stateOfOtherChain: of('ledger', 'LedgerStateView'),
    supervisors: `readonly ${SIGNER}[]`,
    validators: 'readonly { readonly self: string; readonly vrfPublicKey: Uint8Array }[]',
  },
  node: {
    isDeepStrictEqual: "typeof import('node:util').isDeepStrictEqual",
    myClock: CLOCK,
    myPlugin: `() => ${of('consensus', 'ConsensusPlugin')}`,
  },
  simulator: {
    crypto: of('simulator', 'StubCrypto'),
    end: 'number',
    expect: '(value: unknown) => { toBe(expected: unknown): void }',
    firstShard: of('simulator', 'CampaignSummary'),
    ledger: of('ledger', 'Ledger'),
    name: 'string',
    options: of('simulator', 'DisguiseOptions'),
    parts: `Omit<Parameters<typeof ${of('simulator', 'createByzantineProducer')}>[0], 'alter'>`,
    plan: of('simulator', 'FaultPlan'),
    production: `${of('simulator', 'Subject')}['production']`,
    readFileSync: "typeof import('node:fs').readFileSync",
    rest: `Omit<${of('simulator', 'ChainNodeOptions')}, 'ports' | 'signer'>`,
    secondShard: of('simulator', 'CampaignSummary'),
    seed: 'number',
    simulation: of('simulator', 'Simulation'),
    slotMs: 'number',
    subject: of('simulator', 'Subject'),
    subjects: `Parameters<typeof ${of('simulator', 'runTranscript')}>[1]['subjects']`,
    transferToMyself: '() => Uint8Array',
    twins: of('simulator', 'TwinsSubject'),
    world: of('simulator', 'World'),
  },
  testkit: {
    createMyCrypto: `() => Promise<${of('consensus/ports', 'CryptoPort')}>`,
    createMySigner: `(name: string) => ${of('consensus/ports', 'SignerPort')}`,
    subject: `${of('testkit', 'ConformanceSubject')} & ${of('testkit', 'CryptoSubject')}`,
    writeFileSync: "typeof import('node:fs').writeFileSync",
  },
  trust: { params: of('trust', 'TrustParams'), records: `Map<string, ${of('trust', 'TrustRecord')}>` },
};

/** Declarations of the given names among `used`, and whether all of them are values that exist. */
export interface Givens {
  readonly declarations: readonly string[];
  readonly areReady: boolean;
}

/** Looks names up. @param folder - Package whose comment or page they stand in. */
export function findGivens(used: ReadonlySet<string>, folder: string | null): Givens {
  const own = OWN[folder ?? ''] ?? {};
  const ready = Object.keys(READY).filter((name) => used.has(name) && own[name] === undefined);
  const declared = [...new Set([...Object.keys(own), ...Object.keys(COMMON)])].filter((name) => used.has(name));
  return {
    declarations: [
      ...(used.has('roundRobin') ? [`import { roundRobin } from '${ROUND_ROBIN}';`] : []),
      ...(used.has('sha256') ? ["import { createHash } from 'node:crypto';"] : []),
      ...ready.map((name) => `const ${name} = ${READY[name]};`),
      ...declared.map((name) => `declare const ${name}: ${own[name] ?? COMMON[name]};`),
    ],
    areReady: declared.length === 0,
  };
}
