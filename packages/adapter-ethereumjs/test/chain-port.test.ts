import { createBlockchain } from '@ethereumjs/blockchain';
import { Common } from '@ethereumjs/common';
import { MerklePatriciaTrie } from '@ethereumjs/mpt';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { createLegacyTx, type TypedTransaction } from '@ethereumjs/tx';
import { type DB, type DBObject, MapDB } from '@ethereumjs/util';
import { createVM } from '@ethereumjs/vm';
import {
  type Bytes,
  compareBytes,
  type Era,
  type Evidence,
  encodeEvidence,
  LIMITS,
  SEAL_DOMAIN,
} from '@fiducia/consensus';
import type { Block, ChainPort, SignerPort } from '@fiducia/consensus/ports';
import { dpos } from '@fiducia/consensus-dpos';
import { candidateScores, type DtDposState } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import {
  type ConsensusHost,
  createHost,
  createLoopbackNetwork,
  createMemoryLog,
  type LoopbackNetwork,
} from '@fiducia/host';
import { describe, expect, it } from 'vitest';
import {
  createAddressCrypto,
  createChainConfig,
  createEthereumChainPort,
  createStateDirectives,
  decodeExtraData,
  PROOFS_BYTES_MAX,
} from '../src/index.ts';
import {
  createSigners,
  DT_DPOS,
  DT_DPOS_CONFIG,
  GENESIS_MS,
  ManualClock,
  MEMBERS,
  REGISTRY_FACTS,
  SLOT_MS,
} from './support.ts';

const CHAIN_ID = new Uint8Array(32).fill(3);
const common = new Common({
  chain: createChainConfig({ name: 'hosted', chainId: 7_358, algorithm: 'hosted', genesisSeconds: GENESIS_MS / 1_000 }),
});
const genesisState = { [MEMBERS[0] as `0x${string}`]: '0xde0b6b3a7640000' } as const;
const crypto = createAddressCrypto();
const scope = { chainId: CHAIN_ID, era: 0, protocol: 'dt-dpos@1' } as const;

interface Files {
  readonly blocks: DB<Uint8Array | string | number, Uint8Array | string | DBObject>;
  readonly state: DB<string, string | Uint8Array>;
  readonly records: DB<string, Uint8Array>;
}

const emptyFiles = (): Files => ({ blocks: new MapDB(), state: new MapDB(), records: new MapDB() });

interface Place {
  readonly signer: SignerPort | null;
  readonly clock: ManualClock;
  readonly network: LoopbackNetwork;
  readonly name: string;
  readonly files?: Files;
  readonly gadget?: boolean;
  readonly eras?: readonly Era[];
  readonly transactions?: () => readonly TypedTransaction[];
}

interface PortNode {
  readonly chain: ChainPort;
  readonly host: ConsensusHost;
  readonly rejected: string[];
}

async function openNode({
  signer,
  clock,
  network,
  name,
  files = emptyFiles(),
  gadget,
  eras,
  transactions,
}: Place): Promise<PortNode> {
  const trie = new MerklePatriciaTrie({ common, useKeyHashing: true, db: files.state });
  const stateManager = new MerkleStateManager({ common, trie });
  const blockchain = await createBlockchain({ common, genesisState, db: files.blocks });
  const vm = await createVM({ common, blockchain, stateManager });
  const { stateRoot } = blockchain.genesisBlock.header;
  if (!(await stateManager.hasStateRoot(stateRoot))) await stateManager.generateCanonicalGenesis(genesisState);
  const chain = createEthereumChainPort({
    ...{ blockchain, vm },
    facts: REGISTRY_FACTS,
    store: files.records,
    identity: { chainId: CHAIN_ID, sha256: crypto.sha256 },
    directives: createStateDirectives({ weiPerUnit: 1n }),
    ...(transactions && { transactions }),
  });
  const host = createHost({
    ...{ chain, crypto, signer, clock },
    chainId: CHAIN_ID,
    net: network.join(name),
    log: createMemoryLog(),
    plugins: [DT_DPOS, checkpointFinality(), dpos(), pbft()],
    eras: eras ?? [
      {
        fromHeight: 1,
        production: { name: 'dt-dpos', config: DT_DPOS_CONFIG },
        ...(gadget && { finality: { name: 'checkpoint', config: { every: 4 } } }),
      },
    ],
    genesisValidators: MEMBERS.map((id) => ({ id, weight: 1n })),
  });
  const rejected: string[] = [];
  host.events.on('blockRejected', ({ code }) => rejected.push(code));
  host.events.on('faulted', ({ error }) => rejected.push(String(error)));
  return { chain, host, rejected };
}

/** Everything here waits for promises alone, and they are done before the next turn of the loop. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

async function passSlots(clock: ManualClock, first: number, last: number): Promise<void> {
  for (let slot = first; slot <= last; slot++) {
    clock.moveTo(slot);
    await settle();
  }
}

const headOf = ({ host }: PortNode) => host.head().header;
const scoresOf = ({ host }: PortNode) =>
  candidateScores(host.head().state as DtDposState, DT_DPOS.parseConfig(DT_DPOS_CONFIG));

describe('an EthereumJS chain under the host', () => {
  it('is extended by four sealers, with transactions, and final by a gadget', async () => {
    const clock = new ManualClock();
    const network = createLoopbackNetwork();
    const transactions = Array.from({ length: 6 }, (_, nonce) =>
      createLegacyTx(
        { nonce, to: MEMBERS[1] as `0x${string}`, value: 1, gasLimit: 21_000, gasPrice: 10 },
        { common },
      ).sign(new Uint8Array(32).fill(1)),
    );
    const nodes = await Promise.all(
      createSigners().map((signer, index) =>
        openNode({ signer, clock, network, name: `n${index}`, gadget: true, transactions: () => transactions }),
      ),
    );
    for (const { host } of nodes) await host.start();
    await passSlots(clock, 1, 24);
    expect(nodes.flatMap(({ rejected }) => rejected)).toEqual([]);
    expect(new Set(nodes.map((node) => headOf(node).id)).size).toBe(1);
    const [first] = nodes;
    expect(first && headOf(first).height).toBeGreaterThanOrEqual(22);
    expect(first?.host.finalized().height).toBeGreaterThanOrEqual(12);
    const block = await first?.chain.read({ kind: 'height', height: 1 });
    expect(block?.block.header.height).toBe(1);
    expect(block?.record.length).toBeGreaterThan(0);
    for (const { host } of nodes) await host.stop();
  });

  it('punishes equivocation, whose evidence travels in the extra data', async () => {
    const clock = new ManualClock();
    const network = createLoopbackNetwork();
    const nodes = await Promise.all(
      createSigners().map((signer, index) => openNode({ signer, clock, network, name: `n${index}` })),
    );
    for (const { host } of nodes) await host.start();
    await passSlots(clock, 1, 6);
    const [node] = nodes;
    if (node === undefined) throw new Error('no node');
    const offender = headOf(node).author;
    const evidence = await equivocationAt(node, offender);
    expect((await node.host.submitEvidence(evidence)).kind).toBe('added');
    await settle();
    await passSlots(clock, 7, 20);
    for (const item of nodes) {
      const score = scoresOf(item).find(({ id }) => id === offender);
      expect(score?.faultCount).toBe(1);
      expect(score?.status).toBe('TOMBSTONED');
      expect((item.host.head().state as DtDposState).election.validators.map(({ id }) => id)).not.toContain(offender);
    }
    const including = await Promise.all(
      [3, 4, 5, 6, 7, 8].map((height) => node.chain.read({ kind: 'height', height })),
    );
    expect(including.flatMap((stored) => stored?.block.evidence ?? [])).toEqual([evidence]);
    expect(nodes.flatMap(({ rejected }) => rejected)).toEqual([]);
    for (const { host } of nodes) await host.stop();
  });

  it('changes its protocol twice, and starts again behind the borders (contract H-33)', async () => {
    const clock = new ManualClock();
    const network = createLoopbackNetwork();
    const slots = { slotMs: SLOT_MS };
    const eras: readonly Era[] = [
      { fromHeight: 1, production: { name: 'dpos', config: { ...slots, epochRounds: 3 } } },
      { fromHeight: 6, production: { name: 'dt-dpos', config: DT_DPOS_CONFIG } },
      { fromHeight: 12, production: { name: 'pbft', config: { blockTimeMs: SLOT_MS } } },
    ];
    const files = emptyFiles();
    const places = createSigners().map((signer, index) => ({
      ...{ signer, clock, network, eras, name: `node ${index}` },
      ...(index === 0 && { files }),
    }));
    const nodes = await Promise.all(places.map(openNode));
    for (const { host } of nodes) await host.start();
    await passSlots(clock, 1, 20);
    const protocols = await Promise.all(
      [1, 5, 6, 11, 12, 15].map(
        async (height) => (await nodes[1]?.chain.read({ kind: 'height', height }))?.block.header,
      ),
    );
    expect(protocols.map((header) => header?.protocol)).toEqual([
      'dpos@1',
      'dpos@1',
      'dt-dpos@1',
      'dt-dpos@1',
      'pbft@1',
      'pbft@1',
    ]);
    expect(new Set(nodes.map((node) => headOf(node).id)).size).toBe(1);
    expect(nodes.flatMap(({ rejected }) => rejected)).toEqual([]);
    expect(nodes[0]?.host.finalized().height).toBe(headOf(nodes[0] as PortNode).height);

    for (const { host } of nodes) await host.stop();
    const again = await openNode({ ...places[0], signer: null, clock, network, eras, name: 'again', files });
    await again.host.start();
    expect(headOf(again).id).toBe(headOf(nodes[0] as PortNode).id);
    expect(again.host.consensusRoot()).toEqual(nodes[1]?.host.consensusRoot());
    await again.host.stop();
  });

  it('starts again from its files', async () => {
    const clock = new ManualClock();
    const network = createLoopbackNetwork();
    const files = emptyFiles();
    const [signer, ...signers] = createSigners();
    if (signer === undefined) throw new Error('no signer');
    const others = await Promise.all(
      signers.map((item, index) => openNode({ signer: item, clock, network, name: `n${index}` })),
    );
    const before = await openNode({ signer, clock, network, name: 'again', files });
    for (const { host } of [...others, before]) await host.start();
    await passSlots(clock, 1, 10);
    const root = before.host.consensusRoot();
    const { id } = headOf(before);
    await before.host.stop();
    const after = await openNode({ signer, clock, network, name: 'again', files });
    await after.host.start();
    expect(headOf(after).id).toBe(id);
    expect(after.host.consensusRoot()).toEqual(root);
    await passSlots(clock, 11, 18);
    expect(headOf(after).height).toBeGreaterThan(12);
    expect(new Set([...others, after].map((node) => headOf(node).id)).size).toBe(1);
    for (const { host } of [...others, after]) await host.stop();
  });
});

/** Two headers of the offender for the slot of its last block. */
async function equivocationAt({ chain, host }: PortNode, offender: string): Promise<Evidence> {
  const { header } = host.head();
  const stored = await chain.read({ kind: 'id', id: header.id });
  const signer = createSigners().find(({ self }) => self === offender);
  const other = await chain.build({
    ...header,
    directives: [],
    evidence: [],
    certificates: [{ protocol: 'dt-dpos@1', data: Uint8Array.of(1) }],
    deadline: Number.MAX_SAFE_INTEGER,
  });
  if (stored === null || other === null || signer === undefined) throw new Error('nothing to compare');
  const signed = await signer.sign({ scope, domain: SEAL_DOMAIN, data: other.header.sealHash });
  if (signed.kind !== 'signed') throw new Error(signed.kind);
  const pair: [Bytes, Bytes] = [stored.block.headerBytes, chain.seal(other, signed.signature).headerBytes];
  const [first, second] = compareBytes(pair[0], pair[1]) < 0 ? pair : [pair[1], pair[0]];
  const { era, protocol } = scope;
  return { kind: 'equivocation', subject: 'header', era, protocol, offender, height: header.height, first, second };
}

describe('the chain port', () => {
  const open = () =>
    openNode({ signer: null, clock: new ManualClock(), network: createLoopbackNetwork(), name: 'alone' });
  const request = {
    author: MEMBERS[0] ?? '',
    protocol: 'dt-dpos@1',
    digest: Uint8Array.of(7),
    directives: [],
    evidence: [],
    certificates: [],
    deadline: Number.MAX_SAFE_INTEGER,
    height: 1,
  } as const;

  const buildOn = async (chain: ChainPort, parentId: string, seconds: number, height = 1): Promise<Block> => {
    const place = { parentId, height, timestamp: GENESIS_MS + seconds * 1_000 };
    const block = await chain.build({ ...request, ...place });
    if (block === null) throw new Error('nothing was built');
    return block;
  };

  it('claims the next whole second, and builds nothing that cannot be', async () => {
    const { chain } = await open();
    const genesis = await chain.read({ kind: 'genesis' });
    const parentId = genesis?.block.header.id ?? '';
    const block = await chain.build({ ...request, parentId, timestamp: GENESIS_MS + SLOT_MS + 1 });
    expect(block?.header.timestamp).toBe(GENESIS_MS + 2 * SLOT_MS);
    expect(await chain.build({ ...request, parentId, timestamp: 0, author: 'wind' })).toBeNull();
    expect(await chain.build({ ...request, parentId: `0x${'00'.repeat(32)}`, timestamp: 0 })).toBeNull();
    const data = new Uint8Array(PROOFS_BYTES_MAX);
    const certificates = [{ protocol: 'dt-dpos@1' as const, data }];
    expect(await chain.build({ ...request, parentId, timestamp: GENESIS_MS + 1, certificates })).toBeNull();
  });

  it('has room for all the evidence and certificates that a host may ask for (contract H-31)', async () => {
    const { chain } = await open();
    const parentId = (await chain.read({ kind: 'genesis' }))?.block.header.id ?? '';
    const base = { kind: 'custom', era: 0, protocol: 'a@1', offender: 'b', id: 'c' } as const;
    const bare = encodeEvidence({ ...base, height: 0, data: new Uint8Array() }).length;
    const evidence = Array.from({ length: LIMITS.evidencePerBlock }, (_, height) => {
      return { ...base, height, data: new Uint8Array(LIMITS.evidenceBytes - bare) };
    });
    const data = new Uint8Array(LIMITS.proofBytes);
    const certificates = Array.from({ length: LIMITS.certificatesPerBlock }, () => {
      return { protocol: `${'a'.repeat(32)}@999999999` as const, data };
    });
    const place = { parentId, timestamp: GENESIS_MS + SLOT_MS, evidence, certificates };
    const block = await chain.build({ ...request, ...place });
    const sealed = block && chain.seal(block, new Uint8Array(LIMITS.sealBytes));
    const decoded = sealed && chain.decode(sealed.bytes, 'block');
    expect(decoded?.evidence.map(({ height }) => height)).toEqual(evidence.map(({ height }) => height));
    expect(decoded?.certificates.map((item) => item.data.length)).toEqual(certificates.map((item) => item.data.length));
    expect(sealed && (await chain.execute(sealed, { directives: [] })).kind).toBe('executed');
  });

  it('executes children of blocks that are not stored, and shows nothing before the commit', async () => {
    const { chain } = await open();
    const genesis = await chain.read({ kind: 'genesis' });
    const one = await buildOn(chain, genesis?.block.header.id ?? '', 1);
    expect(await chain.execute(one, { directives: [] })).toEqual({ kind: 'executed', facts: [] });
    const two = await buildOn(chain, one.header.id, 2, 2);
    expect((await chain.execute(two, { directives: [] })).kind).toBe('executed');
    expect(await chain.read({ kind: 'id', id: one.header.id })).toBeNull();
    expect((await chain.read({ kind: 'head' }))?.block.header.height).toBe(0);
    await chain.commit({
      store: [one, two].map((block) => ({ block, record: Uint8Array.of(1) })),
      headId: two.header.id,
      reverted: [],
      applied: [one.header.id, two.header.id],
      checkpoint: { id: one.header.id, chunks: [Uint8Array.of(5), new Uint8Array()] },
      finalized: { id: one.header.id, proof: Uint8Array.of(9) },
    });
    expect((await chain.read({ kind: 'head' }))?.block).toEqual(two);
    const final = await chain.read({ kind: 'finalized' });
    expect(final).toEqual({
      block: one,
      record: Uint8Array.of(1),
      proof: Uint8Array.of(9),
      checkpoint: [Uint8Array.of(5), new Uint8Array()],
    });
    expect((await chain.read({ kind: 'height', height: 2 }))?.block.header.id).toBe(two.header.id);
    expect(await chain.read({ kind: 'height', height: 3 })).toBeNull();
  });

  it('follows the host to a lighter branch, also after a crash', async () => {
    const files = emptyFiles();
    const place = { signer: null, clock: new ManualClock(), network: createLoopbackNetwork(), name: 'alone', files };
    const { chain } = await openNode(place);
    const root = (await chain.read({ kind: 'genesis' }))?.block.header.id ?? '';
    const short = await buildOn(chain, root, 5);
    const long = [await buildOn(chain, root, 1)];
    for (const block of [short, ...long]) await chain.execute(block, { directives: [] });
    long.push(await buildOn(chain, long[0]?.header.id ?? '', 2, 2));
    for (const block of long) await chain.execute(block, { directives: [] });
    const store = [short, ...long].map((block) => ({ block, record: Uint8Array.of(1) }));
    await chain.commit({ store, headId: short.header.id, reverted: [], applied: [short.header.id] });
    expect((await chain.read({ kind: 'head' }))?.block.header.id).toBe(short.header.id);
    expect((await chain.read({ kind: 'height', height: 1 }))?.block.header.id).toBe(short.header.id);
    expect(await chain.read({ kind: 'height', height: 2 })).toBeNull();

    const again = await openNode({ ...place });
    expect((await again.chain.read({ kind: 'height', height: 1 }))?.block.header.id).toBe(short.header.id);
    await again.chain.commit({
      ...{ store: [], headId: long[1]?.header.id ?? '', reverted: [short.header.id] },
      applied: long.map(({ header }) => header.id),
    });
    expect((await again.chain.read({ kind: 'height', height: 2 }))?.block.header.id).toBe(long[1]?.header.id);
  });

  it('decodes what it encodes, and nothing else', async () => {
    const { chain } = await open();
    const root = (await chain.read({ kind: 'genesis' }))?.block.header.id ?? '';
    const block = chain.seal(await buildOn(chain, root, 1), Uint8Array.of(4));
    expect(block.header.seal).toEqual(Uint8Array.of(4));
    expect(chain.decode(block.bytes, 'block')).toEqual(block);
    expect(chain.decode(block.headerBytes, 'header')).toEqual({ ...block, bytes: new Uint8Array() });
    for (const bytes of [new Uint8Array(), Uint8Array.of(0xc0), block.bytes.slice(1), block.headerBytes]) {
      expect(chain.decode(bytes, 'block')).toBeNull();
    }
    expect(chain.decode(block.bytes, 'header')).toBeNull();
    expect(decodeExtraData(block.bytes)).toBeUndefined();
  });

  it('says what is wrong with a block', async () => {
    const { chain } = await open();
    const root = (await chain.read({ kind: 'genesis' }))?.block.header.id ?? '';
    const block = await buildOn(chain, root, 1);
    const reward = { kind: 'reward', actor: MEMBERS[0] ?? '', units: 1n } as const;
    expect(await chain.execute(block, { directives: [reward] })).toEqual({
      kind: 'invalid',
      code: 'EXECUTION_INVALID',
    });
    const late = await buildOn(chain, root, 0);
    expect(await chain.execute(late, { directives: [] })).toEqual({ kind: 'invalid', code: 'BLOCK_INVALID' });
    const census = await chain.execute((await chain.read({ kind: 'genesis' }))?.block ?? block, {
      directives: [],
      census: ['admission'],
    });
    expect(census.kind === 'executed' && [...(census.census ?? [])].length).toBe(4);
  });
});
