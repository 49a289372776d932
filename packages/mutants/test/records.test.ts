import { readFileSync } from 'node:fs';
import { INVARIANT_IDS } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../src/catalogue/titles.ts';
import { PATCHES } from '../src/catalogue.ts';
import { UNSEEN_BY_KITS } from '../src/kit.ts';
import { scenario, simulate } from '../src/mutant.ts';
import {
  cheapestOf,
  checkerOf,
  encodeRecords,
  type KillRecord,
  RECORDS_PATH,
  readKitFindings,
  readRecords,
  replayOf,
  replaysOf,
} from '../src/records.ts';
import { formatTable, TABLE_PATH } from '../src/table.ts';

const records = readRecords();
const kills = Object.values(records).flat();

describe('stored kills', () => {
  it('there is one of every bug and place, by a killer that the catalogue still names', () => {
    expect(Object.keys(records)).toEqual(PATCHES.map(({ id }) => id));
    for (const { id, killers } of PATCHES) {
      const stored = records[id] ?? [];
      expect(stored.length, id).toBeGreaterThan(0);
      for (const { killer } of stored) expect(killers, id).toContainEqual(killer);
    }
    expect(readFileSync(RECORDS_PATH, 'utf8')).toBe(encodeRecords(records));
  });

  it('the table of the documentation is made from them, with every bug of the catalogue', () => {
    const table = readFileSync(TABLE_PATH, 'utf8');
    expect(table).toBe(formatTable(records, readKitFindings()));
    const named = [...table.matchAll(/^\| (MUT-\d\d)/gm)].map(([, id]) => id);
    expect([...new Set(named)]).toEqual(MUTANTS.map(({ id }) => id));
  });

  it('repeats a test made for the bug, else what costs least, and of many seeds only the one that killed and a few more', () => {
    const test: KillRecord = { killer: scenario('a.test.ts', 'title'), runs: 1, seconds: 2, what: '' };
    const seeds: KillRecord = { killer: simulate('pos', 'I1'), runs: 20, found: 20, seconds: 20, what: '' };
    const seed: KillRecord = { killer: simulate('pos', 'I2'), runs: 1, found: 1, seconds: 2, what: '' };
    expect(cheapestOf([seeds, test])).toBe(test);
    expect(cheapestOf([seed, seeds])).toBe(seeds);
    expect(cheapestOf([])).toBeUndefined();
    expect(replayOf(seeds)).toMatchObject({ kind: 'simulate', subject: 'pos', seeds: { from: 20, to: 39 } });
    expect(replayOf(test)).toEqual(test.killer);
  });

  it('repeats one kill of every bug, and one by every checker alone', () => {
    const replays = replaysOf(records);
    expect(new Set(replays.map(({ id }) => id))).toEqual(new Set(PATCHES.map(({ id }) => id)));
    const checkers = replays.flatMap(({ record }) => checkerOf(record?.killer) ?? []);
    expect(new Set(checkers)).toEqual(new Set(kills.flatMap(({ killer }) => checkerOf(killer) ?? [])));
  });
});

describe('what the kit notices alone', () => {
  it('was tried for every bug and place, and where it is nothing there is a reason', () => {
    const findings = readKitFindings();
    expect(Object.keys(findings)).toEqual(PATCHES.map(({ id }) => id));
    const missed = Object.keys(findings).filter((id) => findings[id] === null);
    expect(missed).toEqual(Object.keys(UNSEEN_BY_KITS));
  });
});

describe('no dead checker (simulation, section 8)', () => {
  it.each(INVARIANT_IDS)('simulation %s alone kills a planted bug', (id) => {
    expect(kills.some(({ killer }) => killer.kind === 'simulate' && killer.invariants === id)).toBe(true);
  });

  it.each([13, 14, 15, 16, 17, 18, 19])('contract CK-%i alone kills a planted bug', (number) => {
    expect(kills.some(({ killer }) => killer.kind === 'kit' && killer.item === `CK-${number}`)).toBe(true);
  });
});
