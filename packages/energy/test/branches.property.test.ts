import { auditSupply } from '@fiducia/ledger';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkMoneyConserved, findEscrowMismatches } from '../src/index.ts';
import { type Action, action } from './hostile-drafts.ts';
import { SLOT, timeOf } from './market-chain.ts';
import { MarketLedger } from './market-ledger.ts';

/** So little that clearings and settlements always stretch over blocks: their cursors are on every branch. */
const params = { maxWorkPerBlock: 4, readingWindowSec: 900, disputeWindowSec: 900 };

const step = fc.record({
  /** Which of the blocks so far to build on; mostly the newest. */
  back: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat({ max: 3 })),
  actions: fc.array(action, { minLength: 2, maxLength: 24 }),
  seconds: fc.constantFrom(0, 300, 900, 900, 1_800),
});
const plan = fc.array(step, { minLength: 4, maxLength: 14 });

interface Tree {
  readonly ledger: MarketLedger;
  /** All blocks, parents first. */
  readonly ids: readonly string[];
}

/** A tree of blocks, each built by one ledger that changes its branch for it. */
async function grow(steps: readonly { back: number; actions: readonly Action[]; seconds: number }[]): Promise<Tree> {
  const ledger = await MarketLedger.start(params);
  await ledger.admitAll();
  const tips = [{ id: ledger.headId, seconds: timeOf(SLOT - 9) }];
  for (const [index, { back, actions, seconds }] of steps.entries()) {
    const parent = tips.at(-1 - Math.min(back, tips.length - 1)) ?? fail();
    await ledger.moveTo(parent.id);
    const time = parent.seconds + seconds;
    ledger.seconds = time;
    const drafts = actions.map((make) => make(ledger));
    // Two blocks on one parent differ in their author at least.
    const block = await ledger.extend(drafts, time, `node${index}`);
    tips.push({ id: block.header.id, seconds: time });
    assertSound(ledger, block.header.id);
  }
  return { ledger, ids: [...ledger.blocks.keys()] };
}

function assertSound(ledger: MarketLedger, id: string): void {
  const state = ledger.stateAt(id);
  expect(auditSupply(state).conserved).toBe(true);
  expect(checkMoneyConserved(state).conserved).toBe(true);
  expect(auditSupply(state).supply.modules).toBe(checkMoneyConserved(state).held);
  expect(findEscrowMismatches(state)).toEqual([]);
}

test('energy AD-19, I-4, I-10, I-12: branches executed in any order, and replayed from genesis, give the same states', async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.array(fc.nat(), { minLength: 16, maxLength: 16 }), async (steps, choices) => {
      const { ledger, ids } = await grow(steps);
      const roots = new Map(ids.map((id) => [id, ledger.stateAt(id).root]));

      // Another node: any order in which parents precede children, nothing adopted until the end.
      const other = await MarketLedger.start(params);
      const waiting = [...ids];
      for (let turn = 0; waiting.length > 0; turn++) {
        const known = (id: string): boolean => id === other.genesisId || other.blocks.has(id);
        const ready = waiting.filter((id) => known(ledger.blocks.get(id)?.header.parentId ?? ''));
        const id = ready[(choices[turn % choices.length] ?? 0) % ready.length] ?? fail();
        waiting.splice(waiting.indexOf(id), 1);
        expect((await other.execute(ledger.blocks.get(id)?.bytes ?? fail())).kind).toBe('executed');
        expect(other.stateAt(id).root).toEqual(roots.get(id));
      }
      // Adopting branch after branch changes no state, whatever the way there.
      for (const id of [...ids].reverse()) {
        await other.moveTo(id);
        expect(other.stateAt().root).toEqual(roots.get(id));
      }

      // I-12: one branch alone, block by block, on a ledger that never saw the others.
      const replay = await MarketLedger.start(params);
      const tip = ids[(choices[0] ?? 0) % ids.length] ?? fail();
      const branch = [];
      for (let id = tip; id !== replay.genesisId; ) {
        const block = ledger.blocks.get(id) ?? fail();
        branch.unshift(block);
        id = block.header.parentId;
      }
      for (const block of branch) {
        expect((await replay.execute(block.bytes)).kind).toBe('executed');
        await replay.moveTo(block.header.id);
      }
      expect(replay.stateAt().root).toEqual(roots.get(tip));
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('energy TX23, catalogue T03: a block of a hostile producer is refused by a code and leaves nothing behind', async () => {
  const ledger = await MarketLedger.start(params);
  await ledger.admitAll();
  const before = ledger.stateAt().root;
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: -9, max: 4 }),
      async (actions, slots) => {
        const template = await ledger.ledger.build({
          parentId: ledger.headId,
          timestamp: timeOf(SLOT + slots) * 1000,
          author: 'node',
          protocol: 'test@1',
          digest: new Uint8Array(),
          directives: [],
          evidence: [],
          certificates: [],
          deadline: 0,
        });
        ledger.seconds = timeOf(SLOT + slots);
        const drafts = actions.map((make) => make(ledger));
        const result = await ledger.execute(ledger.forge(drafts, template ?? fail()));
        // The root of the template is that of an empty block, so nothing that changes the state gets through.
        expect(result).toMatchObject({ kind: 'invalid', code: expect.stringMatching(/^[A-Z][A-Z_]+$/) });
        if (result.kind === 'invalid') seen.add(result.code);
        expect(ledger.stateAt().root).toEqual(before);
      },
    ),
    { numRuns: 400 },
  );
  // The search reaches what it is meant to reach.
  for (const code of ['E_ROLE', 'E_STATUS', 'E_METER', 'E_SLOT_CLOSED', 'E_PRICE_BAND', 'STATE_ROOT_MISMATCH']) {
    expect(seen).toContain(code);
  }
});

function fail(): never {
  throw new Error('missing');
}
