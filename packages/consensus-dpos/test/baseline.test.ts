import { compareActors, startSeeds } from '@fiducia/consensus';
import { auditSupply, readProducerIncome, readSupply } from '@fiducia/ledger';
import { type ChainNode, requireEqualHeads, requireIntegrity } from '@fiducia/simulator';
import { expect, it } from 'vitest';
import { roundOrder } from '../src/index.ts';
import { createTestNetwork, SLOT_MS, stateOf, submitTransfer } from './network.ts';
import { sha256 } from './support.ts';

const KEYS = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay'];
const DELEGATES = 4;
const ROUNDS = 8;
const SLOTS = DELEGATES * ROUNDS - 1;
const MISS_MAX = 3;
const REWARD = 50n;
const CONFIG = {
  delegates: DELEGATES,
  standby: 2,
  epochRounds: ROUNDS,
  missWindow: 5,
  missMax: MISS_MAX,
  blockReward: String(REWARD),
};

/**
 * One epoch by the text of the rules alone, with equal stakes and one delegate that never produces: who has
 * each slot, and which slots stay empty. Slot 0 belongs to genesis and is nobody's miss.
 */
function modelEpoch(addresses: readonly string[], absent: string, chainId: Uint8Array) {
  const context = { chainId, sha256 };
  const { seed } = startSeeds(chainId, context);
  const sorted = addresses.toSorted(compareActors);
  const elected = sorted.slice(0, DELEGATES);
  const [substitute = ''] = sorted.slice(DELEGATES);
  let promotedFrom = Number.POSITIVE_INFINITY;
  let misses = 0;
  const turns: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // P4: whoever has missed enough when round ρ ends is replaced from round ρ + 2 on.
    if (misses >= MISS_MAX && promotedFrom > ROUNDS) promotedFrom = round - 1 + 2;
    const members = round < promotedFrom ? elected : elected.map((one) => (one === absent ? substitute : one));
    for (const delegate of roundOrder(members, seed, round, context)) {
      const slot = turns.push(delegate) - 1;
      if (delegate === absent && slot > 0) misses++;
    }
  }
  return { elected, standby: sorted.slice(DELEGATES), substitute, promotedFrom, turns: turns.slice(1) };
}

it('elects, misses, promotes and pays through host and ledger as the rules say, with equal stakes (pos-pow V2, P1, P3, P4, P7)', async () => {
  const network = await createTestNetwork({ seed: 5, keys: KEYS, config: CONFIG });
  const { nodes, simulation, crypto } = network;
  const addresses = KEYS.map((key) => crypto.identity(key).address);
  const absent = addresses.toSorted(compareActors)[1] ?? '';
  const silent = nodes[addresses.indexOf(absent)] as ChainNode;
  const speaking = nodes.filter((node) => node !== silent);
  const reporter = speaking[0] as ChainNode;
  const reporterKey = KEYS[nodes.indexOf(reporter)] ?? '';
  await silent.stop();

  // One fee in the middle of every slot: it belongs to the author of the next block.
  for (let slot = 0; slot < SLOTS; slot++) {
    simulation.schedule(simulation.now() + slot * SLOT_MS + SLOT_MS / 2, 'transfer', () =>
      submitTransfer(reporter, crypto, reporterKey, 1n),
    );
  }
  const before = readSupply(reporter.ledger.stateAt() ?? expect.unreachable()).issued;
  await network.runSlots(SLOTS + 0.25);
  requireEqualHeads(speaking);
  await requireIntegrity(reporter);

  const model = modelEpoch(addresses, absent, reporter.ledger.chainId);
  const { epoch, slot } = stateOf(reporter);
  expect(slot).toBe(SLOTS);
  expect(epoch.election).toMatchObject({ delegates: model.elected, standby: model.standby });
  expect(model.promotedFrom).toBeLessThan(ROUNDS - 1);
  expect(epoch.promotions).toEqual([{ suspended: absent, promoted: model.substitute, fromRound: model.promotedFrom }]);

  const incomes = new Map(addresses.map((address) => [address, 0n]));
  let waitingFees = 0n;
  for (const author of model.turns) {
    waitingFees += 1n;
    if (author === absent) continue;
    incomes.set(author, (incomes.get(author) ?? 0n) + REWARD + waitingFees);
    waitingFees = 0n;
  }
  const authors: string[] = [];
  const { height } = reporter.host.head().header;
  for (let at = 1; at <= height; at++) {
    authors.push((await reporter.ledger.read({ kind: 'height', height: at }))?.block.header.author ?? '');
  }
  expect(authors).toEqual(model.turns.filter((delegate) => delegate !== absent));

  const state = reporter.ledger.stateAt() ?? expect.unreachable();
  expect(new Map(addresses.map((address) => [address, readProducerIncome(state, address)]))).toEqual(incomes);
  expect(readSupply(state).issued - before).toBe(REWARD * BigInt(height));
  expect(auditSupply(state).conserved).toBe(true);
});
