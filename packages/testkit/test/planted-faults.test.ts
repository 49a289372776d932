import { expect, it } from 'vitest';
import { formatReport, runConformance } from '../src/index.ts';
import { TURNS } from './subjects.ts';

it('contract CK-23: the kit notices every fault planted into its reference plugins', { timeout: 120_000 }, async () => {
  const report = await runConformance(TURNS, { items: ['CK-23'] });
  expect(formatReport(report)).toContain('planted faults');
  expect(report.isConformant).toBe(true);
});
