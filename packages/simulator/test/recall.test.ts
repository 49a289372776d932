import { describe, expect, it } from 'vitest';
import { createStubCrypto, type StubCrypto } from '../src/index.ts';
import { createRecall } from '../src/recall.ts';
import { sha256 } from './support/hash.ts';
import { createSubjectNetwork } from './support/network.ts';
import { SLOT_MS, type SubjectName } from './support/subjects.ts';

async function traceOf(subject: SubjectName, crypto: StubCrypto): Promise<string> {
  const conditions = { delayMs: { min: 5, max: 400 }, lossPermille: 100 };
  const { simulation, nodes, pay } = await createSubjectNetwork({ subject, seed: 1, crypto, conditions });
  for (let slot = 0; slot < 20; slot++) {
    await simulation.runUntil(simulation.now() + SLOT_MS);
    await pay(slot % nodes.length, BigInt(slot + 1));
  }
  return simulation.traceHash();
}

describe('work that all nodes do alike', () => {
  it('is done once for equal bytes and the same purpose', () => {
    const recall = createRecall();
    let runs = 0;
    const compute = () => {
      runs += 1;
      return runs;
    };
    expect(recall('a', Uint8Array.of(1), compute)).toBe(1);
    expect(recall('a', Uint8Array.of(1), compute)).toBe(1);
    expect(recall('b', Uint8Array.of(1), compute)).toBe(2);
    expect(recall('a', Uint8Array.of(2), compute)).toBe(3);
  });

  it('is never taken for that on other bytes, wherever they differ and whoever changed them', () => {
    const recall = createRecall();
    const long = Uint8Array.from({ length: 1_000 }, (_, index) => index & 255);
    for (let index = 0; index < long.length; index++) {
      const changed = long.slice();
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(recall('a', long, () => 'as it was')).toBe('as it was');
      expect(recall('a', changed, () => index)).toBe(index);
    }
    const own = Uint8Array.of(1, 2, 3);
    recall('b', own, () => 'before');
    own[0] = 9;
    expect(recall('b', own, () => 'after')).toBe('after');
    expect(recall('b', Uint8Array.of(1, 2, 3), () => 'again')).not.toBe('after');
  });

  it('is remembered also if nothing came out', () => {
    const recall = createRecall();
    let runs = 0;
    const compute = (): undefined => {
      runs += 1;
      return undefined;
    };
    for (let time = 0; time < 2; time++) expect(recall('a', Uint8Array.of(1), compute)).toBeUndefined();
    expect(runs).toBe(1);
  });

  it('is forgotten oldest first', () => {
    const recall = createRecall();
    const bytesOf = (value: number) => Uint8Array.of(value >> 8, value & 255);
    for (let value = 0; value <= 4_096; value++) recall('a', bytesOf(value), () => 'first');
    expect(recall('a', bytesOf(1), () => 'second')).toBe('first');
    expect(recall('a', bytesOf(0), () => 'second')).toBe('second');
    for (let space = 0; space < 64; space++) recall(`${space}`, bytesOf(0), () => 'first');
    expect(recall('a', bytesOf(1), () => 'second')).toBe('second');
  });

  it.each(['dt-dpos', 'pbft'] as const)('never shows in a run of %s (simulation E4, E5)', async (subject) => {
    const remembering = createStubCrypto({ sha256 });
    const { recall, ...forgetful } = createStubCrypto({ sha256 });
    expect(recall).toBeTypeOf('function');
    expect(await traceOf(subject, remembering)).toBe(await traceOf(subject, forgetful));
  });
});
