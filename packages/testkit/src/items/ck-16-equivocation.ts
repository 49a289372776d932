/**
 * Who signs twice is found, and nobody else is accused (contract CK-16, H-29).
 *
 * @module
 */
import { type ActorId, type Bytes, decodeEvidence } from '@fiducia/consensus';
import { EVIDENCE_CHANNEL } from '@fiducia/host';
import { drawFaultPlan, type World } from '@fiducia/simulator';
import type { KitContext } from '../context.ts';
import { describeHeader } from '../describe.ts';
import { calmPlan, tryPlan } from '../faults/fault-run.ts';
import { sendSecond, watchMessages } from '../faults/planted-message.ts';
import { WireConflicts } from '../faults/wire-conflicts.ts';
import { findUnguardedPair } from '../hostile/guard-pairs.ts';
import { sha256, toHex } from '../inspect/hash.ts';
import { Findings, type KitItem, skipped } from '../item.ts';
import { positionOf } from '../mutate.ts';
import type { Sample } from '../sample/sample.ts';
import { createSubjectNetwork } from '../sample/subject-network.ts';

const SLOTS = 24;
const PLANT_AT_SLOT = 8;
/** What is signed in the last slots may reach nobody in time who could compare it. */
const SLOTS_TO_FIND = 6;
const PLANTED = 4;
/** Whoever talks to two halves is found out where one in each half is somebody else. */
const NODES_MIN = 3;
/** Messages of one engine of which each may name any block of the sample. */
const MESSAGES_OF_ENGINE = 8;

/** The requirement. */
export const equivocation: KitItem = {
  id: 'CK-16',
  title: 'a planted equivocation is found by an honest node; no false accusation in honest runs with restarts',
  level: 'faults',
  async run(context) {
    const findings = new Findings();
    const sample = await context.sample();
    let named = nameConflicts(sample, findings);
    named += nameConflictsOfMessages(sample, findings);
    requireGuards(sample, findings);
    requireKeys(sample, findings);
    let isAlone = false;
    for (const seed of context.seeds) {
      await accuseNobodyHonest(context, seed, findings);
      // Without keys nothing conflicts, as in proof of work, where one may mine twice.
      if (sample.createRules().conflictKey === undefined) continue;
      // A run of one seed takes nothing from another, or a report's command would not repeat it.
      const own = await context.sampleAmong(NODES_MIN, seed);
      isAlone ||= own === undefined;
      if (own !== undefined) named += await findWhoSignsTwice(context, own, findings);
      if (!findings.isEmpty) break;
    }
    if (named === 0 && sample.createRules().conflictKey !== undefined) addNothingNamed(sample, findings);
    if (isAlone && findings.isEmpty)
      return skipped('the plugin runs with too few for others to find out who signs twice');
    return findings.outcome();
  },
};

/** Another body under the same header, or another vote in the same place, is an offence: its key has to say so. */
function nameConflicts(sample: Sample, findings: Findings): number {
  const rules = sample.createRules();
  let named = 0;
  for (const { header } of sample.accepted) {
    const key = rules.conflictKey?.({ kind: 'header', header });
    if (key === undefined) continue;
    findings.count('conflict keys');
    named += 1;
    const sealHash = sha256(header.sealHash);
    const other = { ...header, sealHash, id: toHex(sealHash) };
    if (rules.conflictKey?.({ kind: 'header', header: other }) === key) continue;
    const message =
      'two different blocks of one author for one place have different conflict keys, so nobody is ever caught';
    const trace = [describeHeader(header), describeHeader(other), `first key ${key}`];
    findings.add({ rule: 'contract H-29', message, trace, seed: sample.seed });
  }
  return named;
}

/** A vote for another block, in the same place: where a payload names a block, another one is put in. @returns Messages with a key. */
function nameConflictsOfMessages(sample: Sample, findings: Findings): number {
  const rules = sample.createRules();
  let named = 0;
  const names = sample.accepted.flatMap(({ header }) => [[new TextEncoder().encode(header.id), header.sealHash]]);
  for (const { author, payload } of messagesOf(sample)) {
    const message = { author, payload, signature: new Uint8Array() };
    const key = rules.conflictKey?.({ kind: 'message', message });
    if (key === undefined) continue;
    named += 1;
    const other = withOtherBlock(payload, names);
    if (other === undefined) continue;
    findings.count('conflict keys of votes for other blocks');
    const otherKey = rules.conflictKey?.({ kind: 'message', message: { ...message, payload: other } });
    if (otherKey === undefined || otherKey === key) continue;
    const problem = 'two votes of one author for different blocks in one place have different conflict keys';
    const trace = [`first key:  ${key}`, `second key: ${otherKey}`];
    findings.add({ rule: 'contract H-29', message: problem, trace, seed: sample.seed });
    break;
  }
  return named;
}

/** Payloads that engines had signed, some of each engine. */
function messagesOf({ sessions }: Sample): readonly { readonly author: ActorId; readonly payload: Bytes }[] {
  return sessions.flatMap(({ self, records }) => {
    const effects = records.flatMap((record) => (record.kind === 'engineStopped' ? [] : (record.effects ?? [])));
    const sent = effects.flatMap((effect) => (effect.kind === 'send' ? [effect.payload] : []));
    return self === null ? [] : sent.slice(0, MESSAGES_OF_ENGINE).map((payload) => ({ author: self, payload }));
  });
}

/** The payload with the name of the first block in it replaced by that of another block. */
function withOtherBlock(payload: Bytes, names: readonly (readonly Bytes[])[]): Bytes | undefined {
  for (const [block, forms] of names.entries()) {
    for (const [form, name] of forms.entries()) {
      const at = positionOf(name, payload);
      const other = names[block === 0 ? 1 : 0]?.[form];
      if (at < 0 || other?.length !== name.length) continue;
      const changed = Uint8Array.from(payload);
      changed.set(other, at);
      return changed;
    }
  }
  return undefined;
}

/** Rules that know of conflicts have a key for blocks or for messages; where one may sign twice they have no such function. */
function addNothingNamed({ seed, accepted }: Sample, findings: Findings): void {
  const message = 'conflictKey names neither blocks nor messages, so nobody is ever caught';
  const trace = accepted.slice(0, 1).map(({ header }) => `${describeHeader(header)} has no key`);
  findings.add({ rule: 'contract H-29', message, trace, seed });
}

/** Where blocks are sealed by a signature one may sign two, so there have to be rules that say when that is an offence. */
function requireKeys({ plugin, accepted, seed, createRules }: Sample, findings: Findings): void {
  if (plugin.traits.role !== 'production' || createRules().conflictKey !== undefined) return;
  const sealed = accepted.find(
    ({ verdict }) => verdict.kind === 'accept' && verdict.claims.some(({ kind }) => kind === 'signature'),
  );
  if (sealed === undefined) return;
  const message =
    'blocks are sealed by signatures, and without conflictKey nobody who signs two for one place is ever caught';
  findings.add({ rule: 'contract H-29', message, trace: [describeHeader(sealed.header)], seed });
}

/** What a member may sign one after the other must never be held against it: forgetting is not lying. */
function requireGuards(sample: Sample, findings: Findings): void {
  const { pair, judged } = findUnguardedPair(sample);
  findings.count('pairs of votes', judged);
  if (pair === undefined) return;
  const message =
    'the guard lets a member sign two votes, on branches that differ in what they carry, that others accuse it of';
  const { first, second } = pair;
  const trace = [first, second].map(({ guard: { lane, sequence, floors }, payload }) => {
    return `${lane} ${sequence.join('/')}, floors ${JSON.stringify(floors ?? {})}: 0x${toHex(payload)}`;
  });
  findings.add({ rule: 'contract H-28', message, trace, seed: sample.seed });
}

/** Faults of machines and links, but nobody misbehaves (simulation I6 watches accusations). */
async function accuseNobodyHonest(context: KitContext, seed: number, findings: Findings): Promise<void> {
  const { simulated: subject, nodeCount: nodes } = context;
  const drawn = drawFaultPlan({ subject, seed, profile: 'default', nodes, sha256 });
  const plan = { ...drawn, adversaries: [] };
  await tryPlan({ subject, seed, plan, invariants: ['I5', 'I6'] }, 'faults without adversaries', findings);
}

/** @returns How often a second vote could be planted. */
async function findWhoSignsTwice(context: KitContext, sample: Sample, findings: Findings): Promise<number> {
  await findTwoMachines(context, sample, findings);
  return findTwoMessages(context, sample, findings);
}

/** Two machines with one key, each of which talks to one half of the network. */
async function findTwoMachines({ simulated: subject }: KitContext, sample: Sample, findings: Findings): Promise<void> {
  const { seed } = sample;
  const nodes = sample.members.length;
  const node = busiestMember(sample);
  const found = new Set<ActorId>();
  const guilty = sample.members[node];
  let conflicts: WireConflicts | undefined;
  const run = {
    subject,
    seed,
    plan: { ...calmPlan(nodes, SLOTS), adversaries: [{ node, strategy: 'equivocate' as const }] },
    invariants: ['I6' as const],
    onWorld(world: World) {
      const until = world.simulation.now() + (SLOTS - SLOTS_TO_FIND) * subject.slotMs;
      if (guilty !== undefined) conflicts = new WireConflicts(world, sample.createRules(), guilty, until);
      // Whoever has verified evidence spreads it (contract H-31).
      const honest = world.nodes.filter(({ isHonest }) => isHonest).map(({ name }) => name);
      world.simulation.onSend(({ channel, from, bytes }) => {
        if (channel === EVIDENCE_CHANNEL && honest.includes(from)) found.add(decodeEvidence(bytes).offender);
      });
    },
  };
  const { violations } = await tryPlan(run, 'two machines with one key', findings);
  const count = conflicts?.count ?? 0;
  findings.count('places with two blocks', count);
  if (violations.length > 0 || count === 0 || guilty === undefined || found.has(guilty)) return;
  const message = `a member signed two blocks for one place ${count} times, and no honest node has evidence of it`;
  const trace = [`${nodes} nodes, ${SLOTS} slots, node-${node} is two machines with one key`];
  findings.add({ rule: 'contract H-29', message, trace, seed });
}

/** A second vote of a member for a place for which it has voted already. @returns How often it did. */
async function findTwoMessages({ subject }: KitContext, sample: Sample, findings: Findings): Promise<number> {
  const { slotMs } = subject;
  const { seed } = sample;
  const nodeCount = sample.members.length;
  const guilty = busiestMember(sample);
  const author = sample.members[guilty];
  const rules = sample.createRules();
  const found = new Set<ActorId>();
  const network = await createSubjectNetwork(
    { subject, seed, nodeCount },
    {
      onNode({ host }, index) {
        if (index !== guilty) host.events.on('evidenceFound', ({ evidence }) => found.add(evidence.offender));
      },
    },
  );
  const newest = watchMessages(network, author ?? '', rules);
  let planted = 0;
  for (let slot = 0; slot < SLOTS && planted < PLANTED; slot++) {
    await network.run(slotMs);
    const envelope = slot < PLANT_AT_SLOT ? undefined : newest();
    if (envelope !== undefined && sendSecond(network, guilty, envelope, rules)) planted += 1;
  }
  await network.run(2 * slotMs);
  await network.stop();
  findings.count('planted messages', planted);
  if (planted === 0 || (author !== undefined && found.has(author))) return planted;
  const message = `a member signed ${planted} times a second message for one place, and no honest node has evidence of it`;
  const trace = [`${nodeCount} nodes, from slot ${PLANT_AT_SLOT} on node-${guilty} votes twice`];
  findings.add({ rule: 'contract H-29', message, trace, seed });
  return planted;
}

/** The member with most blocks, or the first one. */
function busiestMember({ members, accepted }: Sample): number {
  const blocks = members.map((id) => accepted.filter(({ header }) => header.author === id).length);
  return blocks.indexOf(Math.max(...blocks));
}
