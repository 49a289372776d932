import { expect, it, vi } from 'vitest';
import { sourceCommit, sourceVersion } from '../src/simulate/source-version.ts';

const checkout = vi.hoisted(() => ({ commit: '12'.repeat(20), mark: '+' }));

vi.mock('node:child_process', () => ({
  execFileSync: (_git: string, args: readonly string[]) =>
    `${checkout.commit}${args.includes('describe') ? checkout.mark : ''}\n`,
}));

it('failures are stored with the commit that ran, whatever is checked out by then (simulation D1)', () => {
  const ran = checkout.commit;
  expect(sourceVersion()).toBe(`${ran}+`);
  checkout.commit = 'ab'.repeat(20);
  expect([sourceCommit(), sourceVersion()]).toEqual([ran, `${ran}+`]);
});
