import { describe, expect, it } from 'vitest';
import { participatesIn } from '../src/scenario/participation.ts';

describe('participation (energy DM8, trust TV15)', () => {
  it('has the published frequency over every hundred rounds', () => {
    const counts = [0, 1, 2, 3, 4, 5].map(
      (node) => Array.from({ length: 100 }, (_, index) => participatesIn(node, index + 1)).filter(Boolean).length,
    );
    expect(counts).toEqual([51, 58, 61, 64, 69, 100]);
  });

  it('knows six nodes', () => {
    expect(() => participatesIn(6, 1)).toThrow(RangeError);
  });
});
