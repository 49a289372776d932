/**
 * A long life in which everything happens that a chain lives through: what golden vectors are recorded from.
 *
 * @module
 */
import {
  castBallot,
  createTransaction,
  exitCandidate,
  registerCandidate,
  type TransactionForm,
  topUpDeposit,
  transfer,
} from '@fiducia/ledger';
import type { KitNetwork } from './network.ts';

const PERMILLE = 1_000;
/** Permille of a life: a time in it. */
type Moment = number;

/**
 * Members are cut off: nobody takes their turns, and what they make alone is left for what the others made. With half
 * of the nodes away, those who wait for a quorum wait in vain.
 */
const CUTS: readonly { readonly from: Moment; readonly until: Moment; readonly nodes: readonly number[] }[] = [
  { from: 100, until: 180, nodes: [1] },
  { from: 230, until: 290, nodes: [1, 2] },
  { from: 520, until: 580, nodes: [2] },
  { from: 800, until: 840, nodes: [1] },
];
/** For a while two machines have the key of one member; of those at the end of the list. */
const DOUBLES: readonly { readonly from: Moment; readonly until: Moment }[] = [
  { from: 350, until: 420 },
  { from: 640, until: 710 },
];
/** Somebody joins who has no node and so misses every turn, and a member leaves. */
const FUNDED_AT: Moment = 20;
const JOINED_AT: Moment = 50;
const LEFT_AT: Moment = 900;
const NEWCOMERS = ['newcomer-0', 'newcomer-1', 'newcomer-2'] as const;
const NEWCOMER_DEPOSIT = 1_000n;
const NEWCOMER_BALANCE = 5_000n;
const EXPIRY = 10_000;

const STAKE_EVERY_SLOTS = 10;
const UNITS_STEP = 137n;
/** Less than any message takes. */
const NOT_HEARD_MS = 2;

/** Machines beside those of the members, each with the key of one of them. */
export const DOUBLE_MACHINES: number = DOUBLES.length;

/**
 * Lets the network live: payments, stakes and ballots that change, partitions, members that sign twice, some who join
 * and one that leaves. Nodes behind those of the members are the second machines of the last ones; they are started here.
 */
export async function liveEventfully(network: KitNetwork, slots: number, slotMs: number): Promise<void> {
  const { simulation, nodes, members } = network;
  for (let slot = 0; slot < slots; slot++) {
    const isAt = (moment: Moment): boolean => slot === Math.floor((slots * moment) / PERMILLE);
    for (const { from, until, nodes: away } of CUTS) {
      if (isAt(from)) simulation.partition([nodes.filter((_, index) => away.includes(index)).map(({ name }) => name)]);
      if (isAt(until)) simulation.heal();
    }
    for (const [index, { from, until }] of DOUBLES.entries()) {
      const second = nodes[members.length + index];
      if (isAt(from)) await second?.start();
      if (isAt(until)) await second?.stop();
    }
    await network.pay(slot % members.length, BigInt(slot + 1));
    if (slot % STAKE_EVERY_SLOTS === 0) await changeStake(network, slot / STAKE_EVERY_SLOTS);
    if (isAt(FUNDED_AT)) for (const name of NEWCOMERS) await fund(network, name);
    if (isAt(JOINED_AT)) for (const name of NEWCOMERS) await join(network, name);
    if (isAt(LEFT_AT)) await leave(network, 1);
    await network.run(slotMs - NOT_HEARD_MS);
    // What a second machine alone has heard of makes its next block or proposal another one.
    for (const index of nodes.keys()) if (index >= members.length) await network.pay(index, BigInt(slot + 1));
    await network.run(NOT_HEARD_MS);
  }
}

/** Members change what they have at stake, and whom they are for, so that each election is another. */
async function changeStake({ members, ...network }: KitNetwork, turn: number): Promise<void> {
  const index = turn % members.length;
  const from = members[index];
  const candidates = [...members, ...NEWCOMERS.map((name) => network.crypto.identity(name).address)];
  const to = candidates[(turn * 3) % candidates.length];
  if (from === undefined || to === undefined) return;
  const amount = UNITS_STEP * BigInt(1 + (turn % 7));
  await submit(network, `node-${index}`, topUpDeposit, { id: from, amount });
  if (from !== to) await submit(network, `node-${index}`, castBallot, { from, to, weight: amount });
}

async function fund(network: KitNetwork, name: string): Promise<void> {
  const to = network.crypto.identity(name).address;
  await submit(network, 'node-0', transfer, { to, amount: NEWCOMER_BALANCE });
}

async function join(network: KitNetwork, name: string): Promise<void> {
  const id = network.crypto.identity(name).address;
  const approval = { id, category: 'WIND', deposit: NEWCOMER_DEPOSIT, expiry: EXPIRY };
  await submit(network, name, registerCandidate, { ...approval, signatures: [], consent: new Uint8Array() });
}

async function leave(network: KitNetwork, index: number): Promise<void> {
  const id = network.members[index];
  if (id !== undefined) await submit(network, `node-${index}`, exitCandidate, { id });
}

/** Through the node of a member, or the first one. What a ledger refuses, for instance of somebody who was slashed, does not happen. */
async function submit<Payload>(
  { crypto, nodes }: Pick<KitNetwork, 'crypto' | 'nodes'>,
  key: string,
  form: TransactionForm<Payload>,
  payload: Payload,
): Promise<void> {
  const ledger = (nodes.find(({ name }) => name === key) ?? nodes[0])?.ledger;
  if (ledger === undefined) return;
  const signer = crypto.identity(key);
  const nonce = ledger.nonceOf(signer.address);
  await ledger.submit(createTransaction(form, { chainId: ledger.chainId, nonce, fee: 1n, payload, signer }));
}
