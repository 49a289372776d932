/**
 * Votes that a signer could be asked for one after the other, on branches that know nothing of each other.
 *
 * @module
 */
import type { ActorId, Bytes, Effect, Fact, Guard, Tip } from '@fiducia/consensus';
import { type HostRecord, replayRecords } from '@fiducia/host';
import { toHex } from '../inspect/hash.ts';
import type { EngineSession, Sample } from '../sample/sample.ts';

/** A message that an engine asked to sign. */
interface GuardedVote {
  readonly payload: Bytes;
  readonly guard: Guard;
}

/** Two votes that the guard lets one member sign, and that prove its guilt together. */
export interface UnguardedPair {
  readonly first: GuardedVote;
  readonly second: GuardedVote;
}

const OBSERVED_EVERY = 20;
const PAIRS_PER_MOMENT = 8;
/** What a block may carry or leave out. */
const OPTIONAL_FACTS: readonly Fact['kind'][] = ['certificate', 'evidence'];

/**
 * Looks for a pair: votes of the network, and those of an engine on a branch whose blocks carry neither certificates nor
 * evidence, in either order; an engine that sees both of one member is the judge.
 *
 * @returns The first pair, and how many were judged.
 */
export function findUnguardedPair(sample: Sample): {
  readonly pair: UnguardedPair | undefined;
  readonly judged: number;
} {
  const [voter] = sample.members;
  const observed = sample.sessions.find(({ self }) => self !== voter);
  if (voter === undefined || observed === undefined) return { pair: undefined, judged: 0 };
  const elsewhere = votesOnBareBranch(sample, voter);
  const known = new Map<string, GuardedVote>();
  let judged = 0;
  for (const [index, record] of observed.records.entries()) {
    for (const vote of votesIn(effectsOf(record))) known.set(toHex(vote.payload), vote);
    if (index % OBSERVED_EVERY !== OBSERVED_EVERY - 1) continue;
    const pairs = [...known.values()].flatMap((vote) => elsewhere.flatMap((other) => ordersOf(vote, other)));
    for (const pair of newest(pairs)) {
      judged += 1;
      const until = { ...observed, records: observed.records.slice(0, index + 1) };
      if (isOffence(sample, until, voter, pair)) return { pair, judged };
    }
  }
  return { pair: undefined, judged };
}

/** Pairs with the highest sequences: older ones are no longer of interest to anybody. */
function newest(pairs: readonly UnguardedPair[]): readonly UnguardedPair[] {
  const order = (a: UnguardedPair, b: UnguardedPair): number =>
    compareSequences(b.first.guard.sequence, a.first.guard.sequence);
  return pairs.toSorted(order).slice(0, PAIRS_PER_MOMENT);
}

function ordersOf(a: GuardedVote, b: GuardedVote): readonly UnguardedPair[] {
  const orders = [
    { first: a, second: b },
    { first: b, second: a },
  ];
  return orders.filter(({ first, second }) => permits(first.guard, second.guard));
}

/** Contract H-27: a higher sequence, and no floor lower. */
function permits(recorded: Guard, asked: Guard): boolean {
  if (recorded.lane !== asked.lane || compareSequences(asked.sequence, recorded.sequence) <= 0) return false;
  return Object.entries(recorded.floors ?? {}).every(([name, floor]) => (asked.floors?.[name] ?? floor) >= floor);
}

function compareSequences(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Only together: an engine that never heard of the member before accuses it after both, and after neither alone. */
function isOffence(
  sample: Sample,
  { self, records }: EngineSession,
  author: ActorId,
  { first, second }: UnguardedPair,
): boolean {
  const heard = records.filter((record) => !isFrom(record, author));
  const isAccused = (votes: readonly GuardedVote[]): boolean => {
    const engine = sample.plugin.createEngine?.(sample.config, sample.createRules(), { ...sample.context, self });
    if (engine === undefined) return false;
    const now = replayRecords(engine, heard).at(-1)?.record.now ?? 0;
    return votes.some(({ payload }) => {
      const message = { author, payload, signature: payload };
      return engine.on({ kind: 'messageReceived', from: author, message }, now).some(({ kind }) => kind === 'accuse');
    });
  };
  return isAccused([first, second]) && !isAccused([first]) && !isAccused([second]);
}

function isFrom(record: HostRecord, author: ActorId): boolean {
  if (record.kind !== 'inputHandled' || record.input.kind !== 'messageReceived') return false;
  return record.input.message.author === author;
}

/** What the member would vote on the same blocks, had nobody put anything into them. */
function votesOnBareBranch(
  { plugin, config, context, start, applied, createRules }: Sample,
  self: ActorId,
): readonly GuardedVote[] {
  const rules = createRules();
  const engine = plugin.createEngine?.(config, rules, { ...context, self });
  if (engine === undefined) return [];
  const { parent } = start;
  let tip: Tip<unknown> = { header: parent, state: rules.initialState(start), totalWeight: 0n };
  const effects: Effect[] = [
    ...engine.start(
      { head: tip, finalized: parent, behind: false, log: [], entropy: context.sha256(context.chainId) },
      parent.timestamp,
    ),
  ];
  for (const { header, facts } of applied) {
    if (header.parentId !== tip.header.id) continue;
    const carried = facts.filter(({ kind }) => !OPTIONAL_FACTS.includes(kind));
    tip = { header, state: rules.applyHeader(tip.state, header, carried), totalWeight: tip.totalWeight + 1n };
    effects.push(...engine.on({ kind: 'headChanged', head: tip }, header.timestamp));
  }
  return votesIn(effects);
}

function effectsOf(record: HostRecord): readonly Effect[] {
  return record.kind === 'engineStopped' ? [] : (record.effects ?? []);
}

function votesIn(effects: readonly Effect[]): readonly GuardedVote[] {
  return effects.flatMap((effect) =>
    effect.kind === 'send' && effect.guard !== undefined ? [{ payload: effect.payload, guard: effect.guard }] : [],
  );
}
