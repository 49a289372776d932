import { describe, expect, test } from 'vitest';
import { afterReactions, attempt, whenDone, whenFailed, whenOver } from '../src/awaitable.ts';

const fail = (): never => {
  throw new Error('failed');
};
const reasonOf = (thrown: unknown): string => (thrown as Error).message;

describe('whenDone', () => {
  test('goes on at once with a value, and later with a promise', async () => {
    expect(whenDone(1, (value) => value + 1)).toBe(2);
    expect(await whenDone(Promise.resolve(1), (value) => value + 1)).toBe(2);
  });

  test('fails as what it goes on with does', async () => {
    expect(() => whenDone(1, fail)).toThrow('failed');
    await expect(whenDone(Promise.resolve(1), fail)).rejects.toThrow('failed');
  });
});

describe('whenFailed', () => {
  test.each([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('recovers from work that %s', async (_how, work) => {
    expect(await whenFailed(work, reasonOf)).toBe('failed');
  });

  test('leaves what succeeds alone', async () => {
    expect(whenFailed(() => 1, fail)).toBe(1);
    expect(await whenFailed(() => Promise.resolve(1), fail)).toBe(1);
  });
});

describe('whenOver', () => {
  test.each([
    ['at once', () => 1],
    ['later', () => Promise.resolve(1)],
  ])('ends work that succeeds %s', async (_when, work) => {
    let ends = 0;
    expect(await whenOver(work, () => ends++)).toBe(1);
    expect(ends).toBe(1);
  });

  test.each([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('ends work that %s, and fails with it', async (_how, work) => {
    let ends = 0;
    await expect((async () => whenOver(work, () => ends++))()).rejects.toThrow('failed');
    expect(ends).toBe(1);
  });
});

describe('attempt', () => {
  test.each([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('recovers from work that %s', async (_how, work) => {
    expect(await attempt(work, () => 'next', reasonOf)).toBe('failed');
  });

  test.each([
    ['at once', () => 1],
    ['later', () => Promise.resolve(1)],
  ])('recovers from a failure to go on with what is there %s', async (_when, work) => {
    expect(await attempt(work, fail, reasonOf)).toBe('failed');
    expect(await attempt(work, (value) => `${value}`, reasonOf)).toBe('1');
  });
});

describe('afterReactions', () => {
  test('hands over at once what is there', () => {
    expect(afterReactions(1)).toBe(1);
  });

  test('lets what follows from a promise in the next turn go first', async () => {
    const order: string[] = [];
    const heard = Promise.resolve(1);
    const outcome = afterReactions(heard).then(() => order.push('asker'));
    void heard.then(() => order.push('listener')).then(() => order.push('its listener'));
    await outcome;
    expect(order).toEqual(['listener', 'its listener', 'asker']);
  });
});
