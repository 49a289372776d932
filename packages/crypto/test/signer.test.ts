import type { Guard } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { describe, expect, it } from 'vitest';
import {
  createCrypto,
  createMemoryGuardStore,
  createMemorySigner,
  type GuardStore,
  isCryptoError,
  keyPairFromSeed,
  type MemorySignerOptions,
} from '../src/index.ts';

const scope: SigningScope = { chainId: new Uint8Array(32).fill(1), era: 0, protocol: 'demo@1' };
const keyPair = keyPairFromSeed('validator');
const bytes = (text: string) => new TextEncoder().encode(text);

async function setUp(options: Partial<MemorySignerOptions> = {}) {
  const crypto = await createCrypto();
  const signer = createMemorySigner({ keyPair, crypto, ...options });
  const sign = (text: string, guard: Partial<Guard> = {}, place: SigningScope = scope) =>
    signer.sign({ scope: place, domain: 'seal', data: bytes(text), guard: { lane: 'seal', sequence: [1], ...guard } });
  return { crypto, signer, sign };
}

describe('contract H-27: the guard of a signer', () => {
  it('signs at a higher sequence, with a signature that checks', async () => {
    const { crypto, signer, sign } = await setUp();
    await sign('one', { sequence: [1, 5] });
    const second = await sign('two', { sequence: [2] });
    if (second.kind !== 'signed') return expect.unreachable();
    expect(crypto.verifySignature(scope, 'seal', bytes('two'), signer.self, second.signature)).toBeNull();
  });

  it('repeats the recorded signature for the same sequence and bytes', async () => {
    const { sign } = await setUp();
    const first = await sign('one');
    expect(await sign('one')).toEqual(first);
    expect(await sign('one', { sequence: [1, 0, 0] })).toEqual(first);
  });

  it('answers other bytes at the same sequence with what was recorded', async () => {
    const { sign } = await setUp();
    const first = await sign('one');
    if (first.kind !== 'signed') return expect.unreachable();
    expect(await sign('other')).toEqual({ kind: 'conflict', data: bytes('one'), signature: first.signature });
  });

  it('takes equal bytes under another label for other bytes', async () => {
    const { signer, sign } = await setUp();
    await sign('one');
    const guard = { lane: 'seal', sequence: [1] };
    const relabelled = await signer.sign({ scope, domain: 'message', data: bytes('one'), guard });
    expect(relabelled.kind).toBe('conflict');
  });

  it('refuses a lower sequence, compared element by element', async () => {
    const { sign } = await setUp();
    await sign('one', { sequence: [3, 1] });
    expect(await sign('two', { sequence: [3] })).toEqual({ kind: 'refused', code: 'STALE' });
    expect(await sign('two', { sequence: [2, 9] })).toEqual({ kind: 'refused', code: 'STALE' });
    expect((await sign('two', { sequence: [3, 2] })).kind).toBe('signed');
  });

  it('refuses a lower floor, remembers floors that a request leaves out, and lets them rise', async () => {
    const { sign } = await setUp();
    await sign('one', { sequence: [1], floors: { source: 4 } });
    expect(await sign('two', { sequence: [2], floors: { source: 3 } })).toEqual({ kind: 'refused', code: 'FLOOR' });
    expect((await sign('two', { sequence: [2], floors: { other: 1 } })).kind).toBe('signed');
    expect(await sign('three', { sequence: [3], floors: { source: 3 } })).toEqual({ kind: 'refused', code: 'FLOOR' });
    expect((await sign('three', { sequence: [3], floors: { source: 5 } })).kind).toBe('signed');
    expect(await sign('four', { sequence: [4], floors: { source: 4 } })).toEqual({ kind: 'refused', code: 'FLOOR' });
  });

  it('remembers what was signed, also when the caller reuses its buffer', async () => {
    const crypto = await createCrypto({ backend: 'noble' });
    const signer = createMemorySigner({ keyPair: keyPairFromSeed('buffer'), crypto });
    const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'test@1' } as const;
    const guard = { lane: 'seal', sequence: [1] };
    const data = Uint8Array.of(1, 2, 3);
    await signer.sign({ scope, domain: 'seal', data, guard });
    data.fill(9);
    expect(await signer.sign({ scope, domain: 'seal', data, guard })).toMatchObject({
      kind: 'conflict',
      data: Uint8Array.of(1, 2, 3),
    });
  });

  it('remembers a floor whatever it is called', async () => {
    const { sign } = await setUp();
    const floors = (value: number) => JSON.parse(`{"__proto__":${value},"constructor":${value}}`);
    await sign('one', { sequence: [1], floors: floors(4) });
    expect((await sign('two', { sequence: [2] })).kind).toBe('signed');
    expect(await sign('three', { sequence: [3], floors: { constructor: 3 } })).toMatchObject({ code: 'FLOOR' });
    expect(await sign('three', { sequence: [3], floors: floors(3) })).toMatchObject({ code: 'FLOOR' });
    expect((await sign('three', { sequence: [3], floors: floors(4) })).kind).toBe('signed');
  });

  it('leaves the record alone when it refuses or finds a conflict', async () => {
    const { sign } = await setUp();
    const first = await sign('one', { sequence: [2], floors: { source: 4 } });
    await sign('other', { sequence: [2] });
    await sign('two', { sequence: [1] });
    await sign('two', { sequence: [3], floors: { source: 1 } });
    expect(await sign('one', { sequence: [2] })).toEqual(first);
  });

  it('keeps lanes, eras, protocols and chains apart', async () => {
    const { sign } = await setUp();
    await sign('one', { sequence: [9] });
    expect((await sign('two', { lane: 'vote' })).kind).toBe('signed');
    expect((await sign('two', {}, { ...scope, era: 1 })).kind).toBe('signed');
    expect((await sign('two', {}, { ...scope, protocol: 'demo@2' })).kind).toBe('signed');
    expect((await sign('two', {}, { ...scope, chainId: new Uint8Array(32) })).kind).toBe('signed');
    expect((await sign('two')).kind).toBe('refused');
  });

  it('signs once when many callers ask at the same time', async () => {
    const guardStore = createMemoryGuardStore();
    const [{ sign }, twin] = [await setUp({ guardStore }), await setUp({ guardStore })];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? sign : twin.sign)(`variant ${index}`)),
    );
    expect(answers.filter(({ kind }) => kind === 'signed')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'conflict')).toHaveLength(39);
    expect(new Set(answers.map((answer) => ('signature' in answer ? answer.signature.join() : '')))).toHaveProperty(
      'size',
      1,
    );
  });

  it('refuses with DISABLED above genesis without records, until the operator opens the chain', async () => {
    const guardStore = createMemoryGuardStore();
    const { signer, sign } = await setUp({ guardStore, headHeight: 12 });
    const disabled = { kind: 'refused', code: 'DISABLED' };
    expect(await sign('one')).toEqual(disabled);
    expect(await signer.sign({ scope, domain: 'message', data: bytes('one') })).toEqual(disabled);

    await guardStore.openChain(scope.chainId);
    expect((await sign('one')).kind).toBe('signed');
    expect((await signer.sign({ scope, domain: 'message', data: bytes('one') })).kind).toBe('signed');
    expect(await sign('one', {}, { ...scope, chainId: new Uint8Array(32) })).toEqual(disabled);
  });

  it('goes on after a restart with the records of before (contract H-42)', async () => {
    const guardStore = createMemoryGuardStore();
    const first = await (await setUp({ guardStore })).sign('one');
    const restarted = await setUp({ guardStore, headHeight: 12 });
    expect(await restarted.sign('one')).toEqual(first);
    expect((await restarted.sign('other')).kind).toBe('conflict');
    expect((await restarted.sign('two', { lane: 'vote' })).kind).toBe('signed');
  });
});

it('contract H-41: gives no signature away before its record is durable', async () => {
  const memory = createMemoryGuardStore();
  const order: string[] = [];
  let finishWriting = (): void => undefined;
  const slowStore: GuardStore = {
    ...memory,
    async update(lane, decide) {
      const answer = await memory.update(lane, decide);
      await new Promise<void>((resolve) => {
        finishWriting = resolve;
      });
      order.push('durable');
      return answer;
    },
  };
  const { sign } = await setUp({ guardStore: slowStore });
  const answer = Promise.resolve(sign('one')).then(() => order.push('signature'));
  await Promise.resolve().then(() => order.push('asked'));
  await Promise.resolve();
  finishWriting();
  await answer;
  expect(order).toEqual(['asked', 'durable', 'signature']);
});

it('rejects when the store fails, and signs nothing', async () => {
  const failing: GuardStore = {
    ...createMemoryGuardStore(),
    update: () => Promise.reject(new Error('disk full')),
  };
  const { sign } = await setUp({ guardStore: failing });
  await expect(sign('one')).rejects.toThrow('disk full');
});

it('signs without a guard as often as asked', async () => {
  const { signer } = await setUp();
  const request = { scope, domain: 'message', data: bytes('hello') };
  const first = await signer.sign(request);
  expect(first.kind).toBe('signed');
  expect(await signer.sign(request)).toEqual(first);
});

it.each([
  ['five sequence elements', { sequence: [1, 2, 3, 4, 5] }],
  ['a fractional sequence', { sequence: [1.5] }],
  ['a floor that is no number', { floors: { source: Number.NaN } }],
])('refuses a guard with %s', async (_name, guard) => {
  const { sign } = await setUp();
  await expect(sign('one', guard)).rejects.toSatisfy((error) => isCryptoError(error, 'GUARD_INVALID'));
});

it('has no VRF without a key for it', async () => {
  const { signer } = await setUp();
  expect(signer.vrfPublicKey).toHaveLength(0);
  await expect(signer.proveVrf(scope, bytes('alpha'))).rejects.toSatisfy((error) =>
    isCryptoError(error, 'VRF_UNSUPPORTED'),
  );
});
