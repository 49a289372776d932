import { expect, test } from 'vitest';
import { type HostRecord, Recorder } from '../src/record/recorder.ts';

const recordAt = (now: number): HostRecord => ({ kind: 'engineStopped', era: 0, protocol: 'p@1', now });

test.each([0, 1, 3, 7])(
  'contract H-17: of ten records a fault report has the newest %i, oldest first, and an observer all',
  (max) => {
    const seen: number[] = [];
    const recorder = new Recorder(max, ({ now }) => seen.push(now));
    for (let now = 1; now <= 10; now++) recorder.add(recordAt(now));
    expect(recorder.newest().map(({ now }) => now)).toEqual(max === 0 ? [] : seen.slice(-max));
    expect(seen).toHaveLength(10);
    expect(recorder.usage()).toEqual([{ name: 'recordsKept', count: max, max }]);
  },
);
