import { createBlockchain } from '@ethereumjs/blockchain';
import { Common, Mainnet } from '@ethereumjs/common';
import { pbft } from '@fiducia/consensus-pbft';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { describe, expect, it } from 'vitest';
import {
  AdapterError,
  createAddressCrypto,
  createChainConfig,
  createEthereumConsensus,
  createRegistryFacts,
  isAdapterError,
} from '../src/index.ts';
import { createTestBlockchain, DT_DPOS, DT_DPOS_CONFIG, REGISTRY_FACTS } from './support.ts';

const base = { config: DT_DPOS_CONFIG, crypto: createAddressCrypto(), facts: REGISTRY_FACTS, now: () => 0 };

describe('a plugin is refused when the chain is configured (contract H-37)', () => {
  it.each([
    ['it votes on every block', { plugin: pbft(), config: {} }, 'proofs of finality'],
    ['it produces no blocks', { plugin: checkpointFinality(), config: {} }, 'produces no blocks'],
    ['it is of another contract', { plugin: { ...DT_DPOS, contract: 2 as 1 } }, 'contract 2 is not 1'],
    [
      'nobody tells its facts',
      { plugin: DT_DPOS, facts: createRegistryFacts({ provides: [], census: [] }) },
      'admission',
    ],
    [
      'nobody checks its claims',
      { plugin: DT_DPOS, config: { ...DT_DPOS_CONFIG, seedMode: 'vrf', electionLagEpochs: 2 } },
      'claims of kind vrf',
    ],
    [
      'it starts from validators and there are none',
      { plugin: { ...DT_DPOS, requires: { ...DT_DPOS.requires, validators: true } } },
      'start from validators',
    ],
  ])('if %s', (_name, options, reason) => {
    const create = () => createEthereumConsensus({ ...base, ...(options as typeof base & { plugin: typeof DT_DPOS }) });
    expect(create).toThrow(
      expect.toSatisfy(
        (error: unknown) => isAdapterError(error, 'PLUGIN_UNSUPPORTED') && String(error).includes(reason),
      ),
    );
  });

  it('if its configuration is wrong, in its own words', () => {
    expect(() => createEthereumConsensus({ ...base, plugin: DT_DPOS, config: { slotMs: 1 } })).toThrow(
      'INVALID_CONFIG',
    );
  });

  it('if its configuration has no canonical bytes', async () => {
    const plugin = { ...DT_DPOS, parseConfig: () => ({ ...DT_DPOS.parseConfig(DT_DPOS_CONFIG), hook: () => 1 }) };
    const consensus = createEthereumConsensus({ ...base, plugin: plugin as unknown as typeof DT_DPOS });
    await createTestBlockchain(consensus);
    expect(() => consensus.scope()).toThrow('CONFIG_NOT_DATA: path=hook');
  });
});

describe('a blockchain is refused', () => {
  const open = (common: Common) => {
    const consensus = createEthereumConsensus({ ...base, plugin: DT_DPOS });
    return createBlockchain({ common, consensusDict: { [common.consensusAlgorithm()]: consensus }, genesisState: {} });
  };
  const chain = createChainConfig({ name: 'x', chainId: 7, algorithm: 'dt-dpos', genesisSeconds: 1 });

  it.each([
    ['another algorithm', new Common({ chain: { ...chain, consensus: { type: 'fiducia', algorithm: 'pow' } } })],
    ['proof of authority', new Common({ chain: { ...chain, consensus: { type: 'poa', algorithm: 'dt-dpos' } } })],
    ['proof of stake', new Common({ chain: { ...chain, consensus: { type: 'pos', algorithm: 'dt-dpos' } } })],
    ['the main net', new Common({ chain: Mainnet })],
  ])('under %s', async (_name, common) => {
    await expect(open(common)).rejects.toThrow('COMMON_MISMATCH');
  });

  it('never under the configuration that this package makes', async () => {
    await expect(open(new Common({ chain }))).resolves.toBeDefined();
  });
});

it('errors are recognised by name and code', () => {
  const error = new AdapterError({ code: 'NOT_SET_UP' });
  expect(error.message).toBe('NOT_SET_UP');
  expect(isAdapterError(error)).toBe(true);
  expect(isAdapterError(error, 'NOT_SET_UP')).toBe(true);
  expect(isAdapterError(error, 'BLOCK_EARLY')).toBe(false);
  expect(isAdapterError(new Error('NOT_SET_UP'))).toBe(false);
  expect(isAdapterError(undefined)).toBe(false);
  const copy = Object.assign(new Error('x'), { name: 'AdapterError', data: { code: 'NOT_SET_UP' } });
  expect(isAdapterError(copy, 'NOT_SET_UP')).toBe(true);
});
