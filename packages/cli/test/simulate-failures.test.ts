import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
