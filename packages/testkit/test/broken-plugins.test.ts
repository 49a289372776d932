import type { ConsensusPlugin } from '@fiducia/consensus';
import { describe, expect, it, vi } from 'vitest';
import {
  type ConformanceOptions,
  formatReport,
  type ItemId,
  referenceNotary,
  referenceTurns,
  runConformance,
} from '../src/index.ts';
import { PLANTED_FAULTS } from '../src/reference/planted-faults.ts';
import { anySignature } from './broken/any-signature.ts';
import { closureState } from './broken/closure-state.ts';
import { neverProduces } from './broken/never-produces.ts';
import { iteratesSetOfObjects, readsDateNow, takesLogarithms } from './broken/outside-world.ts';
import { unboundedMap } from './broken/unbounded-map.ts';
import {
  believesTheFurthest,
  diesOnItsOwnHead,
  everybodyIsNotary,
  namesNoConflict,
  needsCompany,
  refusesLateComers,
  seesNoConflict,
  standsStill,
  startsOnlyAtGenesis,
  waitsAsLongAgain,
} from './broken/unsafe.ts';
import { subjectOf } from './subjects.ts';

/** The report on a plugin that must not conform. */
async function refusalOf(plugin: ConsensusPlugin, options: ConformanceOptions): Promise<string> {
  const report = await runConformance(subjectOf(plugin), options);
  const text = formatReport(report);
  expect(report.isConformant, text).toBe(false);
  return text;
}

const plantedIn = (item: ItemId): ConsensusPlugin => {
  const fault = PLANTED_FAULTS.find((candidate) => candidate.item === item);
  if (fault === undefined) throw new Error(`no fault for ${item}`);
  return fault.plugin();
};

describe('a plugin is refused by the name of its defect', () => {
  it('contract CK-01: state in a closure', async () => {
    const report = await refusalOf(closureState(), { levels: ['rules'] });
    expect(report).toContain('verifyHeader keeps state between calls');
    expect(report).toMatch(/rule: {3}contract CK-01$/m);
    expect(report).toContain('replay: FIDUCIA_SEED=1 npx vitest run -t CK-01');
  });

  it('contract CK-05: an unbounded map', async () => {
    const report = await refusalOf(unboundedMap(), { items: ['CK-05'] });
    expect(report).toMatch(/an unbounded Map in the engine: it holds \d{4,} entries after a flood of messages/);
  });

  it('contract CK-07: any signature is accepted', async () => {
    const report = await refusalOf(anySignature(), { levels: ['rules'] });
    expect(report).toContain('accepts any signature: no claim looks at the seal');
    expect(report).toMatch(/and also: header/);
  });

  it('contract CK-06: it never produces', async () => {
    const report = await refusalOf(neverProduces(), { levels: ['rules'] });
    expect(report).toContain('never produces: no node built a block in 30 slots');
    expect(report).toMatch(/node 0: \d+ calls, effects: setTimer/);
    const { createEngine: _none, ...withoutEngine } = referenceTurns() as ConsensusPlugin;
    expect(await refusalOf(withoutEngine, { levels: ['rules'] })).toContain('createEngine is missing');
  });
});

describe('cheating with determinism is caught (simulation E1)', () => {
  it('contract H-15: a clock, and the order of a set of objects', async () => {
    expect(await refusalOf(readsDateNow(), { items: ['CK-01'] })).toContain('verifyHeader uses Date.now');
    expect(await refusalOf(iteratesSetOfObjects(), { items: ['CK-01'] })).toContain(
      'uses the order of a Set of objects',
    );
  });

  it('contract H-16: a function that engines round differently', async () => {
    expect(await refusalOf(takesLogarithms(), { items: ['CK-01'] })).toContain('applyHeader uses Math.log2');
  });
});

describe('rules', () => {
  it('contract CK-02: what was given is changed', async () => {
    expect(await refusalOf(plantedIn('CK-02'), { items: ['CK-02'] })).toContain(
      'applyHeader throws on frozen arguments',
    );
  });

  it('contract CK-03: a state has two encodings', async () => {
    const report = await refusalOf(plantedIn('CK-03'), { items: ['CK-03'] });
    expect(report).toContain('takes bytes that codec.encode cannot yield');
  });

  it('contract CK-04: a float, which contract H-16 forbids', async () => {
    expect(await refusalOf(plantedIn('CK-04'), { items: ['CK-04'] })).toContain('depth: the value is the float 2.25');
  });

  it('contract CK-08: a verdict that changes with time', async () => {
    const report = await refusalOf(plantedIn('CK-08'), { items: ['CK-08'] });
    expect(report.split('only defer may depend on time'), report).toHaveLength(2);
  });

  it('contract CK-09: an order that is none', async () => {
    const report = await refusalOf(plantedIn('CK-09'), { items: ['CK-09'] });
    expect(report).toContain('compareTips is not antisymmetric');
  });

  it('contract CK-10: any proof proves', async () => {
    expect(await refusalOf(plantedIn('CK-10'), { items: ['CK-10'] })).toContain('accepts a changed proof');
  });

  it('contract CK-11: a reward that nobody declared', async () => {
    expect(await refusalOf(plantedIn('CK-11'), { items: ['CK-11'] })).toContain('reward is not declared');
  });

  it('contract CK-12: nobody is handed over', async () => {
    expect(await refusalOf(plantedIn('CK-12'), { items: ['CK-12'] })).toContain(
      'nobody of positive weight is handed over',
    );
  });

  it('contract CK-20: an undeclared fact changes the state', async () => {
    expect(await refusalOf(plantedIn('CK-20'), { items: ['CK-20'] })).toContain('a fact of kind exit');
  });

  it('contract CK-20: a third of liars may threaten what is final, and of crashes up to half', async () => {
    const notary = referenceNotary() as ConsensusPlugin;
    const bearing = (kind: 'crash' | 'byzantine'): ConsensusPlugin => ({
      ...notary,
      traits: { ...notary.traits, faults: { kind, numerator: 1, denominator: 2 } },
    });
    const { isConformant } = await runConformance(subjectOf(bearing('crash')), { items: ['CK-20'] });
    expect(isConformant).toBe(true);
    expect(await refusalOf(bearing('byzantine'), { items: ['CK-20'] })).toContain('bears more than one of 3');
  });
});

describe('engines', () => {
  it('contract CK-21: another instance does something else', async () => {
    expect(await refusalOf(plantedIn('CK-21'), { items: ['CK-21'] })).toContain('gives other effects');
  });

  it('contract CK-24: a state that keeps every block', async () => {
    expect(await refusalOf(plantedIn('CK-24'), { items: ['CK-24'] })).toMatch(
      /the state grows by \d+ bytes with every block/,
    );
  });

  it('contract CK-24: judging and answering beyond all measure slow', async () => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 100_000));
    const report = await refusalOf(referenceTurns(), { items: ['CK-24'] }).finally(() => clock.mockRestore());
    expect(report).toMatch(/judges \d+ headers per second/);
    expect(report).toMatch(/engines answer \d+ calls per second/);
  });
});

describe('networks', () => {
  it('contract CK-13: whoever is cut off makes blocks final all the same', async () => {
    const report = await refusalOf(everybodyIsNotary(), { items: ['CK-13'], seeds: [1, 2, 3, 4] });
    expect(report).toMatch(/rule: {3}simulation I[12], contract CK-13/);
    expect(report).toMatch(/of \d+ planned events \d+ suffice/);
  });

  it('contract CK-14: the chain stands still, and nothing had to go wrong for it', async () => {
    const report = await refusalOf(standsStill(), { items: ['CK-14'] });
    expect(report).toMatch(/the core adopted no new block within \d+ ms after healing/);
    expect(report).toMatch(/rule: {3}simulation I10, contract CK-14/);
    expect(report).toMatch(/of \d+ planned events none is needed/);
  });

  it('contract CK-14: it needs as long to come back as it was away (simulation I10)', async () => {
    const report = await refusalOf(waitsAsLongAgain(), { items: ['CK-14'] });
    expect(report).toMatch(/no new block at .*, although everybody has been back for half as long as some were away/);
    expect(report).toContain('4 nodes, 2 of them stand still from slot 8 on, for 64 slots');
  });

  it('contract CK-14: one member that speaks of what is far ahead stops all others', async () => {
    const report = await refusalOf(believesTheFurthest(), { items: ['CK-14'] });
    expect(report).toMatch(/one member speaks of what is far ahead, and for \d+ slots there is no block/);
  });

  it('contract CK-15: it does not survive a crash after its own block', async () => {
    const report = await refusalOf(diesOnItsOwnHead(), { items: ['CK-15'] });
    expect(report).toMatch(/rule: {3}simulation E6, contract CK-15/);
    expect(report).toContain('a block of mine, which I do not remember');
    expect(report).toMatch(/a crash (before|during|after) \w+ at \d+ ms; of 1 planned events 1 suffice/);
  });

  it('contract CK-16: nobody sees a double signature', async () => {
    const report = await refusalOf(seesNoConflict(), { items: ['CK-16'] });
    expect(report).toContain('have different conflict keys, so nobody is ever caught');
    expect(await refusalOf(namesNoConflict(), { items: ['CK-16'] })).toContain('without conflictKey nobody');
  });

  it('contract CK-17: it can only start at genesis', async () => {
    const report = await refusalOf(startsOnlyAtGenesis(), { items: ['CK-17'] });
    expect(report).toContain('a switch to the plugin');
  });

  it('contract CK-18: whoever comes late never catches up', async () => {
    const report = await refusalOf(refusesLateComers(), { items: ['CK-18'] });
    expect(report).toContain('a node that joins late');
  });

  it('contract CK-19: a single member stops the node', async () => {
    const report = await refusalOf(needsCompany(), { items: ['CK-19'] });
    expect(report).toContain('a single member');
    expect(report).toContain('Division by zero');
  });
});
