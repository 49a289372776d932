import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'ACCUSABLE_STRATEGIES',
    'INVARIANT_IDS',
    'STRATEGIES',
    'SimulationError',
    'countDeeds',
    'createBareChain',
    'createBareNode',
    'createByzantineProducer',
    'createChainNode',
    'createDisguise',
    'createInvariants',
    'createRandomStream',
    'createSimulation',
    'createStubCrypto',
    'createXoshiro256',
    'drawByzzFuzz',
    'drawMutation',
    'isSimulationError',
    'monitorDoubleSigns',
    'requireCommonPrefix',
    'requireEqualHeads',
    'requireEqualStates',
    'requireIntegrity',
  ]);
});
