import { keyPairFromSeed } from '@fiducia/crypto';
import { transfer } from '@fiducia/ledger';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../src/scenario/market/outbox.ts';

const account = keyPairFromSeed('client');
const letter = (deadline?: number) => ({ type: transfer, write: () => 0, ...(deadline !== undefined && { deadline }) });
const sent = (outbox: Outbox) =>
  outbox.takeUnsent().map(({ nonce, fee, letter: { deadline } }) => [nonce, Number(fee), deadline]);

function filled(...deadlines: readonly (number | undefined)[]): Outbox {
  const outbox = new Outbox(account);
  for (const [nonce, deadline] of deadlines.entries()) outbox.add(letter(deadline) as never, nonce);
  outbox.takeUnsent();
  return outbox;
}

describe('outbox of an account', () => {
  it('sends each letter once, and nothing again while none is late', () => {
    const outbox = new Outbox(account);
    outbox.add(letter(100) as never, 0);
    outbox.add(letter() as never, 1);
    expect(sent(outbox)).toEqual([
      [0, 1, 100],
      [1, 1, undefined],
    ]);
    expect(outbox.settle(1, 150)).toBe(false);
    expect(sent(outbox)).toEqual([]);
  });

  it('lets go of what is too late for the next block, and moves the others up at a higher fee', () => {
    const outbox = filled(200, 100, 300, 150, 400);
    expect(outbox.settle(0, 150)).toBe(true);
    expect(sent(outbox)).toEqual([
      [1, 2, 300],
      [2, 2, 400],
    ]);
    expect(outbox.countBefore(2, transfer.kind)).toBe(2);
  });

  it('fills the places that were left, before it takes new ones', () => {
    const outbox = filled(100, 200, 300);
    outbox.settle(0, 250);
    expect(sent(outbox)).toEqual([[0, 2, 300]]);
    for (const deadline of [400, 500, 600]) outbox.add(letter(deadline) as never, 3);
    expect(sent(outbox)).toEqual([
      [1, 2, 400],
      [2, 2, 500],
      [3, 1, 600],
    ]);
  });

  it('forgets places whose nonce is used', () => {
    const outbox = filled(100, 100);
    outbox.settle(0, 100);
    outbox.settle(2, 100);
    outbox.add(letter(300) as never, 2);
    expect(sent(outbox)).toEqual([[2, 1, 300]]);
  });

  it('pays at least a tenth more every time a place changes hands', () => {
    const outbox = filled(100);
    const fees: number[] = [];
    for (let time = 100; time < 125; time++) {
      outbox.settle(0, time);
      outbox.add(letter(time + 1) as never, 0);
      fees.push(...sent(outbox).map(([, fee]) => Number(fee)));
    }
    const isEnough = fees.every((fee, index) => index === 0 || fee * 100 >= (fees[index - 1] ?? 0) * 110);
    expect(isEnough).toBe(true);
    expect(fees).toHaveLength(25);
  });
});
