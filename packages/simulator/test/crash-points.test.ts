import { pbft } from '@fiducia/consensus-pbft';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { describe, expect, it } from 'vitest';
import { roundRobin } from '../../../examples/custom-plugin/src/round-robin.ts';
import { crashPointsOf, type DiskScenario, runOnDisk } from './support/disk-network.ts';

const SLOT_MS = 1_000;

/** Over a hundred runs each, of which one takes 40 ms. */
const TIMEOUT_MS = 180_000;

const SCENARIOS: Readonly<Record<string, DiskScenario>> = {
  'imports, a reorganisation and checkpoints under the example plugin': {
    plugin: roundRobin(),
    config: { slotMs: SLOT_MS },
    gadget: { plugin: checkpointFinality(), config: { every: 2 } },
    slotMs: SLOT_MS,
    nodes: 4,
    slots: 8,
    alone: { from: 2, to: 5 },
  },
  'final blocks under PBFT': {
    plugin: pbft(),
    config: { blockTimeMs: SLOT_MS, roundTimeoutMs: 2 * SLOT_MS },
    slotMs: SLOT_MS,
    nodes: 4,
    slots: 2,
  },
};

describe.each(Object.entries(SCENARIOS))('every crash point of %s', (_name, scenario) => {
  it(
    'leaves what was acknowledged, and no second signature (simulation I9, I5; storage S2, S3, L2, L3)',
    async () => {
      const quiet = await runOnDisk(scenario, null);
      expect(quiet.broken).toEqual([]);
      expect(quiet.writes).toBeGreaterThan(12);
      expect(quiet.finalizedHeight).toBeGreaterThan(0);
      expect(quiet.logEntries).toBeGreaterThan(0);
      if (scenario.alone !== undefined) expect(quiet.reverted).toBeGreaterThan(0);

      const failed: unknown[] = [];
      for (const point of crashPointsOf(quiet.writes)) {
        const run = await runOnDisk(scenario, point);
        if (!run.isCrashed || run.broken.length > 0) failed.push({ point, run });
      }
      expect(failed).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('a machine that is killed again as soon as it has come back', () => {
  it.each(Object.entries(SCENARIOS))(
    'keeps what was acknowledged in all its lives (simulation I9), under %s',
    async (_name, scenario) => {
      const { writes } = await runOnDisk(scenario, null);
      for (const { write: next, moment, damage } of crashPointsOf(3)) {
        const run = await runOnDisk(scenario, { write: Math.floor(writes / 2), moment, damage, again: [next, next] });
        expect({ next, moment, broken: run.broken, crashes: run.crashes }).toEqual({
          next,
          moment,
          broken: [],
          crashes: 3,
        });
      }
    },
  );
});

describe('a machine that lost its whole disk', () => {
  it.each(Object.entries(SCENARIOS))(
    'fetches the chain and signs nothing before it may (storage L8), under %s',
    async (_name, scenario) => {
      const { writes } = await runOnDisk(scenario, null);
      const point = {
        write: writes - 3,
        moment: 'afterSync',
        damage: { damagePermille: 1_000 },
        openAfterSlots: 3,
      } as const;
      const run = await runOnDisk(scenario, point);
      expect(run).toMatchObject({ broken: [], isCrashed: true, signedTooEarly: 0 });
      expect(run.finalizedHeight).toBeGreaterThan(2);
      // Later it takes part again, with none of its old places.
      expect(run.signedAfter).toBeGreaterThan(0);
    },
  );
});

describe('a disk whose commits can be torn', () => {
  it.each(Object.entries(SCENARIOS))(
    'keeps what was acknowledged (storage S4, S9), under %s',
    async (_name, scenario) => {
      const torn = { ...scenario, conditions: { isAtomic: false } };
      const { writes } = await runOnDisk(torn, null);
      for (let write = 0; write < writes; write++) {
        const damage = { damagePermille: 1_000, isTorn: true };
        const run = await runOnDisk(torn, { write, moment: 'endOfEvent', damage });
        expect({ write, broken: run.broken, isCrashed: run.isCrashed }).toEqual({ write, broken: [], isCrashed: true });
      }
    },
    TIMEOUT_MS,
  );
});
