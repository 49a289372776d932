import { type Handover, isConsensusError } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { pbft } from '../src/index.ts';

const plugin = pbft();

/** Ids and weights of the seats with which an era begins. */
function seatsOf(raw: unknown, handed: readonly string[]) {
  const context = {
    chainId: new Uint8Array(32),
    era: 1,
    protocol: 'pbft@1',
    sha256: (data: Uint8Array) => data,
  } as const;
  const rules = plugin.createRules(plugin.parseConfig(raw), context);
  const handover: Handover = {
    validators: handed.map((id) => ({ id, weight: 1n })),
    randomness: new Uint8Array(32),
    extra: new Map(),
  };
  const parent = {
    id: '',
    parentId: '',
    height: 9,
    timestamp: 0,
    author: '',
    protocol: 'pow@1',
    digest: new Uint8Array(),
    seal: new Uint8Array(),
    sealHash: new Uint8Array(32),
  } as const;
  const state = rules.initialState({ era: 1, parent, handover, census: [] });
  return rules.validators(state).map(({ id, weight }) => [id, weight]);
}

describe('pbft Q1: who votes when an era begins', () => {
  test('whom the configuration names, also after a protocol without validators', () => {
    expect(seatsOf({ validators: ['b', { id: 'a' }] }, [])).toEqual([
      ['a', 1n],
      ['b', 1n],
    ]);
    expect(seatsOf({ validators: ['b'] }, ['a'])).toEqual([['b', 1n]]);
    expect(seatsOf({ weighted: true, validators: [{ id: 'b', weight: '7' }] }, [])).toEqual([['b', 7n]]);
  });

  test('else those of the handover, and without any the era cannot begin', () => {
    expect(seatsOf({}, ['a'])).toEqual([['a', 1n]]);
    expect(() => seatsOf({}, [])).toThrowError(
      expect.objectContaining({ data: expect.objectContaining({ code: 'INVALID_HANDOVER' }) }),
    );
  });

  test.each([
    ['validators', 'a'],
    ['validators', Array.from({ length: 101 }, (_, index) => `${index}`)],
    ['validators', ['a', 'a']],
    ['validators.0.id', ['']],
    ['validators.1.id', ['a', 'b c']],
    ['validators.0.id', [{ weight: 1 }]],
    ['validators.0.weight', [{ id: 'a', weight: 0 }]],
    ['validators.0.weight', [{ id: 'a', weight: -1 }]],
  ])('%s is refused: %j', (path, validators) => {
    try {
      plugin.parseConfig({ validators });
      expect.unreachable();
    } catch (thrown) {
      expect(isConsensusError(thrown, 'INVALID_CONFIG') && thrown.data).toMatchObject({ path });
    }
  });
});
