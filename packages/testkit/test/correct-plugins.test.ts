import { ConsensusError, type ConsensusPlugin, type ConsensusRules, SEAL_DOMAIN } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { KitContext } from '../src/context.ts';
import { formatReport, type ItemId, runConformance } from '../src/index.ts';
import { equivocation } from '../src/items/ck-16-equivocation.ts';
import { referenceNotary } from '../src/reference/notary.ts';
import { referenceTurns } from '../src/reference/turns.ts';
import type { Sample } from '../src/sample/sample.ts';
import { NOTARY, subjectOf, TURNS } from './subjects.ts';

const turns = referenceTurns() as ConsensusPlugin;
const notary = referenceNotary() as ConsensusPlugin;

async function expectConformant(plugin: ConsensusPlugin, item: ItemId, seed = 1): Promise<void> {
  const report = await runConformance(subjectOf(plugin), { items: [item], seeds: [seed] });
  expect(report.isConformant, formatReport(report)).toBe(true);
}

/** Networks with faults take a while on a loaded machine. */
const TIMEOUT_MS = 240_000;

describe('a plugin that does nothing wrong is not refused', { timeout: TIMEOUT_MS }, () => {
  /** With seed 7 a byte of the proof is overwritten by the same byte. */
  it('contract CK-10: when what was drawn as a changed proof is the proof itself', async () => {
    await expectConformant(NOTARY.production.plugin, 'CK-10', 7);
  });

  it('contract CK-10: when it says that it does not run with so many members', async () => {
    await expectConformant(
      {
        ...notary,
        createRules(config, context) {
          const rules = notary.createRules(config, context);
          return {
            ...rules,
            initialState(start) {
              if (start.handover.validators.length === 4) return rules.initialState(start);
              throw new ConsensusError({ code: 'INVALID_HANDOVER', plugin: notary.name, reason: 'four or nobody' });
            },
          };
        },
      },
      'CK-10',
    );
  });
});
