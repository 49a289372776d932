import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'INVARIANT_IDS',
    'SimulationError',
    'createBareChain',
    'createBareNode',
    'createByzantineProducer',
    'createChainNode',
    'createInvariants',
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
