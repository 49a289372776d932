import { compareSequences } from '@fiducia/consensus';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '../src/index.ts';

const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'demo@1' } as const;

const requests = fc.record({
  lane: fc.constantFrom('seal', 'vote'),
  sequence: fc.array(fc.nat(2), { maxLength: 3 }),
  floors: fc.dictionary(fc.constantFrom('source', 'round'), fc.nat(2)),
  value: fc.nat(2),
});

it('contract H-27: no history of overlapping requests yields two signatures for one place', async () => {
  const crypto = await createCrypto();
  const keyPair = keyPairFromSeed('guarded');
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 2, maxLength: 25 }), async (history) => {
      const signer = createMemorySigner({ keyPair, crypto });
      const answers = await Promise.all(
        history.map(({ lane, sequence, floors, value }) =>
          signer.sign({ scope, domain: 'seal', data: Uint8Array.of(value), guard: { lane, sequence, floors } }),
        ),
      );
      for (const lane of ['seal', 'vote']) {
        const signed = history.filter((request, index) => request.lane === lane && answers[index]?.kind === 'signed');
        const floorsSeen = new Map<string, number>();
        let last: (typeof signed)[number] | undefined;
        for (const request of signed) {
          const order = last === undefined ? 1 : compareSequences(request.sequence, last.sequence);
          expect(order).toBeGreaterThanOrEqual(0);
          // A repetition gives the old signature out again, whatever floors it names.
          if (order === 0) {
            expect(request.value).toBe(last?.value);
            continue;
          }
          for (const [name, floor] of Object.entries(request.floors)) {
            expect(floor).toBeGreaterThanOrEqual(floorsSeen.get(name) ?? 0);
            floorsSeen.set(name, floor);
          }
          last = request;
        }
      }
    }),
    { numRuns: 300 },
  );
});
