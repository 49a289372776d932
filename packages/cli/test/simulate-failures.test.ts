import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type CampaignSettings, parseStoredSeed, type SeedViolation } from '@fiducia/simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { storeFailures } from '../src/simulate/failures.ts';
import { createSubject } from '../src/simulate/subjects.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiducia-failures-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a failure that does not come again is kept with the plan as it was drawn, and can be read (simulation D1)', async () => {
  const settings: CampaignSettings = { subject: 'dpos', profile: 'none', nodes: 4 };
  const failure: Omit<SeedViolation, 'seed'> = {
    invariant: 'I1',
    node: null,
    at: 0,
    reason: 'of a past code, '.repeat(400),
  };
  const subject = createSubject('dpos', null);
  const violations = [1, 2].map((seed) => ({ seed, ...failure }));
  const files = await storeFailures({ subject, settings, violations, folder, onProgress: () => undefined });
  const stored = files.map((file) => parseStoredSeed(readFileSync(file, 'utf8')));
  expect(stored.map(({ seed, plan }) => [seed, plan.nodes])).toEqual([
    [1, 4],
    [2, 4],
  ]);
});

test('a failure takes no place of another one of its seed, and is stored once itself (simulation D3)', async () => {
  const subject = createSubject('dpos', null);
  const settings: CampaignSettings = { subject: 'dpos', profile: 'none', nodes: 1 };
  const violations: SeedViolation[] = [{ seed: 1, invariant: 'I1', node: null, at: 0, reason: 'of a past code' }];
  const earlier = join(folder, 'dpos-1-I1.json');
  writeFileSync(earlier, 'as another campaign left it');
  for (let time = 0; time < 2; time++) {
    const files = await storeFailures({ subject, settings, violations, folder, onProgress: () => undefined });
    expect(files).toEqual([join(folder, 'dpos-1-I1-2.json')]);
  }
  expect(readFileSync(earlier, 'utf8')).toBe('as another campaign left it');
});

test('runs that differ take no place of failures that have a plan (simulation D1, E4)', async () => {
  const subject = createSubject('dpos', null);
  const settings: CampaignSettings = { subject: 'dpos', profile: 'none', nodes: 1 };
  const failure = { node: null, at: 0, reason: 'of a past code' };
  const differing = [10, 20, 30, 40, 60].map((seed): SeedViolation => ({ seed, invariant: 'E4', ...failure }));
  const violations: SeedViolation[] = [...differing, { seed: 61, invariant: 'I1', ...failure }];
  const files = await storeFailures({ subject, settings, violations, folder, onProgress: () => undefined });
  expect(files.map((file) => basename(file))).toEqual(['dpos-61-I1.json']);
});
