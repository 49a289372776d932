import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork, createMemoryLog, createSystemClock } from '../src/index.ts';
import { settle } from './fixtures/virtual-clock.ts';

describe('loop-back network', () => {
  test('delivers to all others or to one, never to the sender', async () => {
    const network = createLoopbackNetwork();
    const ports = ['a', 'b', 'c'].map((peer) => network.join(peer));
    const heard: string[] = [];
    for (const port of ports) {
      port.subscribe('x', async (from, bytes) => {
        heard.push(`${from}>${port.self}:${bytes[0]}`);
        return 'accept';
      });
    }
    ports[0]?.send(null, 'x', Uint8Array.of(1));
    ports[1]?.send('a', 'x', Uint8Array.of(2));
    ports[1]?.send('a', 'other', Uint8Array.of(3));
    await settle();
    expect(heard).toEqual(['a>b:1', 'a>c:1', 'b>a:2']);
    expect(ports[0]?.peers()).toEqual(['b', 'c']);
  });

  test('ends with the function that subscribe and serve return', async () => {
    const network = createLoopbackNetwork();
    const [a, b] = [network.join('a'), network.join('b')];
    const heard: number[] = [];
    const leave = b.subscribe('x', async (_from, bytes) => {
      heard.push(bytes[0] ?? 0);
      return 'accept';
    });
    const close = b.serve('x', async (_from, bytes) => bytes);
    expect(await a.request('b', 'x', Uint8Array.of(9), 1)).toEqual(Uint8Array.of(9));
    leave();
    close();
    a.send(null, 'x', Uint8Array.of(1));
    await settle();
    expect(heard).toEqual([]);
    expect(await a.request('b', 'x', Uint8Array.of(9), 1)).toBeNull();
    expect(await a.request('nobody', 'x', Uint8Array.of(9), 1)).toBeNull();
  });
});

test('the memory log keeps protocols apart and forgets up to a height', async () => {
  const log = createMemoryLog();
  for (const height of [1, 2, 3]) await log.append({ era: 0, protocol: 'a@1', height, bytes: Uint8Array.of(height) });
  await log.append({ era: 0, protocol: 'b@1', height: 1, bytes: Uint8Array.of(9) });
  await log.truncate(0, 'a@1', 2);
  const read = async (protocol: 'a@1' | 'b@1') => {
    const bytes: number[] = [];
    for await (const entry of log.read(0, protocol)) bytes.push(entry.bytes[0] ?? 0);
    return bytes;
  };
  expect(await read('a@1')).toEqual([3]);
  expect(await read('b@1')).toEqual([9]);
});

describe('system clock', () => {
  function manual() {
    let now = 1_000;
    const waiting: { readonly callback: () => void; readonly delayMs: number; cancelled: boolean }[] = [];
    const clock = createSystemClock({
      now: () => now,
      schedule(callback, delayMs) {
        const entry = { callback, delayMs, cancelled: false };
        waiting.push(entry);
        return () => {
          entry.cancelled = true;
        };
      },
      entropy: () => new Uint8Array(32),
    });
    const setNow = (value: number) => {
      now = value;
    };
    return { clock, waiting, setNow };
  }

  test('contract H-5: does not follow a wall clock that jumps back', () => {
    const { clock, setNow } = manual();
    expect(clock.now()).toBe(1_000);
    setNow(500);
    expect(clock.now()).toBe(1_000);
  });

  test('contract H-9: a timer of the platform that is early by a millisecond calls nobody early', () => {
    const { clock, waiting, setNow } = manual();
    let calls = 0;
    clock.schedule(1_010, () => calls++);
    setNow(1_009);
    waiting[0]?.callback();
    expect([calls, waiting[1]?.delayMs]).toEqual([0, 1]);
    setNow(1_010);
    waiting[1]?.callback();
    expect([calls, waiting.length]).toEqual([1, 2]);
  });

  test('contract H-9: where the wall clock jumped back, the platform alone knows how long it was', () => {
    const { clock, waiting, setNow } = manual();
    let calls = 0;
    clock.schedule(1_010, () => calls++);
    setNow(500);
    waiting[0]?.callback();
    expect([calls, clock.now()]).toEqual([1, 1_000]);
  });

  test('calls at once for the past and in pieces for the far future', () => {
    const { clock, waiting, setNow } = manual();
    let calls = 0;
    const far = 1_000 + 2 ** 31;
    clock.schedule(0, () => calls++);
    const cancel = clock.schedule(far, () => calls++);
    expect(waiting.map((entry) => entry.delayMs)).toEqual([0, 2 ** 31 - 1]);
    setNow(far - 1);
    waiting[1]?.callback();
    expect(calls).toBe(0);
    expect(waiting[2]?.delayMs).toBe(1);
    cancel();
    expect(waiting[2]?.cancelled).toBe(true);
  });
});
