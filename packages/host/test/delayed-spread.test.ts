import type { ConsensusHeader } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import type { HostContext } from '../src/context.ts';
import { DelayedSpread } from '../src/finality/delayed-spread.ts';
import { createVirtualClock } from './fixtures/virtual-clock.ts';

function setUp(options: { readonly self?: string | null; readonly entropy?: number } = {}) {
  const { self = 'alice', entropy = 0 } = options;
  const clock = createVirtualClock();
  const faults: unknown[] = [];
  let isRunning = true;
  const parts = {
    clock: { ...clock, entropy: () => new Uint8Array(32).fill(entropy) },
    signer: self === null ? null : { self },
    now: () => clock.now(),
    isRunning: () => isRunning,
    fault: (thrown: unknown) => faults.push(thrown),
  };
  const sent: string[] = [];
  const later = new DelayedSpread(parts as unknown as HostContext);
  const spread = (id: string, author: string) =>
    later.spread({ id, author } as ConsensusHeader, () => void sent.push(id));
  return { clock, later, sent, faults, spread, stop: () => (isRunning = false) };
}

describe('contract section 8: what all voters prove at once is sent by few of them', () => {
  it('the author sends at once, everybody else half a second to a second later', async () => {
    for (const [entropy, waitMs] of [
      [0, 500],
      [255, 998],
    ] as const) {
      const { clock, sent, spread } = setUp({ entropy });
      spread('own', 'alice');
      spread('of bob', 'bob');
      expect(sent).toEqual(['own']);
      await clock.runUntil(clock.now() + waitMs - 1);
      expect(sent).toEqual(['own']);
      await clock.runUntil(clock.now() + 1);
      await clock.runUntil(clock.now() + 5_000);
      expect(sent).toEqual(['own', 'of bob']);
    }
  });

  it('a node without a key is nobody, and waits', async () => {
    const { clock, sent, spread } = setUp({ self: null });
    spread('a', '');
    expect(sent).toEqual([]);
    await clock.runUntil(clock.now() + 500);
    expect(sent).toEqual(['a']);
  });

  it('whoever hears it from another stays silent, about that block alone', async () => {
    const { clock, later, sent, spread } = setUp();
    spread('a', 'bob');
    spread('b', 'bob');
    later.heard('a');
    later.heard('never seen');
    await clock.runUntil(clock.now() + 1_000);
    expect(sent).toEqual(['b']);
  });

  it('a newer proof of the same block takes the place of the older', async () => {
    const { clock, sent, spread } = setUp();
    spread('a', 'bob');
    await clock.runUntil(clock.now() + 400);
    spread('a', 'bob');
    await clock.runUntil(clock.now() + 400);
    expect(sent).toEqual([]);
    await clock.runUntil(clock.now() + 100);
    expect(sent).toEqual(['a']);
  });

  it('at most 16 wait, and none after the end', async () => {
    const { clock, later, sent, spread, stop } = setUp();
    for (let height = 0; height < 20; height++) spread(`${height}`, 'bob');
    await clock.runUntil(clock.now() + 1_000);
    expect(sent).toEqual(Array.from({ length: 16 }, (_, index) => `${index + 4}`));
    spread('cleared', 'bob');
    later.clear();
    spread('stopped', 'bob');
    stop();
    await clock.runUntil(clock.now() + 1_000);
    expect(sent).toHaveLength(16);
  });

  it('contract H-43: a network that fails stops the host', async () => {
    const { clock, later, faults } = setUp();
    const failure = new Error('the network is gone');
    later.spread({ id: 'a', author: 'bob' } as ConsensusHeader, () => {
      throw failure;
    });
    await clock.runUntil(clock.now() + 1_000);
    expect(faults).toEqual([failure]);
  });
});
