import { describe, expect, it } from 'vitest';
import { isConsensusError, vrfPossessionAlpha } from '../src/index.ts';

const chainId = new Uint8Array(32).fill(1);
const account = '00ff'.repeat(10);

describe('randomness-vrf K1: input of a proof of possession', () => {
  it('is label, chain and account', () => {
    const alpha = vrfPossessionAlpha(chainId, account);
    expect(Buffer.from(alpha).toString('hex')).toBe(`7672662f706f702f7631${'01'.repeat(32)}${account}`);
  });

  it.each([
    ['a short chain id', new Uint8Array(31), account],
    ['a name', chainId, 'node1'],
    ['capitals', chainId, account.toUpperCase()],
    ['one digit too many', chainId, `${account}0`],
  ])('is not made of %s', (_case, chain, actor) => {
    expect(() => vrfPossessionAlpha(chain, actor)).toThrow(
      expect.toSatisfy((error: unknown) => isConsensusError(error, 'NOT_ENCODABLE')),
    );
  });
});
