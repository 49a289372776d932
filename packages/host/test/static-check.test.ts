import { CONTRACT_VERSION, type ConsensusPlugin, type Era } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { type HostErrorData, isHostError } from '../src/index.ts';
import { createNode, ERAS } from './fixtures/nodes.ts';
import { proofOfWork } from './fixtures/proof-of-work.ts';
import { roundRobin } from './fixtures/round-robin.ts';
import { gadget, type Script, scripted } from './fixtures/scripted.ts';

function refusalOf(options: Parameters<typeof createNode>[0]): HostErrorData | undefined {
  try {
    createNode(options);
  } catch (thrown) {
    if (isHostError(thrown)) return thrown.data;
    throw thrown;
  }
  return undefined;
}

const era = (production: string, extra: Partial<Era> = {}): Era => ({ ...ERAS(production)[0], ...extra }) as Era;
const altered = (change: Partial<ConsensusPlugin>) => ({ ...roundRobin(), ...change }) as ConsensusPlugin;

describe('contract H-37: what can never run is refused when it is configured', () => {
  const proofFinality = { finality: { kind: 'proof' as const, attached: true, verifyProof: () => ({}) as never } };
  const cases:
    | Record<HostErrorData['code'] extends infer Code ? string & Code : never, Parameters<typeof createNode>[0]>
    | Record<string, never> = {
    PLUGIN_MISSING: { options: { eras: [era('nobody')] } },
    PLUGIN_AMBIGUOUS: { options: { plugins: [roundRobin() as ConsensusPlugin, roundRobin() as ConsensusPlugin] } },
    CONTRACT_MISMATCH: { plugin: altered({ contract: 2 as never }) },
    ROLE_MISMATCH: { plugin: altered({ traits: { ...roundRobin().traits, role: 'finality' } }) },
    CONFIG_INVALID: { config: { slotMs: 1 } },
    FACTS_MISSING: { plugin: altered({ requires: { ...roundRobin().requires, facts: ['stake'] } }) },
    CLAIMS_MISSING: { plugin: altered({ requires: { ...roundRobin().requires, claims: ['vrf'] } }) },
    VALIDATORS_MISSING: { options: { genesisValidators: [{ id: 'alice', weight: 0n }] } },
    GADGET_UNFIT: {
      options: {
        plugins: [scripted({ rules: proofFinality }) as ConsensusPlugin, gadget() as ConsensusPlugin],
        eras: [era('scripted', { finality: { name: 'gadget', config: {} } })],
      },
    },
    INVALID_OPTIONS: { options: { limits: { orphanBlocksMax: 513 } } },
  } as never;

  test.each(Object.entries(cases))('%s', (code, options) => {
    expect(refusalOf(options as never)?.code).toBe(code);
  });

  test('a crypto port need not support what the configuration never claims', () => {
    const requires = { ...roundRobin().requires, claims: ['signature', 'vrf'] as const };
    expect(refusalOf({ plugin: altered({ requires, claimsOf: () => ['signature'] }) })).toBeUndefined();
    expect(refusalOf({ plugin: altered({ requires, claimsOf: () => ['vrf'] }) })).toMatchObject({
      code: 'CLAIMS_MISSING',
      missing: ['vrf'],
    });
  });

  test('a plugin that throws when it is asked what it claims is at fault', () => {
    const claimsOf = () => {
      throw new Error('no list for this');
    };
    expect(refusalOf({ plugin: altered({ claimsOf }) })).toMatchObject({ code: 'PLUGIN_DEFECT', call: 'claimsOf' });
  });

  test.each([
    [0, 'the plugin'],
    [2, '@fiducia/host'],
  ])('a plugin of contract %i is told that %s is behind', (contract, behind) => {
    expect(refusalOf({ plugin: altered({ contract: contract as never }) })).toEqual({
      code: 'CONTRACT_MISMATCH',
      plugin: 'round-robin',
      contract,
      expected: CONTRACT_VERSION,
      reason: `install a newer version of ${behind}, or an older one of the other`,
    });
  });

  test('names the offending field of the configuration', () => {
    expect(refusalOf({ config: { slotMs: 1 } })).toMatchObject({ plugin: 'round-robin', path: 'slotMs' });
  });

  test('contract H-33: eras start at height 1', () => {
    expect(refusalOf({ options: { eras: [era('round-robin', { fromHeight: 2 })] } })).toMatchObject({
      code: 'INVALID_OPTIONS',
      path: 'eras.0.fromHeight',
    });
    expect(refusalOf({ options: { eras: [] } })?.code).toBe('INVALID_OPTIONS');
  });

  test('a chain has an identity of 32 bytes', () => {
    expect(refusalOf({ options: { chainId: new Uint8Array(16) } })).toMatchObject({
      code: 'INVALID_OPTIONS',
      path: 'chainId',
      reason: 'must have 32 bytes',
    });
  });

  const pair = (second: Script) => ({
    plugins: [proofOfWork() as ConsensusPlugin, scripted({ name: 'voting', ...second }) as ConsensusPlugin],
    options: { eras: [era('pow'), era('voting', { fromHeight: 9 })], genesisValidators: [] },
  });
  const voting: Script = { requires: { validators: true } };

  test('every era is checked: heights rise, plugins are there and fit', () => {
    const second = (name: string, fromHeight: number) => ({
      options: { eras: [era('round-robin'), era(name, { fromHeight })] },
    });
    for (const height of [1, 0, 1.5]) {
      expect(refusalOf(second('round-robin', height))).toMatchObject({ path: 'eras.1.fromHeight' });
    }
    expect(refusalOf(second('nobody', 9))?.code).toBe('PLUGIN_MISSING');
    expect(refusalOf(second('round-robin', 9))).toBeUndefined();
  });

  test('voting after work is refused unless its configuration names validators', async () => {
    expect(refusalOf(pair(voting))).toEqual({ code: 'VALIDATORS_MISSING', plugin: 'voting', era: 1 });
    const named = pair({ ...voting, parseConfig: () => ({ validators: ['alice'] }) });
    expect(refusalOf(named)).toBeUndefined();
    await createNode(named).host.start();
  });

  test('an era that exports nobody is found by the rehearsal, before the first block', async () => {
    const eras = [era('scripted'), era('voting', { fromHeight: 9 })];
    const electing = scripted({ requires: { facts: ['validators'] } }) as ConsensusPlugin;
    const plugins = [electing, scripted({ name: 'voting', ...voting }) as ConsensusPlugin];
    const node = createNode({ plugins, options: { eras } });
    await expect(node.host.start()).rejects.toMatchObject({ data: { code: 'VALIDATORS_MISSING', era: 1 } });
  });

  test('a later era that cannot start from what the one before exports is refused by the rehearsal', async () => {
    const initialState = () => {
      throw new Error('no seats');
    };
    const node = createNode(pair({ rules: { initialState } }));
    await expect(node.host.start()).rejects.toMatchObject({
      data: { code: 'HANDOVER_INVALID', plugin: 'voting', era: 1, reason: 'no seats' },
    });
  });

  test('the dry run of initialState happens with the genesis census, before the engine starts', async () => {
    const initialState = () => {
      throw new Error('no seats');
    };
    const node = createNode({ plugin: scripted({ rules: { initialState } }) });
    await expect(node.host.start()).rejects.toMatchObject({ data: { code: 'HANDOVER_INVALID', plugin: 'scripted' } });
  });
});

describe('contract H-19: misuse is recognised by name and code', () => {
  test('reading before start, starting twice, an unknown block', async () => {
    const node = createNode();
    expect(() => node.host.head()).toThrowError(
      expect.objectContaining({ name: 'HostError', data: { code: 'NOT_STARTED' } }),
    );
    await node.host.start();
    await expect(node.host.start()).rejects.toMatchObject({ data: { code: 'ALREADY_STARTED' } });
    for (const root of [node.host.consensusRoot, node.host.gadgetRoot]) {
      expect(() => root.call(node.host, 'nowhere')).toThrowError(
        expect.objectContaining({ data: { code: 'BLOCK_UNKNOWN', id: 'nowhere' } }),
      );
    }
    expect(node.host.gadgetRoot()).toBeNull();
  });
});
