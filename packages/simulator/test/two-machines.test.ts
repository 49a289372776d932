import type { ConsensusPlugin, Evidence } from '@fiducia/consensus';
import { auditSupply, CANDIDATES, FOREVER, readProducerIncome } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import { type ChainNode, requireEqualHeads, requireIntegrity } from '../src/index.ts';
import { createSubjectNetwork, DEPOSIT, type SubjectNetwork } from './support/network.ts';
import { SLOT_MS, type Subject, subjectOf } from './support/subjects.ts';

/** Six machines with a key each, and a seventh with the key of the sixth but guard records of its own. */
const KEYS = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay', 'fay'];
const HONEST = [0, 1, 2, 3, 4];
const TWIN = 6;
const SLOTS = 60;

interface Conviction {
  readonly evidence: Evidence;
  /** Height and author of the block that carries it. */
  readonly height: number;
  readonly reporter: string;
}

interface Trial {
  readonly network: SubjectNetwork;
  readonly observer: ChainNode;
  readonly offender: string;
  readonly convictions: readonly Conviction[];
  /** Machines from which an accusation came, the first one first. */
  readonly accusers: readonly string[];
}

/** Only the twin knows its payments when a slot begins, so that its block differs from that of the other. */
async function tryTwins(subject: Subject): Promise<Trial> {
  const network = await createSubjectNetwork({ subject, seed: 3, keys: KEYS });
  const { simulation, nodes, crypto } = network;
  const [observer] = nodes;
  if (observer === undefined) return expect.unreachable();
  const accusers = new Set<string>();
  simulation.onSend(({ from, channel }) => channel === 'evidence' && accusers.add(from));
  let isCaught = false;
  observer.host.events.on('evidenceFound', () => {
    isCaught = true;
  });
  for (let slot = 1; slot <= SLOTS; slot++) {
    const at = simulation.now() + slot * SLOT_MS - 1;
    // One offence is enough.
    simulation.schedule(at, 'payment', () => (isCaught ? undefined : network.pay(TWIN, BigInt(slot))));
  }
  await simulation.runUntil(simulation.now() + (SLOTS + 0.9) * SLOT_MS);

  const convictions: Conviction[] = [];
  for (let height = 1; height <= observer.host.head().header.height; height++) {
    const block = (await observer.ledger.read({ kind: 'height', height }))?.block;
    const reporter = block?.header.author ?? '';
    for (const evidence of block?.evidence ?? []) convictions.push({ evidence, height, reporter });
  }
  return { network, observer, offender: crypto.identity('fay').address, convictions, accusers: [...accusers] };
}

const recordOf = ({ ledger }: ChainNode, actor: string) => ledger.stateAt()?.get(CANDIDATES, actor);

/** What the first offence costs: parts of the deposit of 1000, and the right to produce. */
const PENALTIES = [
  {
    name: 'dt-dpos',
    rule: 'trust X2, X3',
    blockReward: 100n,
    burned: 100n,
    jailedUntil: () => FOREVER,
    reported: 0n,
  },
  { name: 'dpos', rule: 'pos-pow P2', blockReward: 50n, burned: 1_000n, jailedUntil: () => FOREVER, reported: 0n },
  // 50 000 ppm of the stake, for 21 epochs of 30 slots; the reporter gets floor(50 × 62 500 / 10^6).
  {
    name: 'pos',
    rule: 'pos-pow N1, N3',
    blockReward: 50n,
    burned: 50n,
    jailedUntil: ({ height }: Conviction) => height + 21 * 30,
    reported: 3n,
  },
] as const;

describe.each(PENALTIES)('two machines with one key under $name ($rule, contract H-29)', (penalty) => {
  const { name, burned, jailedUntil, reported, blockReward } = penalty;

  it('are caught by honest nodes; one piece of evidence is included, and the ledger slashes and jails', async () => {
    const { network, observer, offender, convictions, accusers } = await tryTwins(subjectOf(name));
    const { nodes, crypto, monitor } = network;
    expect(monitor.found()).toMatchObject([{ author: offender }]);
    expect(accusers.filter((machine) => HONEST.some((index) => machine === `node-${index}`)).length).toBeGreaterThan(0);
    expect(convictions).toMatchObject([{ evidence: { kind: 'equivocation', subject: 'header', offender } }]);
    const [conviction] = convictions;
    if (conviction === undefined) return expect.unreachable();

    requireEqualHeads(HONEST.map((index) => nodes[index] as ChainNode));
    for (const index of HONEST) {
      const node = nodes[index] as ChainNode;
      expect(recordOf(node, offender)).toMatchObject({
        deposit: DEPOSIT - burned,
        jailedUntil: jailedUntil(conviction),
      });
      for (const honest of HONEST) {
        const record = recordOf(node, crypto.identity(KEYS[honest] ?? '').address);
        expect(record).toMatchObject({ deposit: DEPOSIT, jailedUntil: 0 });
      }
      await requireIntegrity(node);
    }

    // What was cut is burnt, and the reporter gets a part of it and what every block pays, and no more.
    const before = await bookOf(observer, conviction.height - 1, conviction.reporter);
    const after = await bookOf(observer, conviction.height, conviction.reporter);
    expect(after.conserved).toBe(true);
    expect(after.deposits - before.deposits).toBe(-burned);
    expect(after.supply.burnt - before.supply.burnt).toBe(burned);
    expect(after.supply.issued - before.supply.issued).toBe(blockReward + reported);
    // Other blocks of the same machine pay nothing for a report; fees were 1 each.
    const fees = before.balances - after.balances;
    expect(after.income - before.income).toBe(blockReward + reported + fees);
  });

  it('are caught once their networks meet, if a partition kept them apart', async () => {
    const network = await createSubjectNetwork({ subject: name, seed: 5, keys: KEYS });
    const { simulation, nodes, crypto, monitor } = network;
    let accusations = 0;
    for (const { host } of nodes) host.events.on('evidenceFound', () => (accusations += 1));
    // Each side has one of the twins, and three or two of the honest.
    simulation.partition([['node-3', 'node-4', `node-${TWIN}`]]);
    for (let slot = 0; slot < SLOTS && monitor.found().length === 0; slot++) {
      await simulation.runUntil(simulation.now() + SLOT_MS);
    }
    await simulation.runUntil(simulation.now() + 2.5 * SLOT_MS);
    expect(monitor.found().length).toBeGreaterThan(0);
    expect(accusations).toBe(0);

    simulation.heal();
    await simulation.runUntil(simulation.now() + 20.4 * SLOT_MS);
    expect(accusations).toBeGreaterThan(0);
    const offender = crypto.identity('fay').address;
    for (const index of HONEST) {
      const node = nodes[index] as ChainNode;
      const record = recordOf(node, offender);
      expect(record?.deposit).toBeLessThanOrEqual(DEPOSIT - burned);
      expect(record?.jailedUntil).toBeGreaterThan(node.host.head().header.height);
      for (const honest of HONEST) {
        const { address } = crypto.identity(KEYS[honest] ?? '');
        expect(recordOf(node, address)).toMatchObject({ deposit: DEPOSIT, jailedUntil: 0 });
      }
    }
    monitor.requireNoneBy(HONEST.map((index) => crypto.identity(KEYS[index] ?? '').address));
  });

  it('go unnoticed only without conflictKey, which is all that a protocol has to say', async () => {
    const subject = subjectOf(name);
    const { network, convictions, accusers, observer, offender } = await tryTwins({
      ...subject,
      plugin: withoutConflictKey(subject.plugin),
    });
    expect(convictions).toEqual([]);
    expect(accusers).toEqual([]);
    expect(recordOf(observer, offender)).toMatchObject({ deposit: DEPOSIT, jailedUntil: 0 });
    expect(network.nodes.every(({ host }) => host.head().header.height > SLOTS / 2)).toBe(true);
  });
});

it('two machines with one key are no offence where nothing is signed (pos-pow M5)', async () => {
  const subject = subjectOf('pow');
  const network = await createSubjectNetwork({
    subject,
    seed: 3,
    keys: ['ada', 'fay', 'fay'],
    conditions: { delayMs: { min: 3_000, max: 6_000 } },
  });
  const { simulation, nodes, monitor } = network;
  const heights = new Map<string, Set<string>>();
  for (const { host } of nodes) {
    host.events.on('blockImported', ({ header }) => {
      const key = `${header.author}/${header.height}`;
      heights.set(key, (heights.get(key) ?? new Set()).add(header.id));
    });
    host.events.on('evidenceFound', ({ evidence }) => expect.unreachable(evidence.kind));
  }
  await simulation.runUntil(simulation.now() + 250 * subject.slotMs);
  // It did happen: one author, one height, two blocks.
  expect([...heights.values()].filter((ids) => ids.size > 1).length).toBeGreaterThan(2);
  expect(monitor.found()).toEqual([]);
  expect(nodes[0]?.host.head().header.height).toBeGreaterThan(60);
});

async function bookOf({ ledger }: ChainNode, height: number, actor: string) {
  const block = (await ledger.read({ kind: 'height', height }))?.block;
  const state = ledger.stateAt(block?.header.id);
  if (state === undefined) return expect.unreachable();
  return { ...auditSupply(state), income: readProducerIncome(state, actor) };
}

function withoutConflictKey(plugin: ConsensusPlugin): ConsensusPlugin {
  return {
    ...plugin,
    createRules(config, context) {
      const { conflictKey: _conflictKey, ...rules } = plugin.createRules(config, context);
      return rules;
    },
  };
}
