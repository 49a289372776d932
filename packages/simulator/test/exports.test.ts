import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'SimulationError',
    'createBareChain',
    'createBareNode',
    'createByzantineProducer',
    'createChainNode',
    'createRandomStream',
    'createSimulation',
    'createStubCrypto',
    'createXoshiro256',
    'isSimulationError',
    'monitorDoubleSigns',
    'requireCommonPrefix',
    'requireEqualHeads',
    'requireEqualStates',
    'requireIntegrity',
  ]);
});
